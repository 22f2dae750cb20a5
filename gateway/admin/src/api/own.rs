//! What only Windrose tells: rates, certificates, providers, reloads.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use serde_json::{Value, json};
use windrose_config::redact::urls;
use windrose_engine::reload::history::{Became, Reloaded};
use windrose_observe::Rfc3339;
use windrose_providers_core::State;

use crate::answer::Answer;
use crate::explain::described;
use crate::ping::Heard;
use crate::query::{Query, pairs};
use crate::tap::{Level, Rates};
use crate::view::View;

/// What is known of a certificate that a resolver obtains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The certificate resolver.
    pub resolver: Arc<str>,
    /// The names it is for.
    pub names: Vec<String>,
    /// When it is renewed, if it is there.
    pub renews_at: Option<SystemTime>,
    /// Whether it is asked for at this moment.
    pub is_under_way: bool,
    /// What went wrong last, if it did.
    pub error: Option<String>,
    /// When it is tried again then.
    pub next: Option<SystemTime>,
}

/// The rates of the last seconds.
pub(super) fn rates(query: Option<&str>, rates: &Rates) -> Answer {
    let mut wanted = None;
    let mut most = MOST_RATES;
    let parameters: Vec<_> = pairs(query).collect();
    for (name, value) in &parameters {
        match &**name {
            "router" => wanted = Some((Level::Router, &**value)),
            "service" => wanted = Some((Level::Service, &**value)),
            "entrypoint" => wanted = Some((Level::EntryPoint, &**value)),
            "most" => match value.parse() {
                Ok(number) => most = number,
                Err(_) => return Answer::error(400, "most is no number, write for example most=50"),
            },
            other => {
                let message = format!("unknown parameter {other}, use router, service, entrypoint or most");
                return Answer::error(400, &message);
            }
        }
    }
    Answer::json(&rates.show(Instant::now(), wanted, most))
}

/// The last reloads, the newest first.
pub(super) fn reloads(query: Option<&str>, view: &View) -> Answer {
    paged(query, view.history().list().iter().map(|reloaded| told(reloaded)).collect())
}

fn told(reloaded: &Reloaded) -> Value {
    let change = |change: &windrose_engine::reload::history::Change| {
        json!({
            "section": change.section.path(),
            "name": change.name,
            "change": match change.became {
                Became::Added => "added",
                Became::Changed => "changed",
                Became::Removed => "removed",
            },
        })
    };
    json!({
        "number": reloaded.count,
        "generation": reloaded.generation,
        "time": Rfc3339(reloaded.at).to_string(),
        "durationMs": (reloaded.took.as_secs_f64() * 1e6).round() / 1e3,
        "errors": reloaded.errors,
        "warnings": reloaded.warnings,
        "changes": reloaded.changes.iter().map(change).collect::<Vec<_>>(),
        "more": reloaded.more,
    })
}

/// How each provider is.
pub(super) fn providers(heard: &[Heard], states: &BTreeMap<Arc<str>, State>, view: Option<&View>) -> Answer {
    let shown: Vec<Value> =
        heard.iter().map(|heard| provider(heard, states.get(&heard.provider), view)).collect();
    Answer::json(&shown)
}

