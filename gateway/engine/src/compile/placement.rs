//! Where routers are: on which entry points, under which names, with or without TLS.
//!
//! Very many routers are at the same place, so places are worked out once and then known by a number.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use windrose_config::dynamic_config::{Name, Router};

use crate::merge::Place;

/// The places that routers are at.
#[derive(Default)]
pub(super) struct Placements {
    all: Vec<Arc<Placement>>,
    numbers: HashMap<Asked, u32, RandomState>,
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
        let Self { all, numbers } = self;
        *numbers.entry((names, tls)).or_insert_with(|| {
            all.push(Arc::new(Placement::new(places, &router.entry_points, tls)));
            u32::try_from(all.len() - 1)
                .expect("there are fewer places than routers, and those fit into memory")
        })
    }

    /// A place by its number.
    pub(super) fn get(&self, number: u32) -> Option<&Arc<Placement>> {
        self.all.get(usize::try_from(number).ok()?)
    }
}

impl Placement {
    fn new(places: &[Place], written: &[Name], tls: Tls) -> Self {
        let mut on: Vec<usize> = Vec::new();
        let mut unknown = Vec::new();
        for (position, name) in written.iter().enumerate() {
            match places.iter().position(|place| place.name == name.value) {
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
