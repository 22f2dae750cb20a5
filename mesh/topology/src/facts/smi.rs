//! The kinds of the Service Mesh Interface, in every version they have had.

use std::sync::Arc;

use serde_json::Value;

use super::{Fact, list, text, texts};

/// Says how the requests of a Service are shared out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Split {
    /// Its identity.
    pub uid: Arc<str>,
    /// The Service that clients call.
    pub service: Arc<str>,
    /// Who answers.
    pub backends: Vec<Backend>,
    /// Groups of matches; none means every request.
    pub matches: Vec<Reference>,
}

/// A Service that answers for another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Backend {
    /// Its name.
    pub service: Arc<str>,
    /// Its share.
    pub weight: u64,
}

/// Another object, in the same namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reference {
    /// Its kind.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Some of its matches; none means all.
    pub matches: Vec<Arc<str>>,
}

impl Reference {
    fn read(written: &Value) -> Self {
        Self {
            kind: text(written, "/kind"),
            name: text(written, "/name"),
            matches: texts(written, "/matches"),
        }
    }
}

impl Fact for Split {
    fn read(object: Value) -> Option<Self> {
        let written: Vec<&Value> = list(&object, "/spec/backends").collect();
        let weights: Vec<u128> = written.iter().map(|backend| nanos(backend.get("weight"))).collect();
        // Quantities are brought to whole numbers together, so that their proportion stays.
        let unit = weights.iter().fold(0, |unit, weight| divisor(unit, *weight));
        let is_whole = weights.iter().all(|weight| weight % NANO == 0);
        let unit = if is_whole { NANO } else { unit.max(1) };
        let weight = |weight: u128| u64::try_from(weight / unit).unwrap_or(u64::MAX);
        let backends = written.iter().zip(weights);
        Some(Self {
            uid: text(&object, "/metadata/uid"),
            service: text(&object, "/spec/service"),
            backends: backends
                .map(|(backend, of)| Backend { service: text(backend, "/service"), weight: weight(of) })
                .collect(),
            matches: list(&object, "/spec/matches").map(Reference::read).collect(),
        })
    }
}

/// A Kubernetes quantity or number, in billionths; what is neither is nothing.
fn nanos(written: Option<&Value>) -> u128 {
    let text = match written {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return 0,
    };
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let Some((_, unit)) = SUFFIXES.iter().find(|(known, _)| *known == suffix) else { return 0 };
    let whole: u128 = whole.parse().unwrap_or(0);
    let mut value = whole.saturating_mul(*unit);
    let mut place = *unit;
    for digit in fraction.bytes() {
        place /= 10;
        value = value.saturating_add(place * u128::from(digit.saturating_sub(b'0')));
    }
    value
}

fn divisor(left: u128, right: u128) -> u128 {
    if right == 0 { left } else { divisor(right, left % right) }
}

/// Says who may ask whom, and what.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Target {
    /// Its identity.
    pub uid: Arc<str>,
    /// Whose pods are asked.
    pub destination: Subject,
    /// The only port that may be asked.
    pub port: Option<u16>,
    /// Who may ask.
    pub sources: Vec<Subject>,
    /// What they may ask; none means that nothing is said.
    pub rules: Vec<Reference>,
}

/// A ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// What it is.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace, as it is written.
    pub namespace: Arc<str>,
}

impl Subject {
    fn read(written: &Value) -> Self {
        Self {
            kind: text(written, "/kind"),
            name: text(written, "/name"),
            namespace: text(written, "/namespace"),
        }
    }
}

impl Fact for Target {
    fn read(object: Value) -> Option<Self> {
        // The first version had its fields at the top, and other names for some.
        let (body, rules) = match object.get("spec") {
            Some(spec) => (spec, "/rules"),
            None => (&object, "/specs"),
        };
        let destination = body.get("destination")?;
        let port = match destination.get("port") {
            Some(Value::String(number)) => number.parse().ok(),
            Some(number) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
            None => None,
        };
        Some(Self {
            uid: text(&object, "/metadata/uid"),
            destination: Subject::read(destination),
            port,
            sources: list(body, "/sources").map(Subject::read).collect(),
            rules: list(body, rules).map(Reference::read).collect(),
        })
    }
}

