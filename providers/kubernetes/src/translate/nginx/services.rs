//! Backends: the servers of a Service as an Ingress wants them asked, mirrors, and pages in place of answers.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_config::Located;
use windrose_config::dynamic_config::{
    LoadBalancer, Mirror, Mirroring, Name, Server, Service, ServiceKind, Sticky, StickyCookie,
};
use windrose_config::redact::FileOrContent;
use windrose_providers_core::labels::normalize;

use super::draft::{Draft, Session};
use super::hosts::versions;
use super::steps::{Part, Step, Wrong};
use super::{Context, Reading};
use crate::objects::{Backing, Port};
use crate::translate::Scribe;
use crate::translate::backends::{self, Alive, Servers, Wanted};
use crate::translate::names::hash;
use crate::translate::secrets::Secrets;

/// Who asks, and how servers are to be asked.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) stem: &'a str,
    /// How servers are spoken with.
    pub(super) draft: &'a Draft,
    /// How they share requests: that of a canary is its own.
    pub(super) balance: &'a Draft,
    pub(super) transport: &'a Arc<str>,
}

impl Context<'_> {
    /// The name of the service of a backend, which is declared; `role` ends it.
    pub(super) fn service(
        &self,
        scribe: &mut Scribe<'_>,
        asker: Asker<'_>,
        backing: &Backing,
        name: Option<String>,
    ) -> Result<Arc<str>, String> {
        let named = backing.service.as_ref().ok_or("the backend is no Service; name one")?;
        let port = if named.port.name.is_empty() {
            Port::Number(named.port.number)
        } else {
            Port::Name(Arc::clone(&named.port.name))
        };
        let from = scribe.namespace();
        let native = asker.balance.balance.through_service;
        let mut found = self.servers(&from, &named.name, &port, native)?;
        let instead = &asker.draft.pages.service;
        if found.addresses.is_empty() && !instead.is_empty() {
            found = self.first_port(&from, instead, native)?;
        }
        let name = name.unwrap_or_else(|| normalize(&format!("{}-{}-{port}", asker.stem, named.name)));
        Ok(declare(scribe, name, balancer(&found, asker)))
    }

    /// The service that copies of requests go to, around another one.
    pub(super) fn mirrored(
        &self,
        scribe: &mut Scribe<'_>,
        reading: &Reading<'_>,
        service: Arc<str>,
    ) -> Result<Arc<str>, Wrong> {
        let mirror = &reading.draft.mirror;
        if mirror.target.is_empty() {
            return Ok(service);
        }
        let bare = mirror.target.strip_suffix("$request_uri").unwrap_or(&mirror.target).trim_end_matches('/');
        let is_origin = bare.split_once("://").is_some_and(|(scheme, host)| {
            matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', '$', '?', '#'])
        });
        if !is_origin {
            let message =
                format!("{:?} is more than a scheme and a host, and copies keep their path", mirror.target);
            return Err(("mirror-target", message));
        }
        let server = Server { url: Name::from(Arc::from(bare)), ..Server::default() };
        let mut middlewares = Vec::new();
        if !mirror.host.is_empty() {
            let name = format!("{}-mirror-host", reading.stem);
            let options = json!({"headers": {"customRequestHeaders": {"Host": mirror.host}}});
            crate::translate::crd::declare(scribe, "http", "middlewares", &name, &options);
            middlewares.push(Name::from(Arc::from(name)));
        }
        let target = LoadBalancer {
            servers: [server].into(),
            pass_host_header: !mirror.host.is_empty(),
            ..LoadBalancer::default()
        };
        let target =
            Service { middlewares: middlewares.into(), ..ServiceKind::LoadBalancer(Box::new(target)).into() };
        let target = declare(scribe, format!("{}-mirror", reading.stem), target);
        let around = Mirroring {
            service: Name::from(Arc::clone(&service)),
            mirror_body: !mirror.without_body,
            mirrors: [Mirror { name: Name::from(target), percent: 100 }].into(),
            ..Mirroring::default()
        };
        let kind = ServiceKind::Mirroring(Box::new(around));
        Ok(declare(scribe, format!("{service}-mirroring"), kind.into()))
    }

    /// Pages of the default backend in place of answers: it is told which, each status by a service of its own.
    pub(super) fn pages(
        &self,
        scribe: &mut Scribe<'_>,
        reading: &Reading<'_>,
        transport: &Arc<str>,
    ) -> Result<Vec<Step>, Wrong> {
        let statuses = reading.draft.paged();
        if statuses.is_empty() {
            return Ok(Vec::new());
        }
        let wrong = |message| ("custom-http-errors", message);
        let own = &reading.draft.pages.service;
        let (namespace, name): (Arc<str>, Arc<str>) = match &self.options.default_backend {
            _ if !own.is_empty() => (scribe.namespace(), own.as_str().into()),
            Some((namespace, name)) => (Arc::clone(namespace), Arc::clone(name)),
            None => {
                return Err(wrong(
                    "there is no default backend that has pages, name one by default-backend".to_owned(),
                ));
            }
        };
        let found = self.first_port(&namespace, &name, false).map_err(wrong)?;
        let plain = Draft::default();
        let asker = Asker { stem: &reading.stem, draft: &plain, balance: &plain, transport };
        let mut steps = Vec::new();
        for status in statuses {
            let fields = format!("{}-page-{status}-fields", reading.stem);
            let options = json!({"headers": {"customRequestHeaders": {
                "X-Code": status.to_string(),
                "X-Namespace": &*scribe.namespace(),
                "X-Ingress-Name": &*reading.object.meta.name,
            }}});
            crate::translate::crd::declare(scribe, "http", "middlewares", &fields, &options);
            let service =
                Service { middlewares: [Name::from(Arc::from(fields))].into(), ..balancer(&found, asker) };
            let service = declare(scribe, format!("{}-page-{status}", reading.stem), service);
            let options = json!({"status": [status.to_string()], "service": &*service, "query": "/"});
            steps.push(Step::new(&format!("custom-http-errors-{status}"), "errors", Part::Other, options));
        }
        Ok(steps)
    }

    /// The service of the first port of a Service, for what nobody answers for.
    pub(super) fn whole(
        &self,
        scribe: &mut Scribe<'_>,
        of: (&Arc<str>, &Arc<str>),
        name: &str,
    ) -> Result<Arc<str>, String> {
        let found = self.first_port(of.0, of.1, false)?;
        let plain = Draft::default();
        let asker = Asker { stem: "", draft: &plain, balance: &plain, transport: &Arc::default() };
        Ok(declare(scribe, name.to_owned(), balancer(&found, asker)))
    }

    fn first_port(&self, namespace: &Arc<str>, name: &str, native: bool) -> Result<Servers<'_>, String> {
        let service = self.world.services.get(namespace, name).and_then(|object| object.body.as_ref().ok());
        let first = service.and_then(|service| service.ports.first()).map_or(0, |port| port.port);
        self.servers(namespace, name, &Port::Number(first), native)
    }

    pub(super) fn servers(
        &self,
        namespace: &Arc<str>,
        name: &str,
        port: &Port,
        native: bool,
    ) -> Result<Servers<'_>, String> {
        let wanted = Wanted { namespace, name, port, native, nodes: false, alive: Alive::Ready };
        backends::find(self.view, &self.options.trust, wanted).map_err(|error| error.to_string())
    }

    /// How the servers of an Ingress are reached; declared under its name.
    pub(super) fn transport(
        &self,
        scribe: &mut Scribe<'_>,
        reading: &Reading<'_>,
    ) -> Result<Arc<str>, Wrong> {
        let transport = &reading.draft.transport;
        let (min, max) =
            versions(&transport.protocols).map_err(|message| ("proxy-ssl-protocols", message))?;
        let mut options = json!({
            "insecureSkipVerify": !transport.is_verified,
            "disableHTTP2": transport.only_http1,
            "forwardingTimeouts": {
                "dialTimeout": format!("{}s", transport.connect),
                "responseHeaderTimeout": format!("{}s", transport.read),
                "idleConnTimeout": format!("{}s", transport.idle),
            },
        });
        for (name, value) in
            [("serverName", transport.name.as_str()), ("minVersion", min), ("maxVersion", max)]
        {
            if !value.is_empty() {
                options[name] = value.into();
            }
        }
        if !transport.ciphers.is_empty() {
            options["cipherSuites"] = transport.ciphers.clone().into();
        }
        if !transport.secret.is_empty() {
            self.identity(scribe, &transport.secret, transport.is_verified, &mut options)
                .map_err(|message| ("proxy-ssl-secret", message))?;
        }
        let name: Arc<str> = reading.stem.as_str().into();
        crate::translate::crd::declare(scribe, "http", "serversTransports", &name, &options);
        Ok(name)
    }

    /// The certificate that is shown to servers, and the authorities that theirs are verified with.
    fn identity(
        &self,
        scribe: &Scribe<'_>,
        written: &str,
        is_verified: bool,
        options: &mut Value,
    ) -> Result<(), String> {
        let (namespace, name) = self.find(written, &scribe.namespace())?;
        let secrets = Secrets { world: self.view, namespace: &namespace };
        let text = |file: &Located<FileOrContent>| Value::from(&**file.as_written());
        let pair = secrets.certificate(&name).map_err(|error| error.to_string());
        match secrets.named_authorities(&name) {
            Ok(authorities) => options["rootCAs"] = json!([&**authorities.as_written()]),
            Err(error) if is_verified => return Err(error.to_string()),
            // It is not used.
            Err(_) => {}
        }
        let pair = pair?;
        options["certificates"] =
            json!([{"certFile": text(&pair.cert_file), "keyFile": text(&pair.key_file)}]);
        Ok(())
    }
}

