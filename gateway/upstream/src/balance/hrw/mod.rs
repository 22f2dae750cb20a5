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
    let mut best: Option<(usize, Wish)> = None;
    for at in among.iter() {
        let (name, weight) = named(at);
        let wish = Wish { share: share(client, name), weight };
        if best.as_ref().is_none_or(|(_, other)| wish.is_above(other)) {
            best = Some((at, wish));
        }
    }
    best.map(|(at, _)| at)
}

/// How much a client wants something.
struct Wish {
    share: f64,
    weight: i64,
}

impl Wish {
    fn is_above(&self, other: &Self) -> bool {
        // Of equal weights the larger share has the larger score: most need no logarithm.
        if self.weight == other.weight { self.share > other.share } else { self.score() > other.score() }
    }

    #[expect(clippy::cast_precision_loss, reason = "Traefik's numbers, rounded as it rounds them")]
    fn score(&self) -> f64 {
        self.weight as f64 / -self.share.ln()
    }
}

#[expect(clippy::cast_precision_loss, reason = "Traefik's numbers, rounded as it rounds them")]
fn share(client: Fnv1a, name: &str) -> f64 {
    client.with(name.as_bytes()).get() as f64 / TWO_TO_64
}

const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

#[cfg(test)]
mod tests;
