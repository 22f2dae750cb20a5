//! The objects: pure, from what is kept to Secrets and Leases and back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use windrose_acme::storage::peers::Proof;
use windrose_acme::storage::{Certificate, Kept};

/// The label whose value is the place that an object belongs to.
pub(crate) const PLACE: &str = "windrose.io/storage";
/// The label that says what part of it an object is.
pub(crate) const PART: &str = "windrose.io/part";
/// The resolver of a certificate.
const RESOLVER: &str = "windrose.io/resolver";
/// What is known of a certificate besides chain and key.
const ABOUT: &str = "windrose.io/certificate";
/// Until when nobody is to try what a Lease is the right to.
const REST: &str = "windrose.io/rest-until";
/// The proofs that a gateway shows.
const SHOWS: &str = "windrose.io/shows";

/// What part of a place an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Accounts,
    Certificate,
    Proof,
    Claim,
    Here,
    /// None that is known here.
    Other,
}

impl Part {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Accounts, "accounts"),
        (Self::Certificate, "certificate"),
        (Self::Proof, "proof"),
        (Self::Claim, "claim"),
        (Self::Here, "here"),
    ];

    pub(crate) fn read(label: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == label).map_or(Self::Other, |(part, _)| *part)
    }

    pub(crate) fn text(self) -> &'static str {
        Self::ALL.iter().find(|(part, _)| *part == self).map_or("other", |(_, text)| text)
    }
}

/// Who an object is.
pub(crate) fn meta(place: &str, part: Part, name: &str, annotations: Value) -> Value {
    json!({
        "name": name,
        "labels": {PLACE: place, PART: part.text(), "app.kubernetes.io/managed-by": "windrose"},
        "annotations": annotations,
    })
}

/// The name of an object about something: of fixed length after the name of the place.
pub(crate) fn name_of(place: &str, part: Part, what: &str) -> String {
    format!("{place}-{}-{}", part.text(), digest(what))
}

fn digest(what: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, what.as_bytes());
    HEXLOWER.encode(digest.as_ref().get(..10).unwrap_or_default())
}

pub(crate) fn name(object: &Value) -> &str {
    object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn version(object: &Value) -> &str {
    object.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default()
}

fn annotation<'o>(object: &'o Value, name: &str) -> Option<&'o str> {
    object.pointer("/metadata/annotations")?.get(name)?.as_str()
}

fn data(object: &Value, key: &str) -> Option<Vec<u8>> {
    let text = object.get("data")?.get(key)?.as_str()?;
    BASE64.decode(text.as_bytes()).ok()
}

/// The key of a resolver's account in the Secret of accounts.
pub(crate) fn account_key(resolver: &str) -> String {
    let is_plain = resolver.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if is_plain && resolver.len() <= 200 {
        format!("{resolver}.json")
    } else {
        format!("{}.json", digest(resolver))
    }
}

/// What is kept for a resolver besides certificates; nothing where nothing is.
pub(crate) fn account(secret: &Value, resolver: &str) -> Result<Option<Kept>, serde_json::Error> {
    data(secret, &account_key(resolver)).map(|bytes| serde_json::from_slice(&bytes)).transpose()
}

/// What is kept for a resolver besides certificates, as it stands in the Secret of accounts.
pub(crate) fn account_text(kept: &Kept) -> Result<Value, serde_json::Error> {
    let mut without = kept.clone();
    without.certificates.clear();
    Ok(BASE64.encode(&serde_json::to_vec(&without)?).into())
}

/// The names of the Secrets of certificates: those that somebody chose, each for the first one of its domain.
pub(crate) fn certificate_names(
    place: &str,
    chosen: &BTreeMap<String, String>,
    resolver: &str,
    all: &[Certificate],
) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let name = |one: &Certificate| {
        let names = one.domain.names();
        let wished = names.first().and_then(|main| chosen.get(&main.to_ascii_lowercase()));
        wished.filter(|name| taken.insert((*name).clone())).cloned().unwrap_or_else(|| {
            name_of(place, Part::Certificate, &format!("{resolver}\n{}", names.join("\n")))
        })
    };
    all.iter().map(name).collect()
}

/// The Secret of a certificate.
pub(crate) fn certificate_secret(
    place: &str,
    name: &str,
    resolver: &str,
    one: &Certificate,
) -> Result<Value, serde_json::Error> {
    let mut about = one.clone();
    about.certificate.clear();
    about.key.clear();
    let about = serde_json::to_string(&about)?;
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": meta(place, Part::Certificate, name, json!({RESOLVER: resolver, ABOUT: about})),
        "data": {"tls.crt": BASE64.encode(&one.certificate), "tls.key": BASE64.encode(&one.key)},
    }))
}

/// The certificate of a Secret, if it is this resolver's.
pub(crate) fn certificate(secret: &Value, resolver: &str) -> Result<Option<Certificate>, serde_json::Error> {
    if annotation(secret, RESOLVER) != Some(resolver) {
        return Ok(None);
    }
    let mut one: Certificate = serde_json::from_str(annotation(secret, ABOUT).unwrap_or("{}"))?;
    one.certificate = data(secret, "tls.crt").unwrap_or_default();
    one.key = data(secret, "tls.key").unwrap_or_default();
    Ok(Some(one))
}

/// The Secret of a proof.
pub(crate) fn proof_secret(place: &str, name: &str, proof: &Proof) -> Result<Value, serde_json::Error> {
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": meta(place, Part::Proof, name, json!({})),
        "data": {PROOF: BASE64.encode(&serde_json::to_vec(proof)?)},
    }))
}

/// What a Secret says is to be shown.
pub(crate) fn proof(secret: &Value) -> Option<Proof> {
    serde_json::from_slice(&data(secret, PROOF)?).ok()
}

/// The proofs that a Lease says are shown.
pub(crate) fn shown(lease: &Value) -> BTreeSet<String> {
    annotation(lease, SHOWS).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// What a Lease says of proofs that are shown.
pub(crate) fn shows(proofs: &BTreeSet<String>) -> Value {
    json!({SHOWS: proofs.iter().map(String::as_str).collect::<Vec<_>>().join(" ")})
}

/// Until when nobody is to try; long ago where a Lease does not say so.
pub(crate) fn rest(lease: &Value) -> SystemTime {
    let seconds = annotation(lease, REST).and_then(|text| text.parse().ok()).unwrap_or_default();
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// What a Lease says of a rest.
pub(crate) fn rests(until: Option<SystemTime>) -> Value {
    let seconds = until.and_then(|until| until.duration_since(SystemTime::UNIX_EPOCH).ok());
    json!({REST: seconds.map(|seconds| seconds.as_secs().to_string())})
}

/// Where a proof stands in its Secret.
const PROOF: &str = "proof.json";
