//! Where routers are: on which entry points, under which names, with or without TLS.
//!
//! Very many routers are at the same place, so places are worked out once and then known by a number.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::dynamic_config::{Name, Router};

use crate::entry::Kind;
use crate::merge::Place;

/// The places that routers are at.
#[derive(Default)]
pub(super) struct Placements {
    /// By number; a number that no router has any more is given again.
    all: Vec<Option<Arc<Placement>>>,
    free: Vec<u32>,
    numbers: HashMap<Asked, u32, RandomState>,
    /// How many there were after the last sweep.
    swept: usize,
}

/// What a router says of where it is: its entry points, and whether it is for TLS.
type Asked = (Box<[Arc<str>]>, Tls);

/// Whether a router says itself that it is for TLS.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Tls {
    Written,
    Absent,
}

/// Where a router is.
pub(super) struct Placement {
    /// The router, once for each different way in which it appears.
    pub(super) variants: Box<[Variant]>,
    /// Which of its entry points there are not, by position.
    pub(super) unknown: Box<[usize]>,
}

/// One way in which a router appears.
pub(super) struct Variant {
    /// Goes before its name where it appears in several ways.
    pub(super) prefix: Option<Arc<str>>,
    /// The entry point whose middlewares and TLS it takes over.
    pub(super) model: Option<usize>,
    /// Whether it answers TLS requests, or plain ones.
    pub(super) secure: bool,
    /// The entry points it is on.
    pub(super) places: Box<[usize]>,
}

impl Placements {
    /// The number of the place where a router is.
    pub(super) fn number(&mut self, places: &[Place], router: &Router) -> u32 {
        let names = router.entry_points.iter().map(|name| Arc::clone(&name.value)).collect();
        let tls = if router.tls.is_some() { Tls::Written } else { Tls::Absent };
        let Self { all, free, numbers, .. } = self;
        *numbers.entry((names, tls)).or_insert_with(|| {
            let made = Some(Arc::new(Placement::new(places, &router.entry_points, tls)));
            if let Some(number) = free.pop() {
                if let Some(place) = all.get_mut(number as usize) {
                    *place = made;
                }
                return number;
            }
            all.push(made);
            u32::try_from(all.len() - 1)
                .expect("there are fewer places than routers, and those fit into memory")
        })
    }

    /// A place by its number.
    pub(super) fn get(&self, number: u32) -> Option<&Arc<Placement>> {
        self.all.get(number as usize)?.as_ref()
    }

    /// Whether so many came since the last sweep that looking for unused ones may be worth it.
    pub(super) fn has_grown(&self) -> bool {
        self.numbers.len() > self.swept.saturating_mul(2).max(SMALL)
    }

    /// Forgets the places that no router is at; `used` are the numbers of all routers.
    pub(super) fn sweep(&mut self, used: impl Iterator<Item = u32>) {
        let mut is_used = vec![false; self.all.len()];
        for number in used {
            if let Some(is_used) = is_used.get_mut(number as usize) {
                *is_used = true;
            }
        }
        let is_used = |number: u32| is_used.get(number as usize).copied().unwrap_or(false);
        self.numbers.retain(|_, number| is_used(*number));
        self.numbers.shrink_to_fit();
        for (number, place) in (0_u32..).zip(&mut self.all) {
            if !is_used(number) {
                *place = None;
            }
        }
        while self.all.pop_if(|place| place.is_none()).is_some() {}
        self.all.shrink_to_fit();
        self.free =
            (0_u32..).zip(&self.all).filter(|(_, place)| place.is_none()).map(|(number, _)| number).collect();
        self.swept = self.numbers.len();
    }

    /// How many places are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

impl Placement {
    fn new(places: &[Place], written: &[Name], tls: Tls) -> Self {
        let mut on: Vec<usize> = Vec::new();
        let mut unknown = Vec::new();
        for (position, name) in written.iter().enumerate() {
            match places.iter().position(|place| place.kind == Kind::Tcp && place.name == name.value) {
                Some(place) if on.contains(&place) => {}
                Some(place) => on.push(place),
                None => unknown.push(position),
            }
        }
        if written.is_empty() {
            on = (0..places.len())
                .filter(|place| places.get(*place).is_some_and(|place| place.default))
                .collect();
            on.sort_by_key(|place| places.get(*place).map(|place| &place.name));
        }
        let (with, without): (Vec<usize>, Vec<usize>) =
            on.iter().partition(|place| places.get(**place).is_some_and(|place| place.model.is_some()));
        let mut variants = Vec::new();
        if !without.is_empty() {
            let secure = tls == Tls::Written;
            variants.push(Variant { prefix: None, model: None, secure, places: without.into() });
        }
        for index in with {
            let Some(place) = places.get(index) else { continue };
            let secure = tls == Tls::Written || place.model.as_ref().is_some_and(|model| model.tls.is_some());
            let prefix = (on.len() > 1).then(|| Arc::clone(&place.name));
            variants.push(Variant { prefix, model: Some(index), secure, places: Box::new([index]) });
        }
        Self { variants: variants.into(), unknown: unknown.into() }
    }
}

/// Below this many places a walk over all routers is not worth it.
const SMALL: usize = 64;
