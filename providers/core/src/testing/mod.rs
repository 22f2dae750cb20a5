//! What every provider has to do, as one test, and servers of HTTP for those that ask one.
//!
//! A [`World`] is a source that can be told what to say; [`keeps_the_contract`] does to it what happens to sources.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a harness fails the test by panicking, and every panic says what was seen"
)]

mod scripted;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use windrose_config::DynamicConfig;

use crate::ready::Ready;
use crate::state::{State, States};
use crate::stop::{Stop, StopTrigger};
use crate::supervise::{Backoff, Supervisor};
use crate::updates::{Publishers, UpdatesReceiver};

pub use scripted::{Asked, Reply, Scripted};

/// A source in the hands of a test.
pub trait World {
    /// A provider that reads it.
    fn ready(&self) -> Ready;
    /// Has it declare one HTTP router of this name.
    fn say(&mut self, router: &str) -> impl Future<Output = ()>;
    /// Has it say something that cannot be read beside what it says. What is told of it holds this word.
    fn spoil(&mut self) -> impl Future<Output = &'static str>;
    /// Takes it away.
    fn leave(&mut self) -> impl Future<Output = ()>;
    /// Brings it back, with what it was told before or meanwhile.
    fn come_back(&mut self) -> impl Future<Output = ()>;
}

/// A provider that runs.
#[derive(Debug)]
pub struct Running {
    name: Arc<str>,
    supervisor: Supervisor,
    receiver: UpdatesReceiver,
    states: States,
    trigger: StopTrigger,
}

impl Running {
    /// Starts it, impatient.
    #[must_use]
    pub fn start(ready: Ready) -> Self {
        let (publishers, receiver) = Publishers::new();
        let (trigger, stop) = Stop::new();
        let mut supervisor = Supervisor::new(Handle::current());
        let name = Arc::clone(ready.name());
        let quick = Backoff::new(Duration::from_millis(5), Duration::from_millis(50));
        supervisor.start(ready.supervised().with_backoff(quick), &publishers, stop);
        Self { name, supervisor, receiver, states: publishers.states(), trigger }
    }

    /// The next thing it says.
    pub async fn next(&mut self) -> DynamicConfig {
        let updates = soon("an update", self.receiver.changed()).await.expect("the provider runs");
        DynamicConfig::clone(&updates.last().unwrap().config)
    }

    /// What it says once it declares exactly these HTTP routers.
    pub async fn until(&mut self, routers: &[&str]) -> DynamicConfig {
        loop {
            let config = self.next().await;
            if routers_of(&config) == routers {
                return config;
            }
        }
    }

    /// Whether it has something to say right now.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::ZERO, self.receiver.changed()).await.is_err()
    }

    /// Waits for a state.
    pub async fn state(&self, wanted: impl Fn(&State) -> bool) {
        soon("a state", async {
            while !self.states.all().get(&self.name).is_some_and(&wanted) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Stops it, and waits until it has.
    pub async fn stop(mut self) {
        self.trigger.stop();
        let ended = soon("the end", self.supervisor.ended()).await.expect("it ran");
        assert!(ended.outcome.is_ok(), "{ended:?}");
    }
}

/// Does to a source what happens to sources, and looks at what the provider makes of it.
pub async fn keeps_the_contract(world: &mut impl World) {
    world.leave().await;
    // A source that is away does not hold up the gateway, and everybody can see that it is.
    let mut running = Running::start(world.ready());
    assert!(running.next().await.is_empty(), "an absent source declares something");
    running.state(|state| matches!(state, State::Failing { .. })).await;
    world.say("first").await;
    world.come_back().await;
    running.until(&["first"]).await;
    running.state(|state| *state == State::Reached).await;

    // A change is seen.
    world.say("second").await;
    running.until(&["second"]).await;

    // What cannot be read is told by name and costs nothing else.
    let word = world.spoil().await;
    soon("what is wrong is told", async {
        loop {
            let is_told = match running.states.all().get(&running.name) {
                Some(State::Failing { error, .. }) => error.contains(word),
                _ => false,
            };
            let next = tokio::time::timeout(Duration::from_millis(5), running.receiver.changed()).await;
            if let Ok(Some(updates)) = next {
                let config = &updates.last().unwrap().config;
                assert_eq!(routers_of(config), ["second"]);
                if config.problems.iter().any(|problem| problem.to_string().contains(word)) {
                    break;
                }
            }
            if is_told {
                break;
            }
        }
    })
    .await;
    world.say("third").await;
    running.until(&["third"]).await;

    // While it is away nothing is said, and what it says afterwards is found.
    world.leave().await;
    running.state(|state| matches!(state, State::Failing { .. })).await;
    assert!(running.is_quiet().await, "an outage was published");
    world.come_back().await;
    running.state(|state| *state == State::Reached).await;
    assert!(running.is_quiet().await, "what did not change was published again");
    world.say("fourth").await;
    running.until(&["fourth"]).await;
    running.stop().await;
}

/// The names of the HTTP routers that are declared.
#[must_use]
pub fn routers_of(config: &DynamicConfig) -> Vec<String> {
    config.http.routers.keys().map(ToString::to_string).collect()
}

/// What a future gives, which must not take long.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(30), future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: not within 30 s"),
    }
}