fn provider(heard: &Heard, state: Option<&State>, view: Option<&View>) -> Value {
    let (word, is_connected) = match state {
        None | Some(State::Waiting) => ("waiting", false),
        Some(State::Reached) => ("reached", true),
        Some(State::Failing { .. }) => ("failing", false),
        Some(State::Ended { error }) => ("ended", error.is_none()),
    };
    let mut shown = json!({
        "name": &*heard.provider,
        "inForce": heard.in_force,
        "updates": heard.updates,
        "connected": is_connected,
        "state": word,
    });
    if let Some(updated) = heard.updated {
        shown["lastUpdate"] = Rfc3339(updated).to_string().into();
    }
    match state {
        Some(State::Failing { error, since }) => {
            shown["lastError"] = json!({"message": urls(error), "since": Rfc3339(*since).to_string()});
        }
        Some(State::Ended { error: Some(error) }) => {
            shown["lastError"] = json!({"message": urls(error)});
        }
        _ => {}
    }
    if let Some(view) = view {
        let part = view.merged().parts.iter().find(|part| part.provider == heard.provider);
        let count =
            |of: fn(&windrose_config::DynamicConfig) -> usize| part.map_or(0, |part| of(&part.config));
        shown["routers"] =
            count(|of| of.http.routers.len() + of.tcp.routers.len() + of.udp.routers.len()).into();
        shown["services"] =
            count(|of| of.http.services.len() + of.tcp.services.len() + of.udp.services.len()).into();
        shown["middlewares"] = count(|of| of.http.middlewares.len() + of.tcp.middlewares.len()).into();
        let is_its = |problem: &&windrose_config::Problem| {
            let object = problem.object.as_deref();
            object.and_then(|object| object.provider.as_deref()) == Some(&*heard.provider)
        };
        shown["problems"] = view.report().problems().iter().filter(is_its).count().into();
    }
    shown
}

/// The certificates that are served, those that end first at the top, and those that cannot be obtained before them.
pub(super) fn certificates(query: Option<&str>, view: &View, orders: &[Order]) -> Answer {
    let mut shown = Vec::new();
    let mut known: HashSet<usize> = HashSet::new();
    for served in view.certificates() {
        let facts = served.certificate.facts();
        let place = orders.iter().position(|order| {
            order.names.len() == facts.names.len()
                && order.names.iter().all(|name| facts.names.contains(name))
        });
        let of_acme = place.filter(|_| &*served.provider == ACME);
        known.extend(of_acme);
        let mut one = json!(described(&served.certificate));
        one["isDefault"] = served.is_default.into();
        one["place"] = served.origin.place().to_string().into();
        one["provider"] = Value::from(&*served.provider);
        one["serialNumber"] = facts.serial_number.as_str().into();
        one["status"] = if facts.not_after <= now() { "expired" } else { "valid" }.into();
        if let Some(order) = of_acme.and_then(|at| orders.get(at)) {
            ordered(order, &mut one);
        }
        shown.push((facts.not_after, one));
    }
    shown.sort_by_key(|(end, _)| *end);
    let missing = orders.iter().enumerate().filter(|(at, _)| !known.contains(at)).map(|(_, order)| {
        let mut one = json!({
            "subject": "", "names": order.names, "issuer": "", "notAfter": Value::Null, "isDefault": false,
            "isGenerated": false, "provider": ACME, "status": "missing",
        });
        ordered(order, &mut one);
        one
    });
    let all: Vec<Value> = missing.chain(shown.into_iter().map(|(_, one)| one)).collect();
    paged(query, all)
}

fn ordered(order: &Order, out: &mut Value) {
    let time = |at: SystemTime| Value::from(Rfc3339(at).to_string());
    out["resolver"] = Value::from(&*order.resolver);
    out["isUnderWay"] = order.is_under_way.into();
    if let Some(at) = order.renews_at {
        out["renewsAt"] = time(at);
    }
    if let Some(error) = &order.error {
        out["lastError"] = urls(error).into();
    }
    if let Some(at) = order.next {
        out["nextAttempt"] = time(at);
    }
}

/// A page of a list that is there already.
fn paged(query: Option<&str>, all: Vec<Value>) -> Answer {
    let search = |query: &Query, one: &Value| {
        query.search.as_ref().is_none_or(|search| one.to_string().to_lowercase().contains(search.as_str()))
    };
    let found = Query::parse(query).and_then(|query| {
        let all: Vec<Value> = all.into_iter().filter(|one| search(&query, one)).collect();
        query.window(all.len()).map(|(window, paging)| (all.get(window).unwrap_or_default().to_vec(), paging))
    });
    match found {
        Ok((page, paging)) => Answer::page(&page, paging),
        Err(bad) => Answer::error(400, &bad.to_string()),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The provider of certificates that resolvers obtain.
const ACME: &str = "acme";
/// Rates of so many of each kind, unless more are asked for.
const MOST_RATES: usize = 50;
