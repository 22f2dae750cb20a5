//! What is under way: futures that are polled together, without a task for each.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use windrose_providers_core::BoxFuture;

use crate::domains::covers;

/// Futures by what they are about.
pub(super) struct Jobs<T>(Vec<(Key, BoxFuture<'static, T>)>);

/// What a job is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    resolver: Arc<str>,
    names: Vec<String>,
    is_question: bool,
}

impl Key {
    pub(super) fn certificate(resolver: &Arc<str>, names: &[String]) -> Self {
        Self { resolver: Arc::clone(resolver), names: names.to_vec(), is_question: false }
    }

    pub(super) fn question(resolver: &Arc<str>, names: &[String]) -> Self {
        Self { is_question: true, ..Self::certificate(resolver, names) }
    }

    /// The resolver and the names of a certificate that comes of it.
    pub(super) fn ordered(&self) -> Option<(&Arc<str>, &[String])> {
        (!self.is_question).then_some((&self.resolver, &*self.names))
    }

    /// Whether a certificate comes of it that serves `name`.
    pub(super) fn covers(&self, name: &str) -> bool {
        !self.is_question && self.names.iter().any(|one| covers(one, name))
    }
}

impl<T> Jobs<T> {
    /// Starts one, unless there is one like it.
    pub(super) fn start(&mut self, key: Key, job: impl Future<Output = T> + Send + 'static) {
        if !self.has(&key) {
            self.0.push((key, Box::pin(job)));
        }
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.0.iter().any(|(known, _)| known == key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Whether enough is under way: an authority that is asked for very much at a time refuses.
    pub(super) fn is_full(&self) -> bool {
        self.0.iter().filter(|(key, _)| !key.is_question).count() >= MOST
    }

    /// Whether enough is asked about renewals: the first time it is as many as there are certificates.
    pub(super) fn asks_enough(&self) -> bool {
        self.0.iter().filter(|(key, _)| key.is_question).count() >= MOST_QUESTIONS
    }

    /// Waits for the next one to be done; for ever when there is none. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> T {
        poll_fn(|cx| {
            for index in 0..self.0.len() {
                let Some((_, job)) = self.0.get_mut(index) else { break };
                if let Poll::Ready(done) = job.as_mut().poll(cx) {
                    drop(self.0.swap_remove(index));
                    return Poll::Ready(done);
                }
            }
            Poll::Pending
        })
        .await
    }
}

impl<T> Default for Jobs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// How many certificates are obtained at a time.
const MOST: usize = 8;
const MOST_QUESTIONS: usize = 4;
