//! How slowly the mean of a heavy tail settles: the mean tokens of the first n requests, for n ever further apart.

use super::columns::Requests;
use super::distribution::tokens_of;
use super::tables::TokenMeanRow;
use crate::record::Status;
use crate::stats::{bucket_of, largest_of};

/// The running mean over the completed requests of a world in order of arrival, sixteen times an octave of their number and at
/// their end.
#[must_use]
pub fn token_means(requests: &Requests<'_>) -> Vec<TokenMeanRow> {
    let completed =
        requests.readings().iter().filter(|reading| reading.outcome().status == Status::Completed);
    running(completed.map(tokens_of))
}

fn running(tokens: impl Iterator<Item = u64>) -> Vec<TokenMeanRow> {
    let (mut rows, mut sum, mut largest_tokens) = (Vec::new(), 0_u128, 0);
    let mut tokens = (1_u64..).zip(tokens).peekable();
    while let Some((requests, tokens_of_one)) = tokens.next() {
        sum += u128::from(tokens_of_one);
        largest_tokens = largest_tokens.max(tokens_of_one);
        if requests == largest_of(bucket_of(requests)) || tokens.peek().is_none() {
            rows.push(TokenMeanRow { requests, mean_tokens: sum as f64 / requests as f64, largest_tokens });
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_mean_ends_at_the_mean_of_all_and_takes_few_rows() {
        let tokens: Vec<u64> = (0..100_000).map(|at| (at * 7919) % 1009 + 1).collect();
        let rows = running(tokens.iter().copied());
        let last = rows.last().expect("rows");
        let sum: u64 = tokens.iter().sum();
        assert_eq!((last.requests, last.mean_tokens, last.largest_tokens), (100_000, sum as f64 / 1e5, 1009));
        assert!(rows.len() < 16 * 17, "{} rows", rows.len());
        for row in &rows {
            let first = &tokens[..row.requests as usize];
            assert_eq!(row.mean_tokens, first.iter().sum::<u64>() as f64 / first.len() as f64);
            assert_eq!(Some(&row.largest_tokens), first.iter().max());
        }
        assert!(rows.windows(2).all(|pair| pair[0].requests < pair[1].requests));
        assert!(running(std::iter::empty()).is_empty());
    }
}
