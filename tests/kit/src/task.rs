//! Tasks of the peers: each ends with its owner.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::panicking;

use tokio::task::JoinHandle;

use crate::within::soon;

/// A running task that is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Task<T = ()>(JoinHandle<T>);

impl<T: Send + 'static> Task<T> {
    #[allow(clippy::disallowed_methods, reason = "the place where the kit owns its tasks")]
    pub(crate) fn spawn(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }

    /// Waits for the end of the task; its panic becomes ours.
    pub(crate) async fn join(mut self) -> T {
        match soon("the end of a task", &mut self.0).await {
            Ok(output) => output,
            Err(error) => resume_unwind(error.into_panic()),
        }
    }

    #[cfg(test)]
    pub(crate) async fn panic_message(mut self) -> String {
        let panic = soon("the end of a task", &mut self.0).await.err().unwrap().into_panic();
        match panic.downcast_ref::<&str>() {
            Some(message) => (*message).to_owned(),
            None => panic.downcast_ref::<String>().unwrap().clone(),
        }
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Fails the test when dropped, if a task that held one of its watches panicked.
#[derive(Debug, Default)]
pub(crate) struct PanicFlag(Arc<AtomicBool>);

/// Raises the flag it came from when the task that holds it panics.
#[derive(Clone, Debug)]
pub(crate) struct PanicWatch(Arc<AtomicBool>);

impl PanicFlag {
    pub(crate) fn watch(&self) -> PanicWatch {
        PanicWatch(Arc::clone(&self.0))
    }
}

impl Drop for PanicFlag {
    fn drop(&mut self) {
        // A second panic would end the process and hide the first.
        if self.0.load(Ordering::Relaxed) && !panicking() {
            panic!("an expectation failed in the handler of a server; see above");
        }
    }
}

impl Drop for PanicWatch {
    fn drop(&mut self) {
        self.0.fetch_or(panicking(), Ordering::Relaxed);
    }
}
