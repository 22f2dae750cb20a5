//! What the last reloads changed, for whoever wants to know what happened.
//!
//! Works objects out by comparing what was in force before and after, when traffic is served already. Bounded: so many
//! reloads, and of each so many names.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use windrose_config::dynamic_config::Objects;
use windrose_config::{DynamicConfig, Section, Severity};

use crate::merge::{Merged, Part};
use crate::report::Report;

#[cfg(test)]
mod tests;

/// The last reloads.
#[derive(Debug, Default)]
pub struct History(Mutex<VecDeque<Arc<Reloaded>>>);

/// One reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// How many there had been with it.
    pub count: u64,
    /// The generation that was in force after it; the same as before when nothing changes for traffic.
    pub generation: u64,
    /// When it was.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// What is written differently.
    pub changes: Vec<Change>,
    /// How many more changes there were than are listed.
    pub more: usize,
    /// How many problems of the worse kind there were after it.
    pub errors: usize,
    /// How many of the other kind.
    pub warnings: usize,
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The section it is in.
    pub section: Section,
    /// Its qualified name.
    pub name: String,
    /// What became of it.
    pub became: Became,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was not there before.
    Added,
    /// It is written differently.
    Changed,
    /// It is not there any more.
    Removed,
}

impl History {
    /// The last reloads, the newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Arc<Reloaded>> {
        self.reloads().iter().rev().cloned().collect()
    }

    pub(super) fn add(&self, reloaded: Reloaded) {
        let mut reloads = self.reloads();
        while reloads.len() >= MOST_RELOADS {
            reloads.pop_front();
        }
        reloads.push_back(Arc::new(reloaded));
    }

    fn reloads(&self) -> MutexGuard<'_, VecDeque<Arc<Reloaded>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reloaded {
    /// Takes down what is different `after` from `before`.
    pub(super) fn compare(
        before: &Merged,
        after: &Merged,
        report: &Report,
        reloads: super::Reloads,
        generation: u64,
    ) -> Self {
        let mut found = Found::default();
        let nothing = DynamicConfig::default();
        for part in &after.parts {
            match config_of(before, &part.provider) {
                Some(was) if std::ptr::eq(was, &*part.config) => {}
                was => found.config(was.unwrap_or(&nothing), &part.config, &part.provider),
            }
        }
        for part in before.parts.iter().filter(|part| after.part(&part.provider).is_none()) {
            found.config(&part.config, &nothing, &part.provider);
        }
        let problems = report.problems();
        let errors = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        Self {
            count: reloads.count,
            generation,
            at: reloads.at,
            took: reloads.took,
            changes: found.changes,
            more: found.more,
            errors,
            warnings: problems.len() - errors,
        }
    }
}

fn config_of<'m>(merged: &'m Merged, provider: &str) -> Option<&'m DynamicConfig> {
    let part: &Part = merged.parts.get(merged.part(provider)?)?;
    Some(&part.config)
}

#[derive(Default)]
struct Found {
    changes: Vec<Change>,
    more: usize,
}

impl Found {
    fn config(&mut self, before: &DynamicConfig, after: &DynamicConfig, provider: &str) {
        macro_rules! sections {
            ($($section:ident: $($field:ident).+;)*) => {
                $(self.objects(Section::$section, &before.$($field).+, &after.$($field).+, provider);)*
            };
        }
        sections! {
            HttpRouters: http.routers;
            HttpServices: http.services;
            HttpMiddlewares: http.middlewares;
            HttpServersTransports: http.servers_transports;
            TcpRouters: tcp.routers;
            TcpServices: tcp.services;
            TcpMiddlewares: tcp.middlewares;
            TcpServersTransports: tcp.servers_transports;
            UdpRouters: udp.routers;
            UdpServices: udp.services;
            TlsOptions: tls.options;
            TlsStores: tls.stores;
        }
        let (was, is) = (&before.tls.certificates, &after.tls.certificates);
        for at in 0..was.len().max(is.len()) {
            let became = match (was.get(at), is.get(at)) {
                (Some(was), Some(is)) if was == is => continue,
                (Some(_), Some(_)) => Became::Changed,
                (None, _) => Became::Added,
                (_, None) => Became::Removed,
            };
            self.add(Section::TlsCertificates, &at.to_string(), provider, became);
        }
    }

    /// What is unchanged at the beginning and at the end is passed over without looking a name up.
    fn objects<T: PartialEq>(
        &mut self,
        section: Section,
        before: &Objects<T>,
        after: &Objects<T>,
        provider: &str,
    ) {
        let is_same = |at: usize, from: usize| match (before.get_index(at), after.get_index(from)) {
            (Some((name, was)), Some((now, is))) => Arc::ptr_eq(was, is) && name == now,
            _ => false,
        };
        let shortest = before.len().min(after.len());
        let front = (0..shortest).take_while(|at| is_same(*at, *at)).count();
        let back = (0..shortest - front)
            .take_while(|at| is_same(before.len() - 1 - at, after.len() - 1 - at))
            .count();
        for (name, is) in after.iter().take(after.len() - back).skip(front) {
            match before.get(name) {
                None => self.add(section, name, provider, Became::Added),
                Some(was) if Arc::ptr_eq(was, is) || was.value == is.value => {}
                Some(_) => self.add(section, name, provider, Became::Changed),
            }
        }
        for (name, _) in before.iter().take(before.len() - back).skip(front) {
            if !after.contains_key(name) {
                self.add(section, name, provider, Became::Removed);
            }
        }
    }

    fn add(&mut self, section: Section, name: &str, provider: &str, became: Became) {
        if self.changes.len() < MOST_CHANGES {
            self.changes.push(Change { section, name: format!("{name}@{provider}"), became });
        } else {
            self.more += 1;
        }
    }
}

const MOST_RELOADS: usize = 50;
const MOST_CHANGES: usize = 200;
