//! Groups of HTTP requests, and routes of TCP and UDP, of SMI, versions `v1alpha1` to `v1alpha4`.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Fact, read};

/// What is used of an `HTTPRouteGroup`.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpGroup {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// Kinds of requests.
    pub matches: Vec<Match>,
    /// As it was written, without its kind.
    pub raw: Value,
}

/// A kind of requests: all that is said holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// What others call it.
    pub name: Arc<str>,
    /// What the path begins with; empty stands for any.
    pub path: Arc<str>,
    /// One of these; empty stands for any.
    pub methods: Vec<Arc<str>>,
    /// Names of fields and what is found in them, in the order of names.
    pub headers: Vec<(Arc<str>, Arc<str>)>,
    /// As it was written.
    pub raw: Value,
}

/// What is used of a `TCPRoute`.
#[derive(Clone, Debug, PartialEq)]
pub struct TcpRoute {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// The only ports that are meant; empty stands for all.
    pub ports: Vec<u16>,
    /// As it was written, without its kind.
    pub raw: Value,
}

/// What is used of a `UDPRoute`.
#[derive(Clone, Debug, PartialEq)]
pub struct UdpRoute {
    /// Label `app`; empty if it has none.
    pub app: Arc<str>,
    /// The only ports that are meant; empty stands for all.
    pub ports: Vec<u16>,
    /// As it was written, without its kind.
    pub raw: Value,
}

impl Fact for HttpGroup {
    fn read(object: Value) -> Option<Self> {
        let matches = read::list(read::spec(&object), "/matches").iter().map(Match::read).collect();
        Some(Self { app: read::label(&object, "app"), matches, raw: bare(object) })
    }
}

impl Match {
    fn read(raw: &Value) -> Self {
        Self {
            name: read::text(raw, "/name"),
            path: read::text(raw, "/pathRegex"),
            methods: read::texts(raw, "/methods"),
            headers: headers(raw),
            raw: raw.clone(),
        }
    }
}

/// The specification writes a map, the definitions of the kinds a list of maps with one entry each.
fn headers(raw: &Value) -> Vec<(Arc<str>, Arc<str>)> {
    let maps = match raw.get("headers") {
        Some(Value::Array(maps)) => maps.as_slice(),
        Some(map) => std::slice::from_ref(map),
        None => &[],
    };
    let entries = maps.iter().filter_map(Value::as_object).flatten();
    let mut headers: Vec<(Arc<str>, Arc<str>)> = entries
        .map(|(name, regex)| (name.as_str().into(), regex.as_str().unwrap_or_default().into()))
        .collect();
    headers.sort();
    headers
}

impl Fact for TcpRoute {
    fn read(object: Value) -> Option<Self> {
        Some(Self { app: read::label(&object, "app"), ports: ports(&object), raw: bare(object) })
    }
}

impl Fact for UdpRoute {
    fn read(object: Value) -> Option<Self> {
        Some(Self { app: read::label(&object, "app"), ports: ports(&object), raw: bare(object) })
    }
}

/// Where it is shown says what it is; whether it was said depends on how the object came.
fn bare(object: Value) -> Value {
    let Value::Object(fields) = object else { return object };
    let is_kept = |name: &str| !matches!(name, "apiVersion" | "kind");
    Value::Object(fields.into_iter().filter(|(name, _)| is_kept(name)).collect())
}

fn ports(object: &Value) -> Vec<u16> {
    read::list(object, "/spec/matches/ports").iter().filter_map(|port| read::port(Some(port))).collect()
}

impl Serialize for HttpGroup {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}

impl Serialize for Match {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}

impl Serialize for TcpRoute {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}

impl Serialize for UdpRoute {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(to)
    }
}
