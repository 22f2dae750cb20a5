//! The task: reach the engine, read its containers, follow its events.
//!
//! It listens to events before it lists, so that nothing falls in between. Whatever breaks ends the run; the supervisor
//! begins another one later, and what was published stays until then.

pub(crate) mod known;
mod late;
mod stand_in;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::{Instant, timeout};
use windrose_config::DynamicConfig;
use windrose_providers_core::{BoxFuture, Provider, ProviderError, Said, Stop, Updates};

use crate::DOCKER;
use crate::container::Container;
use crate::engine::api::{Event, Inspected, Listed};
use crate::engine::{Engine, EngineError, Question, Stream, escaped};
use crate::events::{Change, FILTER};
use crate::options::Options;

use known::Known;

/// Follows the containers of an engine.
#[derive(Debug)]
pub struct DockerProvider {
    options: Options,
    said: Said,
}

impl DockerProvider {
    /// A provider with these options; all its runs share `said`.
    #[must_use]
    pub fn new(options: Options, said: Said) -> Self {
        Self { options, said }
    }
}

impl Provider for DockerProvider {
    fn name(&self) -> &str {
        DOCKER
    }

    fn run(self: Box<Self>, out: Updates, stop: Stop) -> BoxFuture<'static, Result<(), ProviderError>> {
        Box::pin(async move {
            let outcome = tokio::select! {
                outcome = self.follow(&out) => outcome,
                () = stop.requested() => return Ok(()),
            };
            self.said.say_something(&out);
            outcome.map_err(ProviderError::later)
        })
    }
}

/// What the containers declare that run now, and how many there are.
///
/// # Errors
///
/// The engine cannot be reached, or says something odd.
pub async fn containers_now(options: &Options) -> Result<(DynamicConfig, usize), EngineError> {
    let mut engine = Engine::reach(&options.engine).await?;
    let known = read_all(&mut engine, options).await?;
    Ok((known.merged(), known.count()))
}

impl DockerProvider {
    async fn follow(&self, out: &Updates) -> Result<(), EngineError> {
        let mut engine = Engine::reach(&self.options.engine).await?;
        if !self.options.watch {
            let known = read_all(&mut engine, &self.options).await?;
            self.said.publish(out, known.merged());
            return Ok(());
        }
        let mut events = engine.stream(events()).await?;
        let mut known = read_all(&mut engine, &self.options).await?;
        tracing::debug!(provider = DOCKER, containers = known.count(), "containers read");
        self.say(out, &known);
        let mut is_changed = false;
        loop {
            is_changed |= self.next(&mut engine, &mut events, &mut known).await?;
            // Of a burst only the end is of interest.
            if !is_changed || events.has_more() {
                continue;
            }
            is_changed = false;
            self.say(out, &known);
        }
    }

    fn say(&self, out: &Updates, known: &Known<'_>) {
        self.said.publish(out, known.merged());
        if let Some(trouble) = known.late.trouble() {
            out.failed(trouble);
        }
    }

    /// Takes in the next event; says whether anything may be different.
    async fn next(
        &self,
        engine: &mut Engine,
        events: &mut Stream,
        known: &mut Known<'_>,
    ) -> Result<bool, EngineError> {
        let event: Event = loop {
            let (due, late) = (known.due(), known.late.due());
            tokio::select! {
                event = events.next() => match event? {
                    Some(event) => break event,
                    None => return Err(EngineError::Ended(String::new())),
                },
                // What was asked to stop and did not serves again.
                () = at(due) => return look_again(engine, known).await,
                () = at(late) => {
                    let Some(id) = known.late.first() else { return Ok(false) };
                    return look_at(engine, known, &id).await;
                }
                // An engine that vanished says nothing, and nothing else would tell.
                () = tokio::time::sleep(QUIET) => engine.ping().await?,
            }
        };
        let Some(change) = Change::of(&event) else { return Ok(false) };
        tracing::debug!(provider = DOCKER, ?change, "event");
        match change {
            Change::Signalled(id, signal) => return Ok(known.signalled(&id, &signal, Instant::now())),
            Change::Stopped(id) => known.stop(&id),
            Change::Gone(id) => known.forget(&id),
            Change::Look(id) => {
                // It is looked at when it is due.
                if known.late.holds(&id) {
                    return Ok(false);
                }
                return look_at(engine, known, &id).await;
            }
        }
        Ok(true)
    }
}

