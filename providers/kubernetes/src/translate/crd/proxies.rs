//! ProxyConfigurations: how the routes of a namespace reach servers where they do not say so, and whether answers are
//! compressed. Ours.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::dynamic_config::{ForwardingTimeouts, Name, ServersTransport};

use super::Context;
use super::middlewares::declare;
use crate::objects::{Both, ProxyConfiguration};
use crate::translate::{Scribe, Translated};

/// The kind as it is written.
pub(in crate::translate) const KIND: &str = "ProxyConfiguration";

/// What counts in each namespace.
#[derive(Debug, Default)]
pub(super) struct Proxies(HashMap<Arc<str>, Proxy>);

/// What a ProxyConfiguration asks for.
#[derive(Debug)]
pub(super) struct Proxy {
    /// The object.
    name: Arc<str>,
    /// The transport of services that name none.
    pub(super) transport: Arc<str>,
    /// The middleware that answers go through.
    compress: Option<Arc<str>>,
}

impl Proxies {
    /// What counts in a namespace.
    pub(super) fn of(&self, namespace: &str) -> Option<&Proxy> {
        self.0.get(namespace)
    }

    /// The middlewares of a route: what is asked for all of its namespace stands around those it names itself.
    pub(super) fn around(&self, namespace: &str, own: Box<[Name]>) -> Box<[Name]> {
        match self.of(namespace).and_then(|proxy| proxy.compress.as_ref()) {
            Some(compress) => std::iter::once(Name::from(Arc::clone(compress))).chain(own).collect(),
            None => own,
        }
    }
}

impl Context<'_> {
    pub(super) fn proxies_of(&self, objects: &Both<ProxyConfiguration>, out: &mut Translated) -> Proxies {
        let mut proxies = Proxies::default();
        for object in objects.by_age() {
            let (namespace, name) = (&object.meta.namespace, &object.meta.name);
            let Some((mut scribe, body)) = out.begin(KIND, object) else { continue };
            if let Some(older) = proxies.of(namespace) {
                let message =
                    format!("{KIND} {namespace}/{} is older and counts for the namespace", older.name);
                scribe.wrong("spec", message);
                continue;
            }
            let proxy = self.proxy(&mut scribe, name, body);
            proxies.0.insert(Arc::clone(namespace), proxy);
        }
        proxies
    }

    fn proxy(&self, scribe: &mut Scribe<'_>, name: &Arc<str>, body: &ProxyConfiguration) -> Proxy {
        let transport = self.usual_transport(body);
        tell_buffers(scribe, body);
        let object = self.names.naming.object(&scribe.namespace(), name);
        let made: Arc<str> = format!("{object}-{SUFFIX}").into();
        scribe.object(Arc::clone(&made), transport, |config| &mut config.http.servers_transports, "spec");
        let compress = body.compress.as_ref().filter(|compress| compress.enabled);
        let compress = compress.map(|compress| {
            let options = json!({"compress": Value::Object(compress.options.clone())});
            declare(scribe, "http", "middlewares", &made, &options);
            Arc::clone(&made)
        });
        Proxy { name: Arc::clone(name), transport: made, compress }
    }

    /// The transport of the install configuration, with what is said here in its place.
    fn usual_transport(&self, body: &ProxyConfiguration) -> ServersTransport {
        let usual = &self.options.transport;
        let times = usual.forwarding_timeouts.as_deref().cloned().unwrap_or_default();
        let times = ForwardingTimeouts {
            dial_timeout: body.dial_timeout.unwrap_or(times.dial_timeout),
            response_header_timeout: body.response_header_timeout.unwrap_or(times.response_header_timeout),
            idle_conn_timeout: body.idle_conn_timeout.unwrap_or(times.idle_conn_timeout),
            expect_continue_timeout: body.expect_continue_timeout.or(times.expect_continue_timeout),
            ..times
        };
        ServersTransport {
            max_idle_conns_per_host: body.max_idle_conns_per_host.unwrap_or(usual.max_idle_conns_per_host),
            max_idle_conns: body.max_idle_conns.unwrap_or(usual.max_idle_conns),
            forwarding_timeouts: Some(Box::new(times)),
            ..usual.clone()
        }
    }
}

/// Buffers are lent by a pool of each worker, always; an object is told where it asks for something else.
fn tell_buffers(scribe: &mut Scribe<'_>, body: &ProxyConfiguration) {
    let Some(pool) = &body.buffer_pool else { return };
    if pool.enabled == Some(false) {
        scribe.odd("spec.bufferPool.enabled", "buffers are lent by a pool of each worker, always");
    }
    if pool.size.is_some_and(|size| !(SMALLEST..=LARGEST).contains(&size)) {
        let message =
            format!("buffers grow from {SMALLEST} to {LARGEST} bytes as bodies need it, whatever is written");
        scribe.odd("spec.bufferPool.size", message);
    }
}

const SUFFIX: &str = "proxyconfiguration";
/// What a buffer of the pool holds, and what the largest that is kept may hold.
const SMALLEST: u64 = 16 * 1024;
const LARGEST: u64 = 32 * 1024;