/// Servers as somebody wants them asked.
fn balancer(found: &Servers<'_>, asker: Asker<'_>) -> Service {
    let scheme = if asker.draft.balance.scheme.is_empty() { "http" } else { asker.draft.balance.scheme };
    let server = |address: &String| Server {
        url: Name::from(Arc::from(format!("{scheme}://{address}"))),
        ..Server::default()
    };
    let balance = &asker.balance.balance;
    let strategy = match balance.strategy {
        _ if balance.by_client => "hrw",
        "" => "wrr",
        written => written,
    };
    let balancer = LoadBalancer {
        sticky: sticky(&asker.balance.session, "").filter(|_| !balance.by_client),
        servers: found.addresses.iter().map(server).collect(),
        strategy: Located::from(Box::from(strategy)),
        servers_transport: Some(asker.transport).filter(|name| !name.is_empty()).cloned().map(Name::from),
        ..LoadBalancer::default()
    };
    ServiceKind::LoadBalancer(Box::new(balancer)).into()
}

/// The cookie of a session, if there is one; `ending` ends its name.
pub(super) fn sticky(session: &Session, ending: &str) -> Option<Sticky> {
    let or =
        |written: &str, usual: &str| if written.is_empty() { usual.to_owned() } else { written.to_owned() };
    session.is_on.then(|| Sticky {
        cookie: Some(Box::new(StickyCookie {
            name: format!("{}{ending}", or(&session.name, "INGRESSCOOKIE")).into(),
            secure: session.is_secure,
            http_only: true,
            same_site: session.same_site.to_ascii_lowercase().into(),
            max_age: if session.max_age == 0 { session.expires } else { session.max_age },
            path: Some(or(&session.path, "/").into()),
            domain: session.domain.as_str().into(),
        })),
    })
}

/// Declares a service; another one whose name comes to the same gets a longer one.
pub(super) fn declare(scribe: &mut Scribe<'_>, name: String, service: Service) -> Arc<str> {
    let mut name: Arc<str> = name.into();
    if scribe.config().http.services.get(&name).is_some_and(|known| known.value != service) {
        let text = serde_json::to_string(&service).unwrap_or_default();
        name = format!("{name}-{}", hash(text.as_bytes())).into();
    }
    scribe.service(Arc::clone(&name), service);
    name
}
