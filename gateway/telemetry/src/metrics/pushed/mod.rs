//! Numbers that are pushed: over OTLP, to StatsD, to Datadog, to InfluxDB.
//!
//! Whatever the form, a push is one look at all numbers ([`Point`]). Invariant: a push that fails loses nothing that grows:
//! it is part of the next.

mod growth;
mod influx;
mod lines;
mod otlp;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, timeout};
use windrose_config::redact::Secret;
use windrose_courier::Https;

use super::points::Levels;
use super::scrape::{Forget, Metrics, Seen};
use crate::otlp::{Exporter, Resource};
use crate::push::{Stop, Told};
use growth::Growth;
pub(crate) use wire::Wire;

/// Pushes numbers to one place.
#[derive(Debug)]
pub(crate) struct Pusher {
    pub(crate) to: To,
    pub(crate) levels: Levels,
    pub(crate) interval: Duration,
    /// Whether series that are not configured any more leave with a push of this one.
    pub(crate) forgets: bool,
}

/// Where numbers go, and in which form.
#[derive(Debug)]
pub(crate) enum To {
    Otlp { exporter: Exporter, resource: Resource, bounds: Box<[f64]> },
    StatsD { wire: Wire, prefix: Arc<str> },
    Datadog { wire: Wire, prefix: Arc<str> },
    Influx { https: Https, url: String, token: Secret, labels: Vec<(String, String)> },
}

/// Gives what there is to see at a moment.
pub(crate) type Look = Arc<dyn Fn() -> Seen + Send + Sync>;

/// Gives what is counted at a moment.
pub(crate) type Counted = Box<dyn Fn() -> Option<Arc<Metrics>>>;

impl Pusher {
    /// Pushes again and again until it is time to end, and then once more.
    pub(crate) async fn run(self, metrics: Counted, look: Look, mut stop: Stop) {
        let mut told = Told::default();
        let mut growth = Growth::default();
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first one is at once, when there is nothing yet.
        ticks.tick().await;
        loop {
            let is_ending = tokio::select! {
                _ = stop.wait_for(|ending| *ending) => true,
                _ = ticks.tick() => false,
            };
            let patience = if is_ending { LAST } else { LONGEST };
            let pushed = match metrics() {
                Some(metrics) => timeout(patience, self.push(&metrics, &look, &mut growth)).await,
                None => Ok(Ok(())),
            };
            match pushed.unwrap_or_else(|_| Err("it takes too long".to_owned())) {
                Ok(()) => told.well("metrics", self.place(), 0),
                Err(why) => told.ill("metrics", self.place(), &why),
            }
            if is_ending {
                return;
            }
        }
    }

    async fn push(&self, metrics: &Metrics, look: &Look, growth: &mut Growth) -> Result<(), String> {
        let seen = look();
        let forget = if self.forgets { Forget::Gone } else { Forget::Nothing };
        let points = metrics.points(&seen, self.levels, forget);
        if let To::Otlp { exporter, resource, bounds } = &self.to {
            let records = otlp::records(&points, bounds, metrics.bounds(), metrics.started());
            let message = crate::push::envelope(resource, &records);
            return exporter.send(&message).await.map_err(|refusal| refusal.to_string());
        }
        let grown = growth.since(&points);
        match &self.to {
            To::Otlp { .. } => {}
            To::StatsD { wire, prefix } => wire.send(&lines::statsd(&grown, prefix)).await?,
            To::Datadog { wire, prefix } => wire.send(&lines::datadog(&grown, prefix)).await?,
            To::Influx { https, url, token, labels } => {
                influx::send(https, url, token.expose(), &influx::lines(&grown, labels)).await?;
            }
        }
        growth.commit(points);
        Ok(())
    }

    fn place(&self) -> &str {
        match &self.to {
            To::Otlp { exporter, .. } => exporter.url(),
            To::StatsD { wire, .. } | To::Datadog { wire, .. } => wire.place(),
            To::Influx { url, .. } => url.split('?').next().unwrap_or_default(),
        }
    }
}

const LONGEST: Duration = Duration::from_secs(10);
/// Nobody waits longer for the end of the program.
const LAST: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests;
