//! Numbers in the words of OpenTelemetry, under the names of Prometheus.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::metrics::counts::Level;
use crate::metrics::points::{Family, Point, Spread, Value, What};
use crate::otlp::wire::{Message, Value as Attribute};

/// All points as metrics, one behind the other. `counted` are the bounds of their buckets, of which `bounds` are some.
pub(super) fn records(points: &[Point], bounds: &[f64], counted: &[f64], started: SystemTime) -> Vec<u8> {
    let nanos = |at: SystemTime| {
        u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
    };
    let of = Of { bounds, counted, started: nanos(started), now: nanos(SystemTime::now()) };
    let mut families: Vec<Family> = Vec::new();
    for point in points {
        if !families.contains(&point.family) {
            families.push(point.family);
        }
    }
    let mut bytes = Vec::new();
    for family in families {
        let points: Vec<&Point> = points.iter().filter(|point| point.family == family).collect();
        Message(&mut bytes)
            .message(METRICS, |metric| of.family(metric, &family.name(), family, &points, own));
        let semantic = match family {
            Family::Of(Level::EntryPoint, What::Duration) => "http.server.request.duration",
            Family::Of(Level::Service, What::Duration) => "http.client.request.duration",
            _ => continue,
        };
        Message(&mut bytes).message(METRICS, |metric| of.family(metric, semantic, family, &points, common));
    }
    bytes
}

struct Of<'a> {
    bounds: &'a [f64],
    counted: &'a [f64],
    started: u64,
    now: u64,
}

impl Of<'_> {
    fn family(
        &self,
        metric: &mut Message<'_>,
        name: &str,
        family: Family,
        points: &[&Point],
        attributes: fn(&mut Message<'_>, u32, &Point),
    ) {
        metric.text(1, name.as_bytes());
        metric.text(2, help(family).as_bytes());
        metric.text(
            3,
            if matches!(family, Family::Of(_, What::Duration) | Family::LastReload) { b"s" } else { b"1" },
        );
        let kind = match points.first().map(|point| &point.value) {
            Some(Value::Level(_)) => GAUGE,
            Some(Value::Spread(_)) => HISTOGRAM,
            _ => SUM,
        };
        metric.message(kind, |data| {
            for point in points {
                data.message(1, |one| self.point(one, point, attributes));
            }
            if kind != GAUGE {
                data.number(2, CUMULATIVE);
            }
            if kind == SUM {
                data.number(3, 1);
            }
        });
    }

    fn point(&self, one: &mut Message<'_>, point: &Point, attributes: fn(&mut Message<'_>, u32, &Point)) {
        one.fixed64(2, self.started);
        one.fixed64(3, self.now);
        #[allow(clippy::cast_precision_loss, reason = "Traefik sends numbers with fractions")]
        match &point.value {
            Value::Count(count) => one.double(4, *count as f64),
            Value::Level(level) => one.double(4, *level),
            Value::Spread(spread) => {
                one.fixed64(4, spread.count());
                one.double(5, spread.sum() as f64 / 1e9);
                one.packed(6, self.buckets(spread).into_iter());
                one.packed(7, self.bounds.iter().map(|bound| bound.to_bits()));
                attributes(one, 9, point);
                return;
            }
        }
        attributes(one, 7, point);
    }

    /// The counts between these bounds.
    fn buckets(&self, spread: &Spread) -> Vec<u64> {
        let mut buckets = vec![0; self.bounds.len() + 1];
        for (place, count) in spread.counts.iter().enumerate() {
            let upper = self.counted.get(place).copied().unwrap_or(f64::INFINITY);
            let bucket = self.bounds.iter().position(|bound| upper <= *bound).unwrap_or(self.bounds.len());
            if let Some(bucket) = buckets.get_mut(bucket) {
                *bucket += count;
            }
        }
        buckets
    }
}

fn own(one: &mut Message<'_>, field: u32, point: &Point) {
    for (label, value) in &point.labels {
        one.attribute(field, label, Attribute::Text(value.as_bytes()));
    }
}

/// By the names that OpenTelemetry has for all programs.
fn common(one: &mut Message<'_>, field: u32, point: &Point) {
    let label = |name: &str| {
        point.labels.iter().find(|(label, _)| *label == name).map(|(_, value)| &**value).unwrap_or_default()
    };
    let code = label("code");
    let status: i64 = code.parse().unwrap_or_default();
    one.attribute(field, "http.request.method", Attribute::Text(label("method").as_bytes()));
    one.attribute(field, "http.response.status_code", Attribute::Number(status));
    one.attribute(field, "network.protocol.name", Attribute::Text(label("protocol").as_bytes()));
    for name in ["entrypoint", "service"] {
        if !label(name).is_empty() {
            one.attribute(field, name, Attribute::Text(label(name).as_bytes()));
        }
    }
    if status >= 400 {
        one.attribute(field, "error.type", Attribute::Text(code.as_bytes()));
    }
}

const fn help(family: Family) -> &'static str {
    match family {
        Family::Reloads => "Config reloads",
        Family::LastReload => "Last config reload success",
        Family::Connections => "How many open connections exist, by entryPoint and protocol",
        Family::NotAfter => "Certificate expiration timestamp",
        Family::Retries => "How many request retries happened on a service.",
        Family::Of(_, What::Requests) => "How many HTTP requests were processed.",
        Family::Of(_, What::Secure) => "How many HTTP requests with TLS were processed.",
        Family::Of(_, What::Duration) => "How long it took to process requests.",
        Family::Of(_, What::Received) => "The total size of requests in bytes.",
        Family::Of(_, What::Sent) => "The total size of responses in bytes.",
    }
}

/// The field of `ScopeMetrics` that is a metric.
const METRICS: u32 = 2;
const GAUGE: u32 = 5;
const SUM: u32 = 7;
const HISTOGRAM: u32 = 9;
const CUMULATIVE: u64 = 2;
