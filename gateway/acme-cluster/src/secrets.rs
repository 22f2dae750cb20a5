//! What resolvers keep, in Secrets.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use windrose_acme::storage::{Kept, Peers, Store, StoreError};
use windrose_provider_kubernetes::client::{ApiError, escaped};

use crate::form::{self, PART, PLACE, Part};
use crate::link::{Link, Open};
use crate::peers::Circle;
use crate::place::Place;
use crate::world::World;

/// Keeps in the Secrets of a place.
#[derive(Debug)]
pub struct Secrets {
    link: Arc<Link>,
    circle: Circle,
    /// The versions of what was read or written, by name.
    seen: Mutex<BTreeMap<String, String>>,
}

impl Secrets {
    /// Those of a place. Nothing is asked before something is to be kept.
    #[must_use]
    pub fn new(place: Place) -> Self {
        let link = Arc::new(Link::new(place));
        Self { circle: Circle::new(Arc::clone(&link)), link, seen: Mutex::default() }
    }

    fn failed<E>(&self, verb: &'static str) -> impl Fn(E) -> StoreError + use<E>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let path = self.link.place.path();
        move |error| StoreError::Away { path: path.clone(), verb, source: io::Error::other(error) }
    }

    fn odd(&self, resolver: &str, error: &serde_json::Error) -> StoreError {
        let (path, resolver) = (self.link.place.path(), resolver.to_owned());
        StoreError::Form { path, resolver, cause: error.to_string() }
    }

    /// What is there: accounts, and certificates.
    fn read(&self, open: &Open) -> Result<Vec<Value>, ApiError> {
        let selector = escaped(&format!("{PLACE}={},{PART} in (accounts,certificate)", open.name));
        let mut objects = Vec::new();
        let mut next = String::new();
        loop {
            let query =
                format!("{}?labelSelector={selector}&limit=500&continue={}", open.secrets(), escaped(&next));
            let page = open.ask(open.api.list(&query))?;
            objects.extend(page.items.unwrap_or_default());
            next = page.metadata.next;
            if next.is_empty() {
                break;
            }
        }
        // Of two for the same name the older one stands first, as in a file.
        objects.sort_by_cached_key(|object| {
            let created = object.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
            (created.unwrap_or_default().to_owned(), form::name(object).to_owned())
        });
        Ok(objects)
    }

    fn note(&self, objects: &[Value]) {
        let versions = objects.iter().map(|one| (form::name(one).to_owned(), form::version(one).to_owned()));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = versions.collect();
    }

    /// What is kept of a resolver in these objects, and the Secret of accounts.
    fn kept(&self, objects: &[Value], resolver: &str) -> Result<Kept, StoreError> {
        let name = &self.link.place.name;
        let accounts = objects.iter().find(|object| form::name(object) == name);
        let account = accounts.map(|secret| form::account(secret, resolver)).transpose();
        let account = account.map_err(|error| self.odd(resolver, &error))?.flatten();
        let mut kept = account.unwrap_or_default();
        for object in objects {
            let one = form::certificate(object, resolver).map_err(|error| self.odd(resolver, &error))?;
            kept.certificates.extend(one);
        }
        Ok(kept)
    }

    /// Writes what is different; whether nobody was faster.
    fn write(
        &self,
        open: &Open,
        objects: &[Value],
        resolver: &str,
        old: &Kept,
        new: &Kept,
    ) -> Result<bool, StoreError> {
        let odd = |error: serde_json::Error| self.odd(resolver, &error);
        let failed = self.failed::<ApiError>("written");
        let (old_account, new_account) =
            (form::account_text(old).map_err(odd)?, form::account_text(new).map_err(odd)?);
        if old_account != new_account && !self.write_account(open, objects, resolver, new_account)? {
            return Ok(false);
        }
        let names = self.names(open, objects, resolver, new)?;
        for (one, name) in new.certificates.iter().zip(&names) {
            let is_there = objects.iter().any(|object| form::name(object) == name);
            // One that is as it was is written only where another name was chosen for it.
            if is_there && old.certificates.contains(one) {
                continue;
            }
            let secret = form::certificate_secret(&open.name, name, resolver, one).map_err(odd)?;
            let path = format!("{}?fieldManager=windrose&force=true", open.secret(name));
            let written = open.ask(open.api.apply(&path, &secret)).map_err(&failed)?;
            self.saw(&written);
        }
        let is_ours = |object: &&Value| matches!(form::certificate(object, resolver), Ok(Some(_)));
        let ours = objects.iter().filter(is_ours).map(form::name);
        for gone in ours.filter(|name| names.iter().all(|stays| stays != name)) {
            open.remove(&open.secret(gone)).map_err(&failed)?;
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(gone);
        }
        Ok(true)
    }

