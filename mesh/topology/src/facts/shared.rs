//! `TraefikService`s, as they are written for the edge: services that share requests, or copies of them.
//!
//! What is understood by nodes goes through as it was written. Invariant: a field that nobody would look at is no
//! option, but a reason to refuse the whole.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::middleware::Named;
use super::{Fact, PodPort, read};

/// What is used of a `TraefikService`, or why it cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct TraefikService(pub Result<Sharing, Arc<str>>);

/// Services of which one answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Sharing {
    /// How one is chosen.
    pub way: Way,
    /// Who answers; in the order in which they are written, those that get copies last.
    pub parts: Vec<SharedPart>,
    /// What is said beside them.
    pub options: Map<String, Value>,
}

/// How requests are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By weight.
    Weighted,
    /// By the address of the client.
    HighestRandomWeight,
    /// The first part answers, all others get copies.
    Mirroring,
    /// The first part answers, the second one while that fails.
    Failover,
}

/// One of those that share requests.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedPart {
    /// Who it is.
    pub named: Named,
    /// What it is.
    pub kind: PartKind,
    /// What its place says of it: a weight, marks, a share of copies.
    pub place: Map<String, Value>,
}

/// What shares requests.
#[derive(Clone, Debug, PartialEq)]
pub enum PartKind {
    /// A Service of the cluster.
    Service {
        /// Its port, as clients know it.
        port: PodPort,
        /// In place of what the Service says; empty if nothing is written.
        scheme: Arc<str>,
        /// How its pods are asked.
        options: Map<String, Value>,
    },
    /// Another `TraefikService`.
    TraefikService,
}

impl Way {
    /// As it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Weighted => "weighted",
            Self::HighestRandomWeight => "highestRandomWeight",
            Self::Mirroring => "mirroring",
            Self::Failover => "failover",
        }
    }

    /// What may be said beside its parts.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Weighted => &["sticky"],
            Self::HighestRandomWeight => &[],
            Self::Mirroring => &["mirrorBody", "maxBodySize"],
            Self::Failover => &["errors"],
        }
    }
}

impl TraefikService {
    /// One that cannot be used.
    #[must_use]
    pub fn refused(why: impl Into<Arc<str>>) -> Self {
        Self(Err(why.into()))
    }
}

impl Fact for TraefikService {
    fn read(object: Value) -> Option<Self> {
        let spec = object.get("spec").and_then(Value::as_object);
        let ways = [Way::Weighted, Way::HighestRandomWeight, Way::Mirroring, Way::Failover];
        let mut written = ways
            .into_iter()
            .filter_map(|way| Some((way, spec?.get(way.text()).filter(|value| !is_nothing(value))?)));
        Some(Self(match (written.next(), written.next()) {
            (Some((way, value)), None) => sharing(way, value).map_err(Arc::from),
            _ => Err("write one of weighted, mirroring, highestRandomWeight, failover".into()),
        }))
    }
}

fn sharing(way: Way, written: &Value) -> Result<Sharing, String> {
    let mut fields = written.as_object().cloned().unwrap_or_default();
    let at = way.text();
    let parts = match way {
        Way::Weighted | Way::HighestRandomWeight => {
            list(&mut fields, "services", &format!("{at}.services"), &["weight", "header", "cookie"])?
        }
        Way::Mirroring => {
            let mirrors = list(&mut fields, "mirrors", "mirroring.mirrors", &["percent"])?;
            // The main service stands between the options.
            let main = fields.iter().filter(|(name, _)| !way.options().contains(&name.as_str()));
            let main: Map<String, Value> = main.map(|(name, value)| (name.clone(), value.clone())).collect();
            fields.retain(|name, _| !main.contains_key(name));
            [part(main, at, &[])].into_iter().chain(mirrors.into_iter().map(Ok)).collect::<Result<_, _>>()?
        }
        Way::Failover => {
            let mut one = |name: &str| {
                let fields = fields.remove(name).and_then(into_fields).unwrap_or_default();
                part(fields, &format!("failover.{name}"), &[])
            };
            vec![one("service")?, one("fallback")?]
        }
    };
    if parts.is_empty() {
        return Err(format!("{at}.services is empty, write who answers"));
    }
    let options = taken(&mut fields, way.options());
    nothing_left(&fields, at)?;
    Ok(Sharing { way, parts, options })
}

