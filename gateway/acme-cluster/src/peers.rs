//! Gateways that keep in the same place.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;
use windrose_acme::storage::peers::{Claim, Claimed, Peers, Proof, Right};

use crate::form::{self, Part};
use crate::lease::{HELD, Lease, holder_of};
use crate::link::{Link, Open};
use crate::world::World;

/// Those that keep in the same place.
#[derive(Debug)]
pub(crate) struct Circle {
    link: Arc<Link>,
    own: Mutex<Own>,
}

/// What this gateway has there.
#[derive(Default)]
struct Own {
    /// Says that it is there: from when it first looks at what others post.
    here: Option<Lease>,
    /// The proofs that it has posted.
    mine: BTreeSet<String>,
    /// The proofs of others when they were last looked at.
    posted: Option<BTreeSet<String>>,
    swept: Option<Instant>,
}

/// A right that is a Lease.
struct Held {
    lease: Lease,
    rest: Mutex<Option<SystemTime>>,
}

impl Circle {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { link, own: Mutex::default() }
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_claim(&self, what: &str, rests: bool) -> io::Result<Claimed> {
        let open = self.link.open()?;
        if !open.wait_for_news() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the API server does not say who is there"));
        }
        let name = form::name_of(&open.name, Part::Claim, what);
        let found = open.find(&open.lease(&name)).map_err(io::Error::other)?;
        if let Some(found) = &found {
            let is_free = holder_of(found).is_empty() || open.watches.look(|world| lapsed(world, &name));
            if !is_free {
                return Ok(Claimed::Elsewhere);
            }
            // One that lies very far ahead was written by a clock that is wrong.
            let (until, now) = (form::rest(found), SystemTime::now());
            if rests && until > now && until < now + LONGEST_REST {
                return Ok(Claimed::Resting(until));
            }
        }
        let taken = Lease::take(&open, Part::Claim, name, found.as_ref(), json!({}));
        let lease = taken.map_err(io::Error::other)?;
        Ok(match lease {
            Some(lease) => Claimed::Mine(Claim::new(Held { lease, rest: Mutex::default() })),
            None => Claimed::Elsewhere,
        })
    }

    /// Is there from now on.
    fn join(own: &mut Own, open: &Arc<Open>) -> io::Result<()> {
        if own.here.is_none() {
            let mut random = [0; 10];
            getrandom::fill(&mut random).map_err(io::Error::other)?;
            let name = format!("{}-here-{}", open.name, data_encoding::HEXLOWER.encode(&random));
            let taken = Lease::take(open, Part::Here, name, None, form::shows(&BTreeSet::new()));
            own.here = taken.map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// Removes, now and then, what gateways have left that are gone.
    fn sweep(own: &mut Own, open: &Open) {
        if own.swept.is_some_and(|swept| swept.elapsed() < SWEEP) {
            return;
        }
        own.swept = Some(Instant::now());
        let paths = open.watches.look(|world| {
            let here = world
                .leases
                .iter()
                .filter(|(_, lease)| lease.part == Part::Here && lease.since.elapsed() > LEFT);
            let proofs = world
                .secrets
                .iter()
                .filter(|(_, secret)| secret.part == Part::Proof && secret.seen.elapsed() > FORGOTTEN);
            let leases = here.map(|(name, _)| open.lease(name));
            leases.chain(proofs.map(|(name, _)| open.secret(name))).take(MOST_SWEPT).collect::<Vec<_>>()
        });
        for path in paths {
            if let Err(error) = open.remove(&path) {
                tracing::debug!(path, %error, "what a gateway has left was not removed");
                return;
            }
        }
    }
}

impl Peers for Circle {
    fn claim(&self, what: &str) -> io::Result<Claimed> {
        self.try_claim(what, true)
    }

    fn wait(&self, what: &str) -> io::Result<Claim> {
        let open = self.link.open()?;
        let deadline = Instant::now() + LONGEST_WAIT;
        loop {
            if let Claimed::Mine(claim) = self.try_claim(what, false)? {
                return Ok(claim);
            }
            if Instant::now() > deadline {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another gateway does not give back the right",
                ));
            }
            open.wait_for_change(LOOK_AGAIN);
        }
    }

    fn post(&self, proof: &Proof) -> io::Result<()> {
        let open = self.link.open()?;
        self.own().mine.insert(proof.id());
        let name = form::name_of(&open.name, Part::Proof, &proof.id());
        let secret = form::proof_secret(&open.name, &name, proof)?;
        let path = format!("{}?fieldManager=windrose&force=true", open.secret(&name));
        open.ask(open.api.apply(&path, &secret)).map(|_| ()).map_err(io::Error::other)
    }

    fn withdraw(&self, proof: &Proof) {
        self.own().mine.remove(&proof.id());
        let Ok(open) = self.link.open() else { return };
        let name = form::name_of(&open.name, Part::Proof, &proof.id());
        let used = Arc::clone(&open);
        open.begin(async move {
            // What stays is swept after an hour.
            let _ = used.api.delete(&used.secret(&name)).await;
        });
    }

    fn posted(&self) -> Option<Vec<Proof>> {
        let open = self.link.open().ok()?;
        let mut own = self.own();
        if let Err(error) = Self::join(&mut own, &open) {
            tracing::debug!(%error, "other gateways are not told of this one");
            return None;
        }
        if !open.watches.is_complete() {
            return None;
        }
        Self::sweep(&mut own, &open);
        let all: Vec<Proof> = open.watches.look(|world| {
            let proofs = world.secrets.values().filter_map(|secret| secret.proof.as_ref());
            proofs.filter(|proof| !own.mine.contains(&proof.id())).cloned().collect()
        });
        let ids: BTreeSet<String> = all.iter().map(Proof::id).collect();
        if own.posted.as_ref().is_some_and(|posted| *posted == ids) {
            return None;
        }
        own.posted = Some(ids);
        Some(all)
    }

    fn showing(&self, proofs: &BTreeSet<String>) -> io::Result<()> {
        let own = self.own();
        let Some(here) = &own.here else { return Ok(()) };
        here.say(&form::shows(proofs)).map_err(io::Error::other)
    }

    fn is_shown(&self, proof: &Proof) -> bool {
        let Ok(open) = self.link.open() else { return false };
        let own = self.own();
        let name = own.here.as_ref().map(Lease::name).unwrap_or_default();
        open.watches.look(|world| all_show(world, name, &proof.id()))
    }
}

