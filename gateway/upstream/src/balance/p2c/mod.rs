//! Power of two choices: of two that chance names, the one with fewer requests. Weights do not count.

use super::wrr::Cycle;

/// One of those in `among`; `below` gives a random number below another, `load` how much one has to do.
pub fn choose<L: PartialOrd>(
    among: &Cycle,
    below: impl Fn(usize) -> usize,
    load: impl Fn(usize) -> L,
) -> Option<usize> {
    let most = among.len();
    if most < 2 {
        return among.at(0);
    }
    let first = below(most);
    // Never the same one twice.
    let second = below(most - 1);
    let second = if second >= first { second + 1 } else { second };
    let (first, second) = (among.at(first)?, among.at(second)?);
    Some(if load(second) < load(first) { second } else { first })
}

#[cfg(test)]
mod tests;