/// Looks at one container; says whether anything may be different.
async fn look_at(engine: &mut Engine, known: &mut Known<'_>, id: &str) -> Result<bool, EngineError> {
    match inspect(engine, id, PATIENCE).await? {
        Looked::Found(container) => {
            if known.needs_host(&container) {
                known.learn_host(host().await);
            }
            known.put(*container);
        }
        Looked::Gone => known.forget(id),
        // What was known of it stays.
        Looked::Unclear => {
            let was_late = known.late.len();
            known.late.remove(id);
            return Ok(was_late != known.late.len());
        }
        Looked::Late => known.late.insert(id, engine.limit_of_one()),
    }
    Ok(true)
}

/// Every container that may be of interest.
async fn read_all<'a>(engine: &mut Engine, options: &'a Options) -> Result<Known<'a>, EngineError> {
    let listed: Vec<Listed> = engine.get(Question::new("/containers/json").with("all", "true")).await?;
    let mut known = Known::new(&options.choice);
    let of_interest = listed.iter().filter(|listed| {
        matches!(listed.state.as_str(), "running" | "") || Container::may_be_stopped(&listed.labels)
    });
    let mut containers = Vec::new();
    for listed in of_interest {
        // Where one takes long others may, too, and all of them wait.
        let patience = if known.late.len() == 0 { PATIENCE } else { LITTLE_PATIENCE };
        match inspect(engine, &listed.id, patience).await? {
            Looked::Found(container) => containers.push(*container),
            Looked::Late if known.late.len() < MOST_LATE => {
                known.late.insert(&listed.id, engine.limit_of_one());
            }
            Looked::Late => return Err(EngineError::Stuck(MOST_LATE)),
            // One that is gone since then is no mistake.
            Looked::Gone | Looked::Unclear => {}
        }
    }
    if containers.iter().any(|container| known.needs_host(container)) {
        known.learn_host(host().await);
    }
    known.put_all(containers);
    Ok(known)
}

/// Looks at the containers that should have ended by now.
async fn look_again(engine: &mut Engine, known: &mut Known<'_>) -> Result<bool, EngineError> {
    for id in known.survivors(Instant::now()) {
        known.lives_on(&id);
        match inspect(engine, &id, PATIENCE).await? {
            Looked::Found(container) => known.put(*container),
            Looked::Gone | Looked::Unclear => known.forget(&id),
            Looked::Late => known.late.insert(&id, engine.limit_of_one()),
        }
    }
    Ok(true)
}

/// Waits until then; for ever when there is nothing to wait for.
async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// What comes of a look at a container.
enum Looked {
    Found(Box<Container>),
    Gone,
    /// The engine says something odd, which is logged: one container must not cost the others.
    Unclear,
    /// The engine says nothing in time, which is logged.
    Late,
}

async fn inspect(engine: &mut Engine, id: &str, patience: Duration) -> Result<Looked, EngineError> {
    let question = Question::new(format!("/containers/{}/json", escaped(id)));
    match engine.get_one::<Inspected>(question, patience).await {
        Ok(inspected) => Ok(Looked::Found(Box::new(Container::new(inspected)))),
        Err(error) if error.is_not_found() => Ok(Looked::Gone),
        Err(error @ EngineError::Refused { .. }) => {
            tracing::error!(provider = DOCKER, %error, "a container is passed over");
            Ok(Looked::Unclear)
        }
        Err(EngineError::Json(of, source)) => {
            tracing::error!(provider = DOCKER, error = %source, "the answer to {of} cannot be read, the container is passed over");
            Ok(Looked::Unclear)
        }
        Err(error @ EngineError::Slow(..)) => {
            tracing::error!(provider = DOCKER, %error, "a container is passed over for now");
            Ok(Looked::Late)
        }
        Err(error) => Err(error),
    }
}

/// The address of the host for containers that share its network. traefik: the same names.
///
/// It is asked for when there is such a container, and not for long: in a network without a way out nobody answers.
async fn host() -> String {
    for name in ["host.docker.internal", "host.containers.internal"] {
        if let Ok(Ok(mut addresses)) = timeout(LOOKUP, tokio::net::lookup_host((name, 0))).await
            && let Some(address) = addresses.next()
        {
            return address.ip().to_string();
        }
    }
    "127.0.0.1".to_owned()
}

fn events() -> Question {
    Question::new("/events").with("filters", FILTER)
}

/// How long a name of the host is looked up.
const LOOKUP: Duration = Duration::from_secs(2);
/// An inspection has no other limit than that of the engine.
const PATIENCE: Duration = Duration::MAX;
/// The limit once another one took too long.
const LITTLE_PATIENCE: Duration = Duration::from_secs(2);
/// An engine that says nothing of more than so many containers is stuck as a whole.
const MOST_LATE: usize = 16;
/// After this time without an event the engine is asked whether it is there.
const QUIET: Duration = Duration::from_secs(30);
