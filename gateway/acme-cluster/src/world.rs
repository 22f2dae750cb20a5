//! What is known of the Secrets and Leases of a place without asking.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use windrose_acme::storage::peers::Proof;
use windrose_provider_kubernetes::objects::{Change, Kind};
use windrose_provider_kubernetes::watch::Wanted;

use crate::form::{self, PART, Part};

/// The objects, by name.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) secrets: BTreeMap<String, Secret>,
    pub(crate) leases: BTreeMap<String, Held>,
    /// Secrets that were there and are not any more, with the version they had last.
    pub(crate) gone: BTreeMap<String, String>,
}

/// A Secret.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) version: String,
    pub(crate) part: Part,
    /// What is to be shown, where it says so.
    pub(crate) proof: Option<Proof>,
    pub(crate) seen: Instant,
}

/// A Lease.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) version: String,
    pub(crate) part: Part,
    /// The proofs that its holder shows.
    pub(crate) shows: BTreeSet<String>,
    /// When it was last seen to change, by our own clock.
    pub(crate) since: Instant,
}

impl World {
    fn take_secret(&mut self, change: Change) -> bool {
        let before: Vec<(String, String)> =
            self.kept().map(|(name, secret)| (name.clone(), secret.version.clone())).collect();
        let is_changed = take(&mut self.secrets, change, |value, version| Secret {
            version,
            part: Part::read(label(value)),
            proof: form::proof(value),
            seen: Instant::now(),
        });
        for (name, version) in before {
            if !self.secrets.contains_key(&name) {
                self.gone.insert(name, version);
            }
        }
        self.gone.retain(|name, _| !self.secrets.contains_key(name));
        is_changed
    }

    /// The Secrets that are not only there for a while.
    pub(crate) fn kept(&self) -> impl Iterator<Item = (&String, &Secret)> {
        let ours = |part| matches!(part, Part::Accounts | Part::Certificate);
        self.secrets.iter().filter(move |(_, secret)| ours(secret.part))
    }

    fn take_lease(&mut self, change: Change) -> bool {
        take(&mut self.leases, change, |value, version| Held {
            version,
            part: Part::read(label(value)),
            shows: form::shown(value),
            since: Instant::now(),
        })
    }
}

/// An object with a version.
trait Versioned {
    fn version(&self) -> &str;
}

impl Versioned for Secret {
    fn version(&self) -> &str {
        &self.version
    }
}

impl Versioned for Held {
    fn version(&self) -> &str {
        &self.version
    }
}

fn take<T: Versioned>(
    objects: &mut BTreeMap<String, T>,
    change: Change,
    read: impl Fn(&Value, String) -> T,
) -> bool {
    let put = |objects: &mut BTreeMap<String, T>, value: &Value| {
        let (name, version) = (form::name(value), form::version(value));
        // One that is listed again is as old as it was.
        if objects.get(name).is_some_and(|known| known.version() == version) {
            return false;
        }
        objects.insert(name.to_owned(), read(value, version.to_owned()));
        true
    };
    match change {
        Change::Only(_, there) => {
            let before = objects.len();
            let names: BTreeSet<&str> = there.iter().map(|(_, name)| &**name).collect();
            objects.retain(|name, _| names.contains(&**name));
            objects.len() != before
        }
        Change::Put(value) => put(objects, &value),
        Change::Gone(value) => objects.remove(form::name(&value)).is_some(),
    }
}

fn label(object: &Value) -> &str {
    let labels = object.pointer("/metadata/labels");
    labels.and_then(|labels| labels.get(PART)).and_then(Value::as_str).unwrap_or_default()
}

/// What is watched: what has the label of the place.
pub(crate) fn wanted(selector: &str) -> Vec<Wanted<World>> {
    let selector: Arc<str> = selector.into();
    [&SECRETS, &LEASES].map(|kind| Wanted { kind, selector: Arc::clone(&selector) }).into()
}

static SECRETS: Kind<World> = Kind {
    name: "Secret",
    api: "/api/v1",
    plural: "secrets",
    namespaced: true,
    selector: "",
    optional: false,
    take: World::take_secret,
};

static LEASES: Kind<World> = Kind {
    name: "Lease",
    api: "/apis/coordination.k8s.io/v1",
    plural: "leases",
    namespaced: true,
    selector: "",
    optional: false,
    take: World::take_lease,
};
