//! One stream: list, then watch, and again.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use windrose_providers_core::Backoff;

use super::{Shared, Unseen, Wanted, Why};
use crate::client::{Api, ApiError, Event, escaped};
use crate::objects::{Change, Key, Kind};

/// Follows the objects of a kind in a namespace, or in all of them.
pub(super) async fn follow<W: Send>(
    api: Api,
    wanted: Wanted<W>,
    scope: Option<Arc<str>>,
    shared: Arc<Shared<W>>,
) -> Infallible {
    let mut stream = Stream {
        api,
        path: path(&wanted, scope.as_deref()),
        wanted,
        scope,
        shared,
        version: None,
        state: Health::New,
        absent: None,
    };
    let mut backoff = Backoff::new(FIRST, LONGEST);
    loop {
        let started = Instant::now();
        let outcome = stream.run().await;
        let wait = match outcome {
            Ok(()) if started.elapsed() >= BRIEF => continue,
            // A server that ends every watch at once is not asked without a pause.
            Ok(()) => backoff.next(started.elapsed()),
            Err(error) => stream.judge(error, backoff.next(started.elapsed())),
        };
        tokio::time::sleep(wait).await;
    }
}

struct Stream<W: 'static> {
    api: Api,
    wanted: Wanted<W>,
    scope: Option<Arc<str>>,
    path: String,
    shared: Arc<Shared<W>>,
    /// Where the watch goes on; `None` means that there has to be a list first.
    version: Option<String>,
    state: Health,
    /// Since when the server has had no such kind.
    absent: Option<Instant>,
}

/// How a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    /// Nothing was heard yet.
    New,
    /// All is well.
    Well,
    /// The server has no such kind, or does not let us look.
    Denied,
    /// The server cannot be reached, and nothing was heard before.
    NewBroken,
    /// The server cannot be reached.
    Broken,
}

impl<W: Send> Stream<W> {
    /// Until the watch ends or anything breaks.
    async fn run(&mut self) -> Result<(), ApiError> {
        if self.version.is_none() {
            self.list().await?;
        }
        let mut query =
            format!("{}?watch=true&allowWatchBookmarks=true&timeoutSeconds={}", self.path, 240 + chance(60));
        self.select(&mut query);
        let version = self.version.as_deref().unwrap_or_default();
        query.push_str(&format!("&resourceVersion={}", escaped(version)));
        let mut events = self.api.watch(&query).await?;
        self.well();
        while let Some(event) = events.next(SILENCE).await? {
            let change = match event {
                Event::Added(object) | Event::Modified(object) => Change::Put(self.note(object)),
                Event::Deleted(object) => Change::Gone(self.note(object)),
                Event::Bookmark(object) => {
                    self.note(object);
                    continue;
                }
                Event::Error(failure) => {
                    return Err(ApiError::Refused { code: failure.code, message: failure.message });
                }
            };
            self.shared.take(self.wanted.kind, change);
        }
        Ok(())
    }

    /// Reads everything, page by page, and takes each in as it comes, since thousands of objects are large before they
    /// are; what is on none of the pages is gone.
    async fn list(&mut self) -> Result<(), ApiError> {
        let mut there = HashSet::new();
        let mut next = String::new();
        let version = loop {
            let mut query = format!("{}?limit={PAGE}", self.path);
            self.select(&mut query);
            if !next.is_empty() {
                query.push_str(&format!("&continue={}", escaped(&next)));
            }
            let page = self.api.list(&query).await?;
            for object in page.items.unwrap_or_default() {
                there.insert(key(&object));
                self.shared.take(self.wanted.kind, Change::Put(object));
            }
            next = page.metadata.next;
            if next.is_empty() {
                break page.metadata.resource_version;
            }
        };
        self.version = Some(version);
        self.shared.take(self.wanted.kind, Change::Only(self.scope.clone(), there));
        self.well();
        Ok(())
    }

    fn select(&self, query: &mut String) {
        if !self.wanted.kind.selector.is_empty() {
            query.push('&');
            query.push_str(self.wanted.kind.selector);
        }
        if !self.wanted.selector.is_empty() {
            query.push_str(&format!("&labelSelector={}", escaped(&self.wanted.selector)));
        }
    }

    /// Remembers how far we are.
    fn note(&mut self, object: Value) -> Value {
        let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        if let Some(version) = version {
            self.version = Some(version.to_owned());
        }
        object
    }

    /// Takes note that the server answers.
    fn well(&mut self) {
        let before = std::mem::replace(&mut self.state, Health::Well);
        self.absent = None;
        self.shared.sees(&self.path, None);
        if matches!(before, Health::New | Health::NewBroken) {
            self.shared.heard();
        }
        if matches!(before, Health::Broken | Health::NewBroken) {
            self.mended();
        }
    }

