//! What is kept of one resolver, with Traefik's names. Fields that nobody knows here stay as they are.

use data_encoding::BASE64;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// All that is kept of one resolver.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Kept {
    /// The account, once there is one.
    pub account: Option<Account>,
    /// The certificates.
    #[serde(serialize_with = "or_null", deserialize_with = "or_empty")]
    pub certificates: Vec<Certificate>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// An account at an authority.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Account {
    /// The mail address it was made with.
    pub email: String,
    /// What the authority said of it; its address is `uri`.
    pub registration: Option<Registration>,
    /// The key in PKCS#1.
    #[serde(with = "base64")]
    pub private_key: Vec<u8>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What an authority said of an account.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    /// All it said.
    pub body: Value,
    /// The account's address.
    pub uri: String,
}

/// A certificate.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Certificate {
    /// The names it was ordered for.
    pub domain: Domain,
    /// The chain in PEM.
    #[serde(with = "base64")]
    pub certificate: Vec<u8>,
    /// The key in PEM.
    #[serde(with = "base64")]
    pub key: Vec<u8>,
    /// The store it belongs to.
    #[serde(rename = "Store")]
    pub store: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The names of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Domain {
    /// The main one.
    pub main: String,
    /// The others.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_empty")]
    pub sans: Vec<String>,
}

impl Account {
    /// A new one.
    pub(crate) fn new(email: &str, private_key: &[u8], uri: &str, body: Value) -> Self {
        let registration = Some(Registration { body, uri: uri.to_owned() });
        Self { email: email.into(), registration, private_key: private_key.into(), rest: Map::new() }
    }
}

impl Certificate {
    /// A new one for the store that is served.
    pub(crate) fn new(names: &[String], chain: &str, key: &str) -> Self {
        let main = names.first().cloned().unwrap_or_default();
        let sans = names.iter().skip(1).cloned().collect();
        let domain = Domain { main, sans };
        Self { domain, certificate: chain.into(), key: key.into(), store: "default".into(), rest: Map::new() }
    }
}

impl Domain {
    /// All names, the main one first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        std::iter::once(&self.main).chain(&self.sans).filter(|name| !name.is_empty()).cloned().collect()
    }
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("email", &self.email).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("domain", &self.domain).finish_non_exhaustive()
    }
}

fn or_null<T: Serialize, S: Serializer>(list: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    if list.is_empty() { serializer.serialize_none() } else { serializer.collect_seq(list) }
}

fn or_empty<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

mod base64 {
    use super::*;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        BASE64.decode(text.as_bytes()).map_err(serde::de::Error::custom)
    }
}
