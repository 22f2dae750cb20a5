//! A group against both programs, side by side.

use std::{io, path::Path, thread};

use crate::{
    backend::Servers,
    client,
    compare::{self, Disagreement, Facts},
    group::{Case, Group},
    proxy::{Programs, Proxy},
    text::Names,
};

/// A case after both programs answered it.
#[derive(Debug)]
pub struct Verdict {
    /// `group::case`.
    pub name: String,
    /// What both did, and where they disagree.
    pub disagreements: Vec<Disagreement>,
    /// What was seen with Traefik.
    pub traefik: Seen,
    /// What was seen with Windrose.
    pub windrose: Seen,
    /// The statuses the case says Traefik gives.
    pub expected: Vec<u16>,
}

/// What was seen of a case on one side.
#[derive(Debug, Default)]
pub struct Seen {
    /// All facts.
    pub facts: Facts,
    /// Final statuses, 0 for none; of a repeated case, those of its first run.
    pub statuses: Vec<u16>,
    /// Requests that reached a server; of a repeated case, in its first run.
    pub received: usize,
}

/// Runs the chosen cases of a group against both programs at once.
///
/// # Errors
/// When a program cannot be started or a connection to it not be opened.
pub fn group(group: &Group, programs: &Programs, chosen: &[usize]) -> Result<Vec<Verdict>, String> {
    let (traefik, windrose) = thread::scope(|scope| {
        let traefik = scope.spawn(|| side(group, &programs.traefik, "traefik", chosen));
        let windrose = scope.spawn(|| side(group, &programs.windrose, "windrose", chosen));
        (join(traefik), join(windrose))
    });
    let traefik = traefik.map_err(|error| format!("group {}, traefik: {error}", group.name))?;
    let windrose = windrose.map_err(|error| format!("group {}, windrose: {error}", group.name))?;
    let cases = chosen.iter().filter_map(|index| group.cases.get(*index));
    Ok(cases
        .zip(traefik.into_iter().zip(windrose))
        .map(|(case, (traefik, windrose))| Verdict {
            name: format!("{}::{}", group.name, case.name),
            disagreements: compare::disagreements(&traefik.facts, &windrose.facts),
            traefik,
            windrose,
            expected: case.status.list(),
        })
        .collect())
}

fn join(side: thread::ScopedJoinHandle<'_, io::Result<Vec<Seen>>>) -> io::Result<Vec<Seen>> {
    side.join().unwrap_or_else(|_| Err(io::Error::other("the harness itself failed")))
}

fn side(group: &Group, program: &Path, side: &str, chosen: &[usize]) -> io::Result<Vec<Seen>> {
    let mut names = Names::default();
    let servers = Servers::start(&mut names)?;
    let _proxy = Proxy::start(program, side, group, &mut names)?;
    let mut seen = Vec::new();
    for index in chosen {
        let Some(case) = group.cases.get(*index) else { continue };
        seen.push(one(case, &servers, &names, &group.host(*index))?);
    }
    Ok(seen)
}

fn one(case: &Case, servers: &Servers, names: &Names, host: &str) -> io::Result<Seen> {
    let mut outcomes = Vec::new();
    let mut first = None;
    for _ in 0..case.repeat.unwrap_or(1) {
        servers.begin(&case.answer, names, host);
        let heard = client::converse(case, servers, names, host)?;
        let received = servers.end(case.reaches.unwrap_or(0));
        first.get_or_insert_with(|| (compare::statuses(&heard), received.len()));
        outcomes.push(compare::facts(case, names, &heard, &received));
    }
    let (statuses, received) = first.unwrap_or_default();
    let facts = match case.repeat {
        Some(_) => compare::tally(&outcomes),
        None => outcomes.pop().unwrap_or_default(),
    };
    Ok(Seen { facts, statuses, received })
}