    fn mended(&self) {
        if let Some(after) = self.shared.mended() {
            tracing::info!(?after, "the Kubernetes API server is reached again");
        }
    }

    /// Tells what is wrong, once; how long to wait.
    fn judge(&mut self, error: ApiError, backoff: Duration) -> Duration {
        match error.code() {
            // The version is too old: everything is read again, not by everyone at the same time.
            410 => {
                tracing::debug!(
                    kind = self.wanted.kind.name,
                    "the watch is too old, objects are listed again"
                );
                self.version = None;
                Duration::from_millis(chance(2_000))
            }
            404 => self.denied(ABSENT, None),
            401 | 403 => self.denied(FORBIDDEN, Some(&error)),
            _ => {
                self.broken(&error);
                // At least half of it, so that not everyone comes back at once.
                let half = backoff / 2;
                half + Duration::from_millis(chance(u64::try_from(half.as_millis()).unwrap_or(0)))
            }
        }
    }

    /// There is nothing to see here, for now.
    fn denied(&mut self, wait: Duration, error: Option<&ApiError>) -> Duration {
        let before = std::mem::replace(&mut self.state, Health::Denied);
        let Kind { name, api, plural, .. } = *self.wanted.kind;
        let why = if error.is_some() { Why::Forbidden } else { Why::Absent };
        self.shared.sees(&self.path, Some(Unseen { name, api, plural, why }));
        if matches!(before, Health::New | Health::NewBroken) {
            self.shared.heard();
        }
        if matches!(before, Health::Broken | Health::NewBroken) {
            self.mended();
        }
        // What it said before does not hold any more, unless it only forgot who we are, or is just starting.
        if error.is_none() && self.version.is_some() {
            let since = *self.absent.get_or_insert_with(Instant::now);
            if since.elapsed() >= STARTING {
                self.version = None;
                self.shared.take(self.wanted.kind, Change::Only(self.scope.clone(), HashSet::new()));
            }
        }
        if before != Health::Denied {
            let (kind, path) = (self.wanted.kind.name, &self.path);
            match error {
                Some(error) if self.wanted.kind.optional => {
                    tracing::debug!(kind, %path, %error, "may not be looked at, so there is none");
                }
                Some(error) => tracing::warn!(
                    kind,
                    %path,
                    %error,
                    "may not be looked at; give list and watch of it to the ServiceAccount, until then there is none"
                ),
                None => tracing::debug!(kind, %path, "the API server has no such kind"),
            }
        }
        wait + Duration::from_millis(chance(1_000))
    }

    fn broken(&mut self, error: &ApiError) {
        let before = self.state;
        self.state = match before {
            Health::New | Health::NewBroken => Health::NewBroken,
            _ => Health::Broken,
        };
        if matches!(before, Health::Broken | Health::NewBroken) {
            return;
        }
        if self.shared.broke(error) {
            tracing::error!(
                %error,
                kind = self.wanted.kind.name,
                "the Kubernetes API server cannot be reached; what it said last stays in force"
            );
        }
    }
}

/// Which object it is.
fn key(object: &Value) -> Key {
    let part = |path: &str| Arc::from(object.pointer(path).and_then(Value::as_str).unwrap_or_default());
    (part("/metadata/namespace"), part("/metadata/name"))
}

/// Where the objects of a kind are found.
fn path<W>(wanted: &Wanted<W>, scope: Option<&str>) -> String {
    let kind = wanted.kind;
    match scope {
        Some(namespace) => format!("{}/namespaces/{}/{}", kind.api, escaped(namespace), kind.plural),
        None => format!("{}/{}", kind.api, kind.plural),
    }
}

/// A number below the limit, by chance; 0 when the limit is.
fn chance(limit: u64) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    match limit {
        0 => 0,
        limit => RandomState::new().hash_one(0) % limit,
    }
}

/// How many objects are read at once.
const PAGE: u32 = 500;
/// The first wait after the server was not reached, and the longest.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);
/// A watch that lasts at least so long is as it should be.
const BRIEF: Duration = Duration::from_secs(1);
/// The API server sends a bookmark every minute.
const SILENCE: Duration = Duration::from_secs(150);
/// When to look again for a kind that is not there, and for one that is hidden.
const ABSENT: Duration = Duration::from_secs(5);
const FORBIDDEN: Duration = Duration::from_secs(15);
/// A server that is starting may deny for some time what it will have.
const STARTING: Duration = Duration::from_secs(30);
