//! How often the path of a request allocates.
//!
//! Numbers are exact and fixed: lower one whenever it can be, and raise one only with a reason. Whatever happens once
//! in a while (the date of each second, a table that grows) is left out by taking the best of several rounds.

mod counter;
mod requests;

pub(crate) use counter::{Tally, seen, start, tally, watch};
