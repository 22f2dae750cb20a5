//! What an explanation is made of. The API writes it, and the program reads it again.

use serde::{Deserialize, Serialize};

/// What would become of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Explanation {
    /// The request, as routers see it.
    pub request: Request,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Where it comes in.
    pub entry_point: Entry,
    /// What is agreed on before it can be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Secure>,
    /// Who takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub router: Option<Router>,
    /// What stands between, in order.
    pub middlewares: Vec<Middleware>,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Routers that match, too, and come later.
    pub later: Vec<Neighbour>,
    /// Routers that nearly match, the nearest first.
    pub nearest: Vec<Neighbour>,
    /// Routers that cannot be used, where nobody wants the request: one of them may be the one that is missed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unusable: Vec<Unusable>,
}

/// A request, as routers see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The address, without a user.
    pub url: String,
    /// Who asks.
    pub from: String,
    /// The host that rules are matched with; empty where it does not come to that.
    pub host: String,
    /// The path that rules are matched with; as above.
    pub path: String,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// In one word: `service`, `answered`, `unrouted`, `closed`, `rejected`, `refused` or `tcp`.
    pub word: String,
    /// The status, where the gateway itself answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// In a sentence.
    pub text: String,
}

impl Verdict {
    /// Whether somebody takes the request.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        matches!(self.word.as_str(), "service" | "answered" | "tcp")
    }
}

/// An entry point.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its address as written.
    pub address: String,
    /// Why it is this one.
    pub choice: Choice,
}

/// Why an entry point was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Choice {
    /// It was asked for.
    Asked,
    /// It listens on the port of the address.
    Port,
    /// None listens on that port; a port may be published under another number.
    #[default]
    Assumed,
}

/// What is agreed on before a request can be sent by TLS.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Secure {
    /// The name the client connects to; absent for an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// The TLS options; absent where handshakes are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// Where those are written; empty where nobody writes them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub options_place: String,
    /// The certificate that is shown, where it is one of ours to show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Certificate {
    /// Whom it was issued to.
    pub subject: String,
    /// The names it is for.
    pub names: Vec<String>,
    /// Who issued it.
    pub issuer: String,
    /// When it ends.
    pub not_after: String,
    /// Whether it is the one for names that no certificate has.
    pub is_default: bool,
    /// Whether it is made here and no client trusts it.
    pub is_generated: bool,
    /// Where it is written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
}

/// A router that takes a request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Router {
    /// Its qualified name.
    pub name: String,
    /// `http` or `tcp`.
    pub protocol: String,
    /// Its rule.
    pub rule: String,
    /// Its priority.
    pub priority: String,
    /// Where it is written.
    pub place: String,
    /// What else is to be said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A middleware on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Middleware {
    /// Its qualified name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// In one word: `passes`, `answers`, `depends` or `unreached`.
    pub word: String,
    /// What it does with this request.
    pub does: String,
    /// Where it is written.
    pub place: String,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A service, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Its qualified name.
    pub name: String,
    /// Its kind; empty where it does not exist.
    pub kind: String,
    /// Its part in the service above it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Where it is written.
    pub place: String,
    /// Its servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<Server>,
    /// The services it is made of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Self>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// Its URL or address.
    pub url: String,
    /// `UP`, `DOWN`, or empty where nobody checks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
}

/// A router that does not get the request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Neighbour {
    /// Its qualified name.
    pub name: String,
    /// Its rule.
    pub rule: String,
    /// Its priority.
    pub priority: String,
    /// Where it is written.
    pub place: String,
    /// What the request lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Lack>,
}

/// Something that a request lacks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lack {
    /// What is wanted: a clause of the rule, an entry point, TLS.
    pub clause: String,
    /// What the request has.
    pub found: String,
}

/// An object and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unusable {
    /// Its qualified name.
    pub name: String,
    /// What is wrong with it, with the place.
    pub problems: Vec<String>,
}

/// The provider of a qualified name.
pub(super) fn provider(name: &str) -> &str {
    name.rsplit_once('@').map_or("", |(_, provider)| provider)
}
