//! Tells problems in the log, each once as long as it lasts.

use std::hash::BuildHasher;

use foldhash::fast::{FixedState, RandomState};
use hashbrown::HashSet;
use windrose_config::{Problem, Severity};

use crate::report::Report;

/// What was told already.
#[derive(Default)]
pub(super) struct Told {
    prints: HashSet<u64, RandomState>,
}

impl Told {
    /// Tells what is new, and how much that was.
    pub(super) fn tell(&mut self, report: &Report) -> usize {
        let mut prints = HashSet::with_capacity_and_hasher(report.problems().len(), RandomState::default());
        let mut told = 0;
        let mut left = 0;
        for problem in report.problems().iter() {
            let print = print(problem);
            if !prints.insert(print) || self.prints.contains(&print) {
                continue;
            }
            if told == AT_ONCE {
                left += 1;
                continue;
            }
            told += 1;
            tell(problem);
        }
        if left > 0 {
            tracing::error!(left, "there are more problems with the configuration, see the API");
        }
        self.prints = prints;
        told
    }
}

fn tell(problem: &Problem) {
    let object = problem.object.as_ref().map(tracing::field::display);
    let place = problem.origin.as_ref().map(|origin| tracing::field::display(origin.place()));
    let expected = problem.expected.as_deref();
    let nearest = problem.nearest.as_deref();
    let message = problem.message.as_str();
    match problem.severity {
        Severity::Error => {
            tracing::error!(problem = message, object, place, expected, nearest, "configuration problem")
        }
        Severity::Warning => {
            tracing::warn!(problem = message, object, place, expected, nearest, "configuration problem")
        }
    }
}

fn print(problem: &Problem) -> u64 {
    let object = problem.object.as_ref().map(ToString::to_string);
    FixedState::with_seed(0).hash_one((problem.to_string(), object))
}

/// So many are told at once; a mistake in a template need not fill a disk.
const AT_ONCE: usize = 100;
