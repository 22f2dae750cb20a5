//! Canaries: which requests of a path go to another service. Header before cookie before weight, as in ingress-nginx.

use std::sync::Arc;

use super::Reading;
use super::draft::Draft;
use crate::objects::{Backing, IngressPath};
use crate::translate::ingress::quoted;

/// The paths of canaries, each for the path of another Ingress.
#[derive(Debug, Default)]
pub(super) struct Canaries<'a> {
    all: Vec<Canary<'a>>,
    wrong: Vec<(At, String)>,
}

/// Which Ingress, and where in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    /// The place among all Ingresses.
    pub(super) ingress: usize,
    pub(super) rule: usize,
    pub(super) path: usize,
}

/// A path of a canary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Canary<'a> {
    pub(super) at: At,
    pub(super) draft: &'a Draft,
    pub(super) backing: &'a Backing,
    namespace: &'a Arc<str>,
    host: &'a Arc<str>,
    path: &'a IngressPath,
    is_taken: bool,
}

/// Requests of a path that go to one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    /// What its name ends in.
    pub(super) name: &'static str,
    /// What must hold besides.
    pub(super) rule: String,
    /// How far above the others it is.
    pub(super) step: i64,
    pub(super) service: Arc<str>,
}

impl Variant {
    /// How many steps there are.
    pub(super) const STEPS: i64 = 5;

    /// All requests.
    pub(super) fn main(service: Arc<str>) -> Self {
        Self { name: "", rule: String::new(), step: 0, service }
    }
}

impl<'a> Canaries<'a> {
    /// Those among Ingresses.
    pub(super) fn of(readings: &'a [Reading<'a>]) -> Self {
        let mut canaries = Self::default();
        for (ingress, reading) in readings.iter().enumerate().filter(|(_, one)| one.draft.canary.is_on) {
            for (rule, written) in reading.body.rules.iter().enumerate() {
                let paths = written.http.as_ref().map(|http| &*http.paths).unwrap_or_default();
                for (at, path) in paths.iter().enumerate().filter(|_| !reading.is_closed) {
                    canaries.all.push(Canary {
                        at: At { ingress, rule, path: at },
                        draft: &reading.draft,
                        backing: &path.backend,
                        namespace: &reading.object.meta.namespace,
                        host: &written.host,
                        path,
                        is_taken: false,
                    });
                }
            }
        }
        canaries
    }

    /// The canary of a path; the oldest, if there are several.
    pub(super) fn take(
        &mut self,
        namespace: &Arc<str>,
        host: &str,
        path: &IngressPath,
    ) -> Option<Canary<'a>> {
        let is_exact = |path: &IngressPath| &*path.path_type == "Exact";
        let found = self.all.iter_mut().find(|one| {
            !one.is_taken
                && one.namespace == namespace
                && **one.host == *host
                && one.path.path == path.path
                && is_exact(one.path) == is_exact(path)
        })?;
        found.is_taken = true;
        Some(*found)
    }

    /// Takes note of what is wrong with one.
    pub(super) fn tell(&mut self, at: At, message: String) {
        self.wrong.push((at, message));
    }

    /// All that is to be told of them.
    pub(super) fn told(self) -> Vec<(At, String)> {
        let left = self.all.iter().filter(|one| !one.is_taken);
        let nobody = "no other Ingress of this namespace has this host and path, or it has an older canary";
        let left = left.map(|one| (one.at, nobody.to_owned()));
        let mut all: Vec<_> = left.chain(self.wrong.iter().cloned()).collect();
        all.sort_by_key(|(at, _)| (at.ingress, at.rule, at.path));
        all
    }
}

impl Canary<'_> {
    /// Its share, and of how many.
    pub(super) fn weight(&self) -> (i64, i64) {
        let canary = &self.draft.canary;
        let total = canary.total.max(100);
        (canary.weight.min(total), total)
    }

    /// Who gets which requests of a path, the first first: `main`, the canary, or what shares by weight.
    pub(super) fn variants(&self, main: &Arc<str>, other: &Arc<str>, shared: Arc<str>) -> Vec<Variant> {
        let canary = &self.draft.canary;
        let to =
            |name, rule, step, service: &Arc<str>| Variant { name, rule, step, service: Arc::clone(service) };
        let mut all = Vec::new();
        if !canary.header.is_empty() {
            let regexp = |pattern: &str| matches("HeaderRegexp", &canary.header, pattern);
            let is = |value: &str| matches("Header", &canary.header, value);
            if !canary.value.is_empty() {
                all.push(to("-canary-header", is(&canary.value), 4, other));
            } else if !canary.pattern.is_empty() {
                all.push(to("-canary-header", regexp(&canary.pattern), 4, other));
            } else {
                all.push(to("-canary-header", is("always"), 4, other));
                all.push(to("-canary-header-never", is("never"), 3, main));
            }
        }
        if !canary.cookie.is_empty() {
            let is = |value: &str| matches("Cookie", &canary.cookie, value);
            all.push(to("-canary-cookie", is("always"), 2, other));
            all.push(to("-canary-cookie-never", is("never"), 1, main));
        }
        all.push(Variant::main(shared));
        all
    }
}

/// A matcher with two texts.
fn matches(matcher: &str, name: &str, value: &str) -> String {
    format!("{matcher}({}, {})", quoted(name), quoted(value))
}