    /// The names of the Secrets of certificates. A Secret that somebody else wrote is not written over.
    fn names(
        &self,
        open: &Open,
        objects: &[Value],
        resolver: &str,
        kept: &Kept,
    ) -> Result<Vec<String>, StoreError> {
        let mut names =
            form::certificate_names(&open.name, &self.link.place.chosen, resolver, &kept.certificates);
        let plain = form::certificate_names(&open.name, &BTreeMap::new(), resolver, &kept.certificates);
        for (name, plain) in names.iter_mut().zip(plain) {
            let is_ours = *name == plain || objects.iter().any(|object| form::name(object) == name);
            if is_ours {
                continue;
            }
            match open.ask(open.api.get(&open.secret(name))) {
                Err(error) if error.code() == 404 => {}
                Err(error) => return Err(self.failed("read")(error)),
                Ok(_) => {
                    tracing::error!(
                        secret = %name,
                        instead = %plain,
                        "a Secret of the chosen name is there and somebody else's; remove it, or choose another name"
                    );
                    *name = plain;
                }
            }
        }
        Ok(names)
    }

    fn write_account(
        &self,
        open: &Open,
        objects: &[Value],
        resolver: &str,
        account: Value,
    ) -> Result<bool, StoreError> {
        let key = form::account_key(resolver);
        let there = objects.iter().find(|object| form::name(object) == open.name);
        let written = match there {
            // The version inside has only one of us succeed.
            Some(there) => {
                let mut secret = there.clone();
                secret["apiVersion"] = "v1".into();
                secret["kind"] = "Secret".into();
                secret["data"][&key] = account;
                open.ask(open.api.replace(&open.secret(&open.name), &secret))
            }
            None => {
                let secret = json!({
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": form::meta(&open.name, Part::Accounts, &open.name, json!({})),
                    "data": {key: account},
                });
                open.ask(open.api.create(&open.secrets(), &secret))
            }
        };
        match written {
            Ok(written) => {
                self.saw(&written);
                Ok(true)
            }
            Err(error) if error.code() == 409 => Ok(false),
            Err(error) => Err(self.failed("written")(error)),
        }
    }

    fn saw(&self, object: &Value) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(form::name(object).to_owned(), form::version(object).to_owned());
    }
}

impl Store for Secrets {
    fn load(&self, resolver: &str) -> Result<Kept, StoreError> {
        let open = self.link.open().map_err(self.failed("reached"))?;
        let objects = self.read(&open).map_err(self.failed("read"))?;
        self.note(&objects);
        self.kept(&objects, resolver)
    }

    fn change(&self, resolver: &str, change: &mut dyn FnMut(&mut Kept)) -> Result<Kept, StoreError> {
        let open = self.link.open().map_err(self.failed("reached"))?;
        for _ in 0..ATTEMPTS {
            let objects = self.read(&open).map_err(self.failed("read"))?;
            let old = self.kept(&objects, resolver)?;
            let mut new = old.clone();
            change(&mut new);
            if self.write(&open, &objects, resolver, &old, &new)? {
                return Ok(new);
            }
        }
        Err(self.failed("written")("other gateways write all the time"))
    }

    fn exists(&self) -> bool {
        true
    }

    fn is_changed(&self) -> bool {
        let Ok(open) = self.link.open() else { return false };
        if !open.watches.is_complete() {
            return false;
        }
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        open.watches.look(|world| is_news(world, &seen))
    }

    fn peers(&self) -> &dyn Peers {
        &self.circle
    }
}

/// Whether what is seen from afar is newer than what was read or written: it comes a moment later than an answer.
pub(crate) fn is_news(world: &World, seen: &BTreeMap<String, String>) -> bool {
    let number = |version: &str| version.parse::<u128>().ok();
    let is_newer = |version: &str, known: &str| match (number(version), number(known)) {
        (Some(version), Some(known)) => version > known,
        // A server whose versions are no numbers.
        _ => version != known,
    };
    let newest = seen.values().filter_map(|version| number(version)).max();
    let is_different = |(name, secret): (&String, &crate::world::Secret)| match seen.get(name) {
        Some(known) => is_newer(&secret.version, known),
        // One that was removed here may still be seen.
        None => number(&secret.version).is_none_or(|version| newest.is_none_or(|newest| version > newest)),
    };
    let is_gone = |(name, version): (&String, &String)| {
        seen.get(name).is_some_and(|known| version == known || is_newer(version, known))
    };
    world.kept().any(is_different) || world.gone.iter().any(is_gone)
}

/// How often a change is tried that others were faster than.
const ATTEMPTS: usize = 10;
