//! Highest random weight (rendezvous hashing): every client has an order of its own among all choices and gets the first
//! that is there. Who comes or goes moves only the clients that get or had it.

use super::fnv::Fnv1a;
use super::wrr::Cycle;

/// The first choice of a client among those in `among`; `named` gives the name and the weight of one.
pub fn choose<'n>(among: &Cycle, client: &[u8], named: impl Fn(usize) -> (&'n str, i64)) -> Option<usize> {
    if among.len() < 2 {
        return among.at(0);
    }
    let client = Fnv1a::new().with(client);
    let mut best = None;
    for at in among.iter() {
        let (name, weight) = named(at);
        let score = score(client, name, weight);
        if best.is_none_or(|(_, other)| score > other) {
            best = Some((at, score));
        }
    }
    best.map(|(at, _)| at)
}

/// How much a client wants something.
#[expect(clippy::cast_precision_loss, reason = "Traefik's numbers, rounded as it rounds them")]
fn score(client: Fnv1a, name: &str, weight: i64) -> f64 {
    let share = client.with(name.as_bytes()).get() as f64 / TWO_TO_64;
    weight as f64 / -share.ln()
}

const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

#[cfg(test)]
mod tests;
