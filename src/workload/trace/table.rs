//! CSV with named columns and exact line numbers.
//!
//! The csv crate skips blank lines and then reports the line where it started to look. Feeding it one line
//! at a time gives the number of the line it really stopped at.

use std::io::{self, BufRead, Read};

use csv::{ReaderBuilder, StringRecord, Terminator, Trim};

use super::cell::Cell;
use super::problem::{ProblemList, TraceProblem};

/// A source that never hands out bytes of two lines at once, and counts the lines.
struct LineByLine<R> {
    source: R,
    /// The line last handed out, counted from 1.
    line: u64,
    at_line_start: bool,
}

impl<R: BufRead> Read for LineByLine<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.source.fill_buf()?;
        let room = &ready[..ready.len().min(into.len())];
        let end = room.iter().position(|&byte| byte == b'\n').map_or(room.len(), |newline| newline + 1);
        let taken = &room[..end];
        into[..end].copy_from_slice(taken);
        if let Some(last) = taken.last() {
            self.line += u64::from(self.at_line_start);
            self.at_line_start = *last == b'\n';
        }
        self.source.consume(end);
        Ok(end)
    }
}

/// One record, able to hand out the cells of the columns that were asked for.
pub(super) struct Row<'a, const N: usize> {
    line: u64,
    header: &'a StringRecord,
    record: &'a StringRecord,
    columns: &'a [&'static str; N],
    places: &'a [usize; N],
}

impl<'a, const N: usize> Row<'a, N> {
    /// The cells in the order of the required columns, whatever their order in the file.
    pub(super) fn cells(&self) -> [Cell<'a>; N] {
        std::array::from_fn(|i| {
            let text = self.record.get(self.places[i]).unwrap_or("");
            Cell { line: self.line, column: self.columns[i], text }
        })
    }

    /// The cell of a column that a file may have or not.
    pub(super) fn optional(&self, column: &'static str) -> Option<Cell<'a>> {
        let place = self.header.iter().position(|name| name == column)?;
        Some(Cell { line: self.line, column, text: self.record.get(place).unwrap_or("") })
    }
}

/// Reads a CSV file that must have `columns` (in any order, among others) and passes each row on.
/// Returns the problem to report when no row was found.
pub(super) fn read_rows<const N: usize, G: AsMut<ProblemList>>(
    source: impl BufRead,
    columns: &[&'static str; N],
    gather: &mut G,
    mut each: impl FnMut(Row<'_, N>, &mut G),
) -> TraceProblem {
    let source = LineByLine { source, line: 0, at_line_start: true };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(source);
    let mut record = StringRecord::new();
    let mut header: Option<(StringRecord, [usize; N])> = None;
    while !gather.as_mut().is_full() {
        let read = reader.read_record(&mut record);
        let line = reader.get_ref().line;
        match (read, &header) {
            (Ok(false), _) => break,
            (Err(error), _) => {
                gather.as_mut().add(unreadable(line, &error));
                if error.is_io_error() {
                    break;
                }
            }
            // A line of nothing but a carriage return or spaces is blank too.
            (Ok(true), _) if record.len() == 1 && record[0].is_empty() => {}
            (Ok(true), None) => match places(line, &record, columns) {
                Ok(places) => header = Some((record.clone(), places)),
                Err(problems) => {
                    problems.into_iter().for_each(|problem| gather.as_mut().add(problem));
                    break;
                }
            },
            (Ok(true), Some((header, places))) if record.len() == header.len() => {
                each(Row { line, header, record: &record, columns, places }, gather);
            }
            (Ok(true), Some((header, _))) => {
                let found = format!("{} fields", record.len());
                let allowed = format!("{} fields, as in the header", header.len());
                gather.as_mut().add(TraceProblem::of_line(line, &found, allowed));
            }
        }
    }
    let last = reader.get_ref().line;
    match header {
        None => TraceProblem::of_line(last.max(1), "", format!("a header with {}", columns.join(","))),
        Some(_) => TraceProblem::of_line(last + 1, "", "at least one request below the header"),
    }
}

/// Where the required columns are; all that are missing or ambiguous are reported.
fn places<const N: usize>(
    line: u64,
    header: &StringRecord,
    columns: &[&'static str; N],
) -> Result<[usize; N], Vec<TraceProblem>> {
    let mut problems = Vec::new();
    let places = columns.map(|column| {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == column).map(|(place, _)| place);
        let (first, second) = (found.next(), found.next());
        if first.is_none() {
            problems.push(TraceProblem::of_column(line, column, "", "this column in the header"));
        } else if second.is_some() {
            problems.push(TraceProblem::of_column(line, column, "two such columns", "one"));
        }
        first.unwrap_or_default()
    });
    if problems.is_empty() { Ok(places) } else { Err(problems) }
}

fn unreadable(line: u64, error: &csv::Error) -> TraceProblem {
    let allowed = match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "UTF-8 text",
        _ => "a readable file of comma-separated values",
    };
    TraceProblem::of_line(line.max(1), &error.to_string(), allowed)
}
