//! Middlewares and MiddlewareTCPs: what is written in Secrets and other objects becomes what their kinds understand.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use windrose_config::refuse::DYNAMIC;
use windrose_config::{DynamicConfig, Section};

use super::Context;
use super::names::Family;
use super::services::{Children, Place};
use crate::objects::{Backend, Object, Reference, Spec, World};
use crate::translate::kept::Kept;
use crate::translate::secrets::{SecretError, Secrets};
use crate::translate::{Scribe, Translated, tree};

/// Where in the object, and what is wrong there.
type Wrong = (String, String);

impl Context<'_> {
    pub(super) fn middlewares(&self, world: &World, out: &mut Translated, kept: &mut Kept) {
        for object in world.middlewares.by_age() {
            kept.translate(out, "Middleware", object, self.world.needs(), |out| {
                self.declare_middleware(object, out);
            });
        }
        for object in world.middlewares_tcp.by_age() {
            kept.translate(out, "MiddlewareTCP", object, self.world.needs(), |out| {
                let name =
                    self.names.object(Family::TcpMiddleware, &object.meta.namespace, &object.meta.name);
                let Some((mut scribe, body)) = out.begin("MiddlewareTCP", object) else { return };
                declare(&mut scribe, "tcp", "middlewares", &name, &body.0);
            });
        }
    }

    fn declare_middleware(&self, object: &Object<Spec>, out: &mut Translated) {
        let name = self.names.object(Family::Middleware, &object.meta.namespace, &object.meta.name);
        let Some((mut scribe, body)) = out.begin("Middleware", object) else { return };
        let mut children = Children::default();
        match self.middleware(&mut scribe, &name, &body.0, &mut children) {
            Ok(spec) => {
                children.declare(&mut scribe);
                declare(&mut scribe, "http", "middlewares", &name, &spec);
            }
            Err((field, message)) => {
                scribe.wrong(field, message);
                scribe.lose(Section::HttpMiddlewares, name);
            }
        }
    }

    /// The options as their kind understands them.
    fn middleware(
        &self,
        scribe: &mut Scribe<'_>,
        name: &str,
        spec: &Value,
        children: &mut Children,
    ) -> Result<Value, Wrong> {
        let Value::Object(kinds) = spec else {
            return Err(("spec".to_owned(), "names no kind of middleware".to_owned()));
        };
        let namespace = scribe.namespace();
        let secrets = Secrets { world: self.world, namespace: &namespace };
        let mut made = Map::new();
        for (kind, options) in kinds {
            let field = format!("spec.{kind}");
            let mut options = written(kind, options);
            let outcome = match kind.as_str() {
                "chain" => self.chain(&namespace, &mut options),
                "errors" => self.error_page(scribe, name, &mut options, children),
                "plugin" => resolve_urns(&mut options, secrets),
                _ => put_secrets(kind, &mut options, secrets).map_err(|error| error.to_string()),
            };
            outcome.map_err(|message| (field, message))?;
            made.insert(kind.clone(), options);
        }
        Ok(Value::Object(made))
    }

    fn chain(&self, namespace: &Arc<str>, options: &mut Value) -> Result<(), String> {
        let Some(written) = options.get_mut("middlewares") else { return Ok(()) };
        let references: Vec<Reference> =
            serde_json::from_value(written.take()).map_err(|error| error.to_string())?;
        let names = self.middleware_names(namespace, &references, Family::Middleware)?;
        *written = names.iter().map(|name| Value::from(&*name.value)).collect();
        Ok(())
    }

    /// The service that pages come from.
    fn error_page(
        &self,
        scribe: &mut Scribe<'_>,
        name: &str,
        options: &mut Value,
        children: &mut Children,
    ) -> Result<(), String> {
        let Some(written) = options.get_mut("service") else { return Ok(()) };
        let backend: Backend = serde_json::from_value(written.take()).map_err(|error| error.to_string())?;
        let at = Place { field: "spec.errors.service".to_owned(), name: String::new() };
        let named = self.backend(scribe, &backend, &at)?;
        let service = match named.service {
            Some(service) => children.add_own(format!("{name}-errorpage-service").into(), service),
            None => named.name,
        };
        *written = Value::from(&*service);
        Ok(())
    }
}

