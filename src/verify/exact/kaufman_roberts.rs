//! Requests of several sizes that hold parts of one memory for their whole time and are turned away when they
//! do not fit (Kaufman, IEEE Trans. Comm. 1981; Roberts 1981). Insensitive to the holding law.

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// Blocks that one of them holds.
    pub blocks: usize,
    /// Offered load, in erlang.
    pub load: f64,
}

/// Law of the occupied blocks, 0..=`capacity`: j·q(j) = Σ_k load_k·b_k·q(j − b_k), then normalised.
#[must_use]
pub fn occupancy(capacity: usize, classes: &[Class]) -> Vec<f64> {
    let mut law = vec![1.0];
    for j in 1..=capacity {
        let fitting = classes.iter().filter(|class| class.blocks <= j);
        let flow: f64 = fitting.map(|class| class.load * class.blocks as f64 * law[j - class.blocks]).sum();
        law.push(flow / j as f64);
    }
    let total: f64 = law.iter().sum();
    law.iter_mut().for_each(|weight| *weight /= total);
    law
}

/// Probability that a request of `blocks` finds too little room.
#[must_use]
pub fn blocking(occupancy: &[f64], blocks: usize) -> f64 {
    occupancy.iter().rev().take(blocks).sum()
}

/// Blocking of two classes by adding up Π load_k^n_k/n_k! over every pair of numbers that fits.
#[must_use]
pub fn blocking_by_enumeration(capacity: usize, classes: [Class; 2]) -> [f64; 2] {
    let [first, second] = classes;
    let (mut total, mut blocked) = (0.0, [0.0; 2]);
    let mut outer = 1.0;
    for i in 0..=capacity / first.blocks {
        if i > 0 {
            outer *= first.load / i as f64;
        }
        let mut weight = outer;
        let free = capacity - i * first.blocks;
        for j in 0..=free / second.blocks {
            if j > 0 {
                weight *= second.load / j as f64;
            }
            total += weight;
            for (class, blocked) in classes.iter().zip(&mut blocked) {
                if free - j * second.blocks < class.blocks {
                    *blocked += weight;
                }
            }
        }
    }
    blocked.map(|weight| weight / total)
}