/// Requests of HTTP, by names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpGroup {
    /// The matches.
    pub matches: Vec<HttpMatch>,
    /// As it is written.
    pub raw: Value,
}

/// Some requests of HTTP.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HttpMatch {
    /// Its name.
    pub name: Arc<str>,
    /// Their methods; none, or `*` among them, means all.
    pub methods: Vec<Arc<str>>,
    /// How their paths begin, as a regular expression; empty means anyhow.
    pub path: Arc<str>,
    /// What their headers hold, as regular expressions.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// As it is written.
    pub raw: Value,
}

impl Fact for HttpGroup {
    fn read(mut object: Value) -> Option<Self> {
        if let Some(fields) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            // What others keep there is long.
            fields.remove("managedFields");
        }
        let top = if object.get("spec").is_some() { "/spec/matches" } else { "/matches" };
        let matches = list(&object, top).map(HttpMatch::read).collect();
        Some(Self { matches, raw: object })
    }
}

impl HttpMatch {
    fn read(written: &Value) -> Self {
        // Both forms are about: one map, and a list of maps with one entry each.
        let maps: Vec<&Value> = match written.get("headers") {
            Some(Value::Array(maps)) => maps.iter().collect(),
            Some(map) => vec![map],
            None => Vec::new(),
        };
        let pairs = maps.into_iter().filter_map(Value::as_object).flatten();
        let pair = |(name, value): (&String, &Value)| Some((name.as_str().into(), value.as_str()?.into()));
        let mut headers: Vec<(Arc<str>, Arc<str>)> = pairs.filter_map(pair).collect();
        headers.sort();
        Self {
            name: text(written, "/name"),
            methods: texts(written, "/methods"),
            path: text(written, "/pathRegex"),
            headers,
            raw: written.clone(),
        }
    }

    /// Whether it says nothing, and so means every request.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.path.is_empty() && self.headers.is_empty() && self.is_any_method()
    }

    /// Whether every method will do.
    #[must_use]
    pub fn is_any_method(&self) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|method| &**method == "*")
    }
}

/// Ports of TCP.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TcpRoute {
    /// The ports; none means all.
    pub ports: Vec<u16>,
    /// As it is written.
    pub raw: Value,
}

/// Ports of UDP.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UdpRoute {
    /// The ports; none means all.
    pub ports: Vec<u16>,
}

impl Fact for TcpRoute {
    fn read(mut object: Value) -> Option<Self> {
        if let Some(fields) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            fields.remove("managedFields");
        }
        Some(Self { ports: ports(&object), raw: object })
    }
}

impl Fact for UdpRoute {
    fn read(object: Value) -> Option<Self> {
        Some(Self { ports: ports(&object) })
    }
}

fn ports(object: &Value) -> Vec<u16> {
    let numbers = list(object, "/spec/matches/ports").filter_map(Value::as_u64);
    numbers.filter_map(|port| u16::try_from(port).ok()).collect()
}

/// One, in billionths.
const NANO: u128 = 1_000_000_000;
/// The suffixes of quantities, each with its worth in billionths.
const SUFFIXES: [(&str, u128); 13] = [
    ("", NANO),
    ("n", 1),
    ("u", 1_000),
    ("m", 1_000_000),
    ("k", NANO * 1_000),
    ("M", NANO * 1_000_000),
    ("G", NANO * 1_000_000_000),
    ("T", NANO * 1_000_000_000_000),
    ("P", NANO * 1_000_000_000_000_000),
    ("Ki", NANO << 10),
    ("Mi", NANO << 20),
    ("Gi", NANO << 30),
    ("Ti", NANO << 40),
];
