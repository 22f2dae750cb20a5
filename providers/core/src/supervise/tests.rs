//! Failing, panicking and finished providers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;
use windrose_config::DynamicConfig;

use super::{Backoff, Supervised, Supervisor};
use crate::provider::{BoxFuture, Provider, ProviderError, Retry};
use crate::stop::Stop;
use crate::updates::{Publishers, Updates};

/// Fails, panics, then publishes and waits for the stop.
struct Shaky {
    runs: Arc<AtomicUsize>,
}

impl Provider for Shaky {
    fn name(&self) -> &str {
        "shaky"
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            match self.runs.fetch_add(1, Ordering::SeqCst) {
                0 => Err(ProviderError::later("no connection")),
                1 => panic!("a bug"),
                _ => {
                    out.publish(DynamicConfig::default());
                    stop.requested().await;
                    Ok(())
                }
            }
        })
    }
}

/// Ends at once with what it was given.
struct Ending(Option<ProviderError>);

impl Provider for Ending {
    fn name(&self) -> &str {
        "ending"
    }

    fn run(self: Box<Self>, _: Updates, _: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move { self.0.map_or(Ok(()), Err) })
    }
}

fn quick() -> Backoff {
    Backoff::new(Duration::from_millis(1), Duration::from_millis(4))
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.expect("in time")
}

#[tokio::test]
async fn a_provider_that_fails_or_panics_runs_again() {
    let (publishers, mut receiver) = Publishers::new();
    let (trigger, stop) = Stop::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let mut supervisor = Supervisor::new(Handle::current());
    let counted = runs.clone();
    let shaky =
        Supervised::new("shaky", move || Box::new(Shaky { runs: counted.clone() })).with_backoff(quick());
    supervisor.start(shaky, &publishers, stop);
    let updates = within(receiver.changed()).await.expect("a publisher is left");
    assert_eq!(&*updates[0].provider, "shaky");
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    trigger.stop();
    let ended = within(supervisor.ended()).await.expect("one provider");
    assert!(ended.outcome.is_ok() && within(supervisor.ended()).await.is_none());
    drop(publishers);
    assert!(within(receiver.changed()).await.is_none(), "the ended provider still may publish");
}

#[tokio::test]
async fn a_failure_that_stays_is_handed_up() {
    let (publishers, _receiver) = Publishers::new();
    let (_trigger, stop) = Stop::new();
    let mut supervisor = Supervisor::new(Handle::current());
    let wrong = || Box::new(Ending(Some(ProviderError::never("no such file")))) as Box<dyn Provider>;
    supervisor.start(Supervised::new("ending", wrong), &publishers, stop);
    let error = within(supervisor.ended()).await.expect("one provider").outcome.expect_err("it failed");
    assert_eq!((error.retry, error.to_string().as_str()), (Retry::Never, "no such file"));
}

#[tokio::test]
async fn a_finished_provider_does_not_run_again() {
    let (publishers, _receiver) = Publishers::new();
    let (_trigger, stop) = Stop::new();
    let mut supervisor = Supervisor::new(Handle::current());
    supervisor.start(Supervised::new("ending", || Box::new(Ending(None))), &publishers, stop);
    assert!(within(supervisor.ended()).await.expect("one provider").outcome.is_ok());
    assert!(within(supervisor.ended()).await.is_none());
}

#[tokio::test]
async fn a_stop_ends_the_wait_between_runs() {
    let (publishers, _receiver) = Publishers::new();
    let (trigger, stop) = Stop::new();
    let mut supervisor = Supervisor::new(Handle::current());
    let failing = Supervised::new("ending", || Box::new(Ending(Some(ProviderError::later("down")))));
    let hour = Duration::from_secs(3600);
    supervisor.start(failing.with_backoff(Backoff::new(hour, hour)), &publishers, stop);
    trigger.stop();
    assert!(within(supervisor.ended()).await.expect("one provider").outcome.is_ok());
}

#[test]
fn waits_double_up_to_the_longest_and_recover() {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5));
    let waits: Vec<_> = (0..4).map(|_| backoff.next(Duration::ZERO).as_secs()).collect();
    assert_eq!(waits, [1, 2, 4, 5]);
    assert_eq!(backoff.next(Duration::from_secs(6)).as_secs(), 1);
}