/// Declares an object of a section by its options.
pub(in crate::translate) fn declare(
    scribe: &mut Scribe<'_>,
    protocol: &str,
    section: &str,
    name: &str,
    options: &Value,
) {
    let document = json!({ protocol: { section: { name: options } } });
    let made = DynamicConfig::decode(tree::of(&document), scribe.source(), DYNAMIC);
    scribe.absorb(made, "spec");
}

/// The options as a file would have to have them: an object of a cluster may say nothing and mean that, where in a file it
/// says that there is no such section.
fn written(kind: &str, options: &Value) -> Value {
    let is_blank = options.as_object().is_some_and(Map::is_empty);
    match kind {
        "buffering" if is_blank => json!({"maxRequestBodyBytes": 0}),
        "rateLimit" if is_blank => json!({"average": 0}),
        "passTLSClientCert" if is_blank => json!({"pem": false}),
        _ => options.clone(),
    }
}

/// Puts what Secrets hold in the place of their names, where a kind names any.
pub(super) fn put_secrets(kind: &str, options: &mut Value, secrets: Secrets<'_>) -> Result<(), SecretError> {
    match kind {
        "basicAuth" => users(options, |secret| secrets.basic_users(secret)),
        "digestAuth" => users(options, |secret| secrets.users(secret)),
        "forwardAuth" => client_tls(options, secrets),
        "rateLimit" => match options.get_mut("redis") {
            Some(redis) => login(redis, secrets).and_then(|()| client_tls(redis, secrets)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Puts the users of a Secret in its place.
fn users(
    options: &mut Value,
    read: impl FnOnce(&Arc<str>) -> Result<Vec<String>, SecretError>,
) -> Result<(), SecretError> {
    let Some(fields) = options.as_object_mut() else { return Ok(()) };
    let users = read(&text(fields.remove("secret")))?;
    fields.insert("users".to_owned(), users.into());
    Ok(())
}

/// Puts authorities and certificates in the place of the Secrets that hold them.
fn client_tls(options: &mut Value, secrets: Secrets<'_>) -> Result<(), SecretError> {
    let Some(tls) = options.get_mut("tls").and_then(Value::as_object_mut) else { return Ok(()) };
    let (ca, cert) = (text(tls.remove("caSecret")), text(tls.remove("certSecret")));
    if !ca.is_empty() {
        let authorities = secrets.authorities(&ca)?;
        tls.insert("ca".to_owned(), (&**authorities.as_written()).into());
    }
    if !cert.is_empty() {
        let pair = secrets.certificate(&cert)?;
        tls.insert("cert".to_owned(), (&**pair.cert_file.as_written()).into());
        tls.insert("key".to_owned(), (&**pair.key_file.as_written()).into());
    }
    Ok(())
}

/// Puts name and password in the place of the Secret that holds them.
fn login(redis: &mut Value, secrets: Secrets<'_>) -> Result<(), SecretError> {
    let Some(fields) = redis.as_object_mut() else { return Ok(()) };
    let secret = text(fields.remove("secret"));
    if secret.is_empty() {
        return Ok(());
    }
    for (key, what) in [("username", "the user"), ("password", "the password")] {
        let value = secrets.value(&secret, key, what)?;
        fields.insert(key.to_owned(), value.into());
    }
    Ok(())
}

/// Puts values of Secrets in the place of `urn:k8s:secret:NAME:KEY`.
fn resolve_urns(options: &mut Value, secrets: Secrets<'_>) -> Result<(), String> {
    match options {
        Value::String(written) => {
            let Some(rest) = written.strip_prefix("urn:k8s:secret:") else { return Ok(()) };
            let parts = rest.split_once(':').filter(|(_, key)| !key.contains(':'));
            let (name, key) = parts.ok_or_else(|| format!("{written:?} is not urn:k8s:secret:NAME:KEY"))?;
            let value = secrets.any_value(name, key);
            let value = value
                .ok_or_else(|| format!("there is no key {key} in Secret {}/{name}", secrets.namespace))?;
            *written = value.to_owned();
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| resolve_urns(item, secrets)),
        Value::Object(fields) => fields.values_mut().try_for_each(|field| resolve_urns(field, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn text(value: Option<Value>) -> Arc<str> {
    value.as_ref().and_then(Value::as_str).unwrap_or_default().into()
}
