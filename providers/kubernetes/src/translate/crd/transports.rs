//! ServersTransports and ServersTransportTCPs.
//!
//! One whose Secrets cannot be read is lost: without them it would trust more, or show less, than it says.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::Section;

use super::Context;
use super::middlewares::declare;
use super::names::Family;
use crate::objects::{Both, Certificates, Spec, World};
use crate::translate::kept::Kept;
use crate::translate::secrets::{SecretError, Secrets};
use crate::translate::{Scribe, Translated};

impl Context<'_> {
    pub(super) fn transports(&self, world: &World, out: &mut Translated, kept: &mut Kept) {
        let http = Of {
            kind: "ServersTransport",
            family: Family::Transport,
            section: Section::HttpServersTransports,
        };
        self.transports_of(out, &world.servers_transports, &http, kept);
        let tcp = Of {
            kind: "ServersTransportTCP",
            family: Family::TcpTransport,
            section: Section::TcpServersTransports,
        };
        self.transports_of(out, &world.servers_transports_tcp, &tcp, kept);
    }

    fn transports_of(&self, out: &mut Translated, objects: &Both<Spec>, of: &Of, kept: &mut Kept) {
        for object in objects.by_age() {
            kept.translate(out, of.kind, object, self.world.needs(), |out| {
                let name = self.names.object(of.family, &object.meta.namespace, &object.meta.name);
                let Some((mut scribe, body)) = out.begin(of.kind, object) else { return };
                match self.transport_options(&mut scribe, &body.0, of) {
                    Ok(spec) => declare(&mut scribe, of.protocol(), "serversTransports", &name, &spec),
                    Err(message) => {
                        scribe.wrong("spec", message);
                        scribe.lose(of.section, name);
                    }
                }
            });
        }
    }

    fn transport_options(&self, scribe: &mut Scribe<'_>, spec: &Value, of: &Of) -> Result<Value, String> {
        let mut spec = if spec.is_null() { json!({}) } else { spec.clone() };
        let namespace = scribe.namespace();
        let secrets = Secrets { world: self.world, namespace: &namespace };
        match of.family {
            Family::TcpTransport => {
                if let Some(tls) = spec.get_mut("tls") {
                    materialize(tls, secrets)?;
                }
            }
            _ => materialize(&mut spec, secrets)?,
        }
        Ok(spec)
    }
}

/// Puts authorities and certificates in the place of what holds them.
fn materialize(options: &mut Value, secrets: Secrets<'_>) -> Result<(), String> {
    let text = |error: SecretError| error.to_string();
    let named: Certificates = serde_json::from_value(options.clone()).map_err(|error| error.to_string())?;
    let Some(fields) = options.as_object_mut() else { return Ok(()) };
    for key in ["rootCAs", "rootCAsSecrets", "certificatesSecrets"] {
        fields.remove(key);
    }
    let mut roots = Vec::new();
    for root in &named.roots {
        if let Some(secret) = &root.secret {
            roots.push(secrets.authorities(secret).map_err(text)?);
        }
        if let Some(map) = &root.config_map {
            roots.push(secrets.authorities_of_map(map).map_err(text)?);
        }
    }
    for secret in &named.root_secrets {
        roots.push(secrets.authorities(secret).map_err(text)?);
    }
    let mut certificates = Vec::new();
    for secret in &named.certificates_secrets {
        let pair = secrets.certificate(secret).map_err(text)?;
        let (cert, key): (&Arc<str>, &Arc<str>) = (pair.cert_file.as_written(), pair.key_file.as_written());
        certificates.push(json!({"certFile": &**cert, "keyFile": &**key}));
    }
    if !roots.is_empty() {
        let roots: Vec<Value> = roots.iter().map(|root| Value::from(&**root.as_written())).collect();
        fields.insert("rootCAs".to_owned(), roots.into());
    }
    if !certificates.is_empty() {
        fields.insert("certificates".to_owned(), certificates.into());
    }
    Ok(())
}

/// One of the two kinds.
struct Of {
    kind: &'static str,
    family: Family,
    section: Section,
}

impl Of {
    fn protocol(&self) -> &'static str {
        if self.family == Family::TcpTransport { "tcp" } else { "http" }
    }
}
