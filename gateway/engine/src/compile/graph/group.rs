//! A section of the configuration as the graph sees it: what is written there, what is made of it, and how.

use std::sync::Arc;

use windrose_config::dynamic_config::Objects;
use windrose_config::{DynamicConfig, Section, Written};

use super::asking::Asking;
use super::state::State;
use super::{Address, Addresses, Graph, Own};
use crate::compile::align::Column;
use crate::compile::memory::Memory;
use crate::compile::middlewares::Middlewares;
use crate::compile::problems::Object;
use crate::compile::round::Round;
use crate::compile::services::Services;
use crate::compile::tls::Options;
use crate::compile::transports::Transports;
use crate::merge::At;

/// The objects of one section, which may ask for objects of any other.
pub(in crate::compile) trait Group: 'static {
    /// Where they are written.
    const SECTION: Section;
    /// What is written.
    type Written: PartialEq + 'static;
    /// What is made of it.
    type Made: Send + Sync + 'static;

    /// All that a provider has written.
    fn written(config: &DynamicConfig) -> &Objects<Self::Written>;

    /// What was made of it.
    fn column(memory: &Memory) -> &Column<State<Self::Made>>;

    /// The same, to be changed.
    fn column_mut(memory: &mut Memory) -> &mut Column<State<Self::Made>>;

    /// Makes an object; nothing after saying what is wrong with it. `before` is what there was so far, and is to be
    /// given back when it would come out equal.
    fn make(
        asking: &Asking<'_, '_, '_>,
        of: Object<'_>,
        written: &Written<Self::Written>,
        before: Option<&Arc<Self::Made>>,
    ) -> Option<Arc<Self::Made>>;

    /// What the gateway has of its own under a name that nobody has written.
    fn own(_own: &Own<'_>, _reference: &str, _author: usize) -> Option<Arc<Self::Made>> {
        None
    }
}

/// A group, its types erased.
pub(super) struct Entry {
    pub(super) section: Section,
    pub(super) name: fn(&DynamicConfig, usize) -> Option<&Arc<str>>,
    /// Moves states to where their objects are now; gives those that are new or written differently.
    pub(super) follow: fn(&mut Memory, &DynamicConfig, &DynamicConfig, &mut Round<'_>) -> Vec<usize>,
    /// Makes an object if that is necessary; gives its address.
    pub(super) make: fn(&Graph<'_, '_>, At) -> Option<Address>,
    /// Where what was made of an object is.
    pub(super) address: fn(&Memory, usize) -> Option<Address>,
    /// Objects made of something at one of these addresses.
    pub(super) users: fn(&Memory, &Addresses) -> Vec<usize>,
    /// Objects to be looked at every time.
    pub(super) watched: fn(&Memory) -> Vec<usize>,
    pub(super) watch: fn(&mut Memory, Vec<usize>),
    /// Whether an object is to be looked at every time.
    pub(super) watches: fn(&Memory, usize) -> bool,
    /// Whether an object has to be made again although it is written as before.
    pub(super) is_due: fn(&Memory, usize, &Round<'_>) -> bool,
    /// The files that objects to be looked at were made of.
    pub(super) files: fn(&Memory) -> Vec<Arc<str>>,
}

/// All groups: one line for each section whose objects can be asked for.
pub(super) static GROUPS: [Entry; 4] =
    [Entry::of::<Transports>(), Entry::of::<Services>(), Entry::of::<Middlewares>(), Entry::of::<Options>()];

impl Entry {
    const fn of<G: Group>() -> Self {
        Self {
            section: G::SECTION,
            name: |config, index| G::written(config).get_index(index).map(|(name, _)| name),
            follow: follow::<G>,
            make: |graph, at| graph.make::<G>(at).map(|made| Address::of(&made)),
            address: |memory, index| G::column(memory).get(index)?.address(),
            users: |memory, addresses| {
                let states = G::column(memory).iter().enumerate();
                states.filter(|(_, state)| state.uses(addresses)).map(|(index, _)| index).collect()
            },
            watched: |memory| G::column(memory).watched().to_vec(),
            watch: |memory, watched| G::column_mut(memory).watch(watched),
            watches: |memory, index| G::column(memory).get(index).is_some_and(State::is_watched),
            is_due: |memory, index, round| {
                G::column(memory).get(index).is_some_and(|state| state.is_due(&*round.tools.files))
            },
            files: |memory| {
                let column = G::column(memory);
                let states = column.watched().iter().filter_map(|index| column.get(*index));
                states.flat_map(State::files).cloned().collect()
            },
        }
    }

    /// The group of a section.
    pub(super) fn find(section: Section) -> Option<&'static Self> {
        GROUPS.iter().find(|entry| entry.section == section)
    }
}

fn follow<G: Group>(
    memory: &mut Memory,
    old: &DynamicConfig,
    new: &DynamicConfig,
    round: &mut Round<'_>,
) -> Vec<usize> {
    let changes = G::column_mut(memory).align(G::written(old), G::written(new));
    for state in changes.gone {
        state.retire(round);
    }
    changes.changed
}