/// Whether all others that are there show a proof.
pub(crate) fn all_show(world: &World, own: &str, proof: &str) -> bool {
    let others = world.leases.iter().filter(|(name, lease)| lease.part == Part::Here && **name != *own);
    let there = others.filter(|(_, lease)| lease.since.elapsed() < HELD);
    let mut there = there.map(|(_, lease)| lease);
    there.all(|lease| lease.shows.contains(proof))
}

/// Whether a hold was not renewed for its whole time. One that was never seen may have been made just now.
pub(crate) fn lapsed(world: &World, name: &str) -> bool {
    world.leases.get(name).is_some_and(|lease| lease.since.elapsed() >= HELD)
}

impl Right for Held {
    fn rest(&self, until: SystemTime) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let rest = *self.rest.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.lease.give_back(rest);
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(here) = &mut self.here {
            here.give_back(None);
        }
    }
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own").field("mine", &self.mine).finish_non_exhaustive()
    }
}

/// A right that everybody gives back at once is not held for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const LONGEST_REST: Duration = Duration::from_secs(8 * 24 * 3600);
const SWEEP: Duration = Duration::from_secs(60);
/// A gateway that has said nothing for so long is gone.
const LEFT: Duration = Duration::from_secs(120);
/// No proof is posted for longer.
const FORGOTTEN: Duration = Duration::from_secs(3600);
const MOST_SWEPT: usize = 50;
