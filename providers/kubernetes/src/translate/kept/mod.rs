//! What was made of objects before, for as long as nothing that was looked at is different.
//!
//! Each object is translated by itself; what comes of it is kept beside the marks of all that was looked at for it.
//! Invariants: what is put together of kept pieces equals what a translation from nothing makes (`tests`); where names of
//! two objects come to the same, both are translated in their order, as if nothing were kept.

mod piece;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::Translated;
use super::crd::PROXIES;
use super::view::Needs;
use crate::objects::{Changes, Mark, Object};

use piece::{Piece, place_for, sizes};

/// What was made before.
#[derive(Debug, Default)]
pub struct Kept {
    /// How many changes of the cluster it has taken in.
    seen: u64,
    /// By where the object is, which nothing else can be while it is held.
    made: HashMap<usize, Made, RandomState>,
    /// What was looked at, and for whom.
    users: BTreeSet<(Mark, usize)>,
    /// How much was made.
    judged: usize,
    sizes: Box<[usize]>,
    /// Hashes the names.
    hasher: RandomState,
}

/// What was made of one object.
#[derive(Debug)]
struct Made {
    piece: Piece,
    _object: Arc<dyn Any + Send + Sync>,
    /// What was looked at.
    needs: Box<[Mark]>,
}

impl Kept {
    /// Forgets what was made of things that have changed since the last time.
    pub(super) fn begin(&mut self, changes: &Changes) {
        let everywhere = Mark::kind(PROXIES);
        match changes.since(self.seen).map(Iterator::collect::<Vec<_>>) {
            Some(marks) if !marks.contains(&everywhere) => {
                marks.into_iter().for_each(|mark| self.forget_users(mark));
            }
            _ => self.forget(),
        }
        self.seen = changes.count();
    }

    /// A place for as much as was made the last time.
    pub(super) fn begun(&self) -> Translated {
        let mut out = Translated { config: place_for(&self.sizes, &self.hasher), ..Translated::default() };
        out.judged.reserve(self.judged);
        out
    }

    /// This was made.
    pub(super) fn end(&mut self, out: &Translated) {
        self.judged = out.judged.len() + 1;
        self.sizes = sizes(&out.config).iter().map(|size| size + size.min(&1)).collect();
    }

    /// Forgets everything.
    pub(super) fn forget(&mut self) {
        self.made.clear();
        self.users.clear();
    }

    fn forget_users(&mut self, of: Mark) {
        let range = (of, usize::MIN)..=(of, usize::MAX);
        let users: Vec<usize> = self.users.range(range).map(|(_, user)| *user).collect();
        for user in users {
            let Some(made) = self.made.remove(&user) else { continue };
            for need in made.needs {
                self.users.remove(&(need, user));
            }
        }
    }

    /// Translates an object: adds to `out` what was made of it before or what `make` makes of it now.
    pub(super) fn translate<T: Send + Sync + 'static>(
        &mut self,
        out: &mut Translated,
        kind: &'static str,
        object: &Arc<Object<T>>,
        needs: &Needs,
        make: impl Fn(&mut Translated),
    ) {
        let place = Arc::as_ptr(object).addr();
        if let Some(Made { piece, .. }) = self.made.get(&place) {
            // Among others it may have to be another one.
            return if piece.fits(out) { piece.add_to(out) } else { make(out) };
        }
        needs.begin();
        let mut alone = Translated::default();
        make(&mut alone);
        let mut needs = needs.end();
        match Piece::of(alone, &self.hasher) {
            Some(piece) if piece.fits(out) => {
                piece.add_to(out);
                needs.push(Mark::content(kind, &object.meta.namespace, &object.meta.name));
                self.users.extend(needs.iter().map(|need| (*need, place)));
                let object = Arc::clone(object) as Arc<dyn Any + Send + Sync>;
                self.made.insert(place, Made { piece, _object: object, needs: needs.into() });
            }
            _ => make(out),
        }
    }
}