fn list(
    fields: &mut Map<String, Value>,
    name: &str,
    at: &str,
    place: &[&str],
) -> Result<Vec<SharedPart>, String> {
    let written = match fields.remove(name) {
        Some(Value::Array(written)) => written,
        _ => Vec::new(),
    };
    let each = written.into_iter().enumerate();
    each.map(|(index, one)| part(into_fields(one).unwrap_or_default(), &format!("{at}[{index}]"), place))
        .collect()
}

fn part(mut fields: Map<String, Value>, at: &str, place: &[&str]) -> Result<SharedPart, String> {
    let kind = fields.remove("kind").unwrap_or_default();
    let named = Named::read(&Value::Object(taken(&mut fields, &["name", "namespace"])));
    if named.name.is_empty() {
        return Err(format!("{at} has no name"));
    }
    let place = taken(&mut fields, place);
    let port = fields.remove("port").filter(|port| !is_nothing(port));
    let kind = match kind.as_str().unwrap_or_default() {
        "" | "Service" => {
            let port = match &port {
                Some(Value::String(name)) => Some(PodPort::Name(name.as_str().into())),
                number => read::port(number.as_ref()).map(PodPort::Number),
            };
            let port = port.ok_or_else(|| format!("{at}.port is no port, write its number or name"))?;
            let mut options = taken(&mut fields, &OPTIONS);
            let scheme = options.remove("scheme").unwrap_or_default();
            let scheme = scheme.as_str().unwrap_or_default();
            if !matches!(scheme, "" | "http" | "https" | "h2c") {
                return Err(format!("{at}.scheme: {scheme:?} is no scheme, write http, https or h2c"));
            }
            PartKind::Service { port, scheme: scheme.into(), options: known_strategy(options, at)? }
        }
        "TraefikService" => PartKind::TraefikService,
        other => return Err(format!("{at}.kind: {other:?} is no kind, write Service or TraefikService")),
    };
    nothing_left(&fields, at)?;
    Ok(SharedPart { named, kind, place })
}

/// traefik: `RoundRobin` is from before strategies had their names.
fn known_strategy(mut options: Map<String, Value>, at: &str) -> Result<Map<String, Value>, String> {
    let strategy = options.get("strategy").and_then(Value::as_str).map(str::to_owned);
    match strategy.as_deref() {
        None | Some("wrr" | "p2c" | "hrw" | "leasttime") => {}
        Some("RoundRobin") => {
            options.insert("strategy".to_owned(), "wrr".into());
        }
        Some(other) => {
            return Err(format!("{at}.strategy: {other:?} is no strategy, write wrr, p2c, hrw or leasttime"));
        }
    }
    Ok(options)
}

/// The fields of these names that say something.
fn taken(fields: &mut Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let field =
        |name: &&str| Some(((*name).to_owned(), fields.remove(*name).filter(|value| !value.is_null())?));
    names.iter().filter_map(field).filter(|(_, value)| *value != "").collect()
}

/// Refuses what a mesh does not look at.
fn nothing_left(fields: &Map<String, Value>, at: &str) -> Result<(), String> {
    match fields.iter().find(|(_, value)| !is_nothing(value)) {
        Some((name, _)) => Err(format!("{at}.{name} has no meaning in a mesh, remove it")),
        None => Ok(()),
    }
}

/// What is written in full by tools and says nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Object(_) | Value::Bool(true) => false,
    }
}

fn into_fields(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// How the pods of a Service are asked. Nodes read all of it but the scheme as it is.
const OPTIONS: [&str; 7] = [
    "scheme",
    "strategy",
    "sticky",
    "passHostHeader",
    "responseForwarding",
    "passiveHealthCheck",
    "timeouts",
];
