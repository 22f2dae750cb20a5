//! What was made of one object, and of what.

use std::any::Any;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::FixedState;
use windrose_tls::Files;

use super::{Address, Addresses};
use crate::compile::round::Round;

/// Something compiled, whatever it is.
pub(super) type Thing = Arc<dyn Any + Send + Sync>;

/// What was made of one object, and of what.
pub(in crate::compile) struct State<M> {
    pub(in crate::compile) made: Option<Arc<M>>,
    pub(super) of: Of,
    /// Whether something is to be said of it.
    pub(super) is_told: bool,
}

/// What an object was made of besides what is written in it.
#[derive(Default)]
pub(super) enum Of {
    #[default]
    Nothing,
    One(Thing),
    More(Box<More>),
}

pub(super) struct More {
    pub(super) things: Box<[Thing]>,
    pub(super) files: Box<[Seen]>,
}

/// A file as it was when it was read.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Seen {
    path: Arc<str>,
    /// Of its bytes; nothing when it could not be read.
    print: Option<u64>,
}

impl Seen {
    pub(super) fn new(path: &str, read: Option<&[u8]>) -> Self {
        Self { path: Arc::from(path), print: read.map(print) }
    }

    fn is_as_before(&self, files: &dyn Files) -> bool {
        files.read(&self.path).ok().map(|bytes| print(&bytes)) == self.print
    }
}

fn print(bytes: &[u8]) -> u64 {
    FixedState::default().hash_one(bytes)
}

impl Of {
    pub(super) fn new(mut things: Vec<Thing>, files: Vec<Seen>) -> Self {
        match (things.len(), files.is_empty(), things.pop()) {
            (0, true, _) => Self::Nothing,
            (1, true, Some(thing)) => Self::One(thing),
            (_, _, last) => {
                things.extend(last);
                Self::More(Box::new(More { things: things.into(), files: files.into() }))
            }
        }
    }

    pub(super) fn things(&self) -> &[Thing] {
        match self {
            Self::Nothing => &[],
            Self::One(thing) => std::slice::from_ref(thing),
            Self::More(more) => &more.things,
        }
    }

    pub(super) fn seen(&self) -> &[Seen] {
        match self {
            Self::Nothing | Self::One(_) => &[],
            Self::More(more) => &more.files,
        }
    }

    /// Whether both are the same things and the same files.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.things(), other.things());
        mine.len() == theirs.len()
            && mine.iter().zip(theirs).all(|(mine, theirs)| Address::of(mine) == Address::of(theirs))
            && self.seen() == other.seen()
    }
}

impl<M: Send + Sync + 'static> State<M> {
    pub(super) fn address(&self) -> Option<Address> {
        self.made.as_ref().map(Address::of)
    }

    /// Whether it was made of something at one of these addresses.
    pub(super) fn uses(&self, addresses: &Addresses) -> bool {
        self.of.things().iter().any(|thing| addresses.contains(&Address::of(thing)))
    }

    /// Whether it has to be made again although it is written as before.
    pub(super) fn is_due(&self, files: &dyn Files) -> bool {
        self.is_told || self.of.seen().iter().any(|seen| !seen.is_as_before(files))
    }

    /// Whether it is to be looked at every time: something is to be said of it, or it was made of files.
    pub(super) fn is_watched(&self) -> bool {
        self.is_told || !self.of.seen().is_empty()
    }

    /// The files it was made of.
    pub(super) fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.of.seen().iter().map(|seen| &seen.path)
    }

    /// It is no more.
    pub(super) fn retire(self, round: &mut Round<'_>) {
        if let Some(made) = self.made {
            round.retire(made);
        }
    }
}

impl<M> Default for State<M> {
    fn default() -> Self {
        Self { made: None, of: Of::Nothing, is_told: false }
    }
}
