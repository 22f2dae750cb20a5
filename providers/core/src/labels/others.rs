//! Labels that begin like ours and are none: slips of the pen, and those of Traefik 1.
//!
//! Traefik says nothing of them. A slip may hide what protects a router, so it counts as a mistake of the whole.

use std::sync::Arc;

use windrose_config::tree::nearest;
use windrose_config::{Mark, Problem, Source};

use super::Workload;

/// What is to be said of such labels.
pub(super) fn problems(workload: &Workload<'_>) -> Vec<Problem> {
    let Workload { owner, labels, constraints, .. } = *workload;
    let names = labels.keys().map(String::as_str);
    let names: Vec<&str> = names.filter(|name| is_other(name) && !constraints.ask_for(name)).collect();
    let names_of = || names.iter().map(|name| Box::from(*name)).collect();
    let source = Arc::new(Source::Labels { owner: owner.into(), names: names_of() });
    let (mut problems, mut strange) = (Vec::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        match second(name).and_then(|word| Some((word, nearest(word, &MEANT)?))) {
            Some((word, meant)) => {
                let mark = Mark::new(u32::try_from(index + 1).unwrap_or(0), 0);
                let message = format!("labels know no section `{word}`");
                let mut problem = Problem::error(message)
                    .at(&source, mark)
                    .expecting(format!("one of {}", KNOWN.join(", ")));
                problem.nearest = Some(meant);
                problems.push(problem);
            }
            None => strange.push((index, format!("`{name}`"))),
        }
    }
    if !strange.is_empty() {
        let (what, do_nothing) =
            if strange.len() == 1 { ("label", "does nothing") } else { ("labels", "do nothing") };
        let message = format!(
            "{what} {} {do_nothing}: nothing but {} may follow `traefik.`; remove what is left of Traefik 1",
            strange.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
            KNOWN.join(", ")
        );
        let first = strange.first().and_then(|(index, _)| u32::try_from(index + 1).ok());
        problems.push(Problem::warning(message).at(&source, Mark::new(first.unwrap_or(0), 0)));
    }
    problems
}

fn is_other(name: &str) -> bool {
    name.starts_with("traefik.") && second(name).is_some_and(|word| !is_known(word))
}

fn second(name: &str) -> Option<&str> {
    name.split('.').nth(1)
}

/// Whether somebody reads sections of this name, or complains of them.
fn is_known(word: &str) -> bool {
    let begins =
        |known: &&str| word.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known));
    KNOWN.iter().chain(&ELSEWHERE).any(begins)
}

/// What may follow the root.
const KNOWN: [&str; 7] = ["enable", "docker", "swarm", "http", "tcp", "udp", "tls"];
/// What other providers read.
const ELSEWHERE: [&str; 3] = ["consulcatalog", "nomad", "ecs"];
/// Those that are long enough for a slip to be one.
const MEANT: [&str; 4] = ["enable", "docker", "swarm", "http"];
