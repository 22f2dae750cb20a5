//! Ingresses: hosts and paths become rules, annotations become options.

mod annotations;
mod class;
mod rules;
mod services;

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, Router};
use windrose_providers_core::labels::normalize;

use super::kept::Kept;
use super::names::hash;
use super::secrets::Secrets;
use super::view::{Needs, View};
use super::{Scribe, Translated};
use crate::objects::{Backing, Ingress, Meta, Object, World};
use crate::options::IngressOptions;

pub(in crate::translate) use rules::{call, quoted};

use annotations::RouterNotes;

/// What Ingresses declare.
#[must_use]
pub fn translate(world: &World, options: &IngressOptions) -> Translated {
    retranslate(world, options, &mut Kept::default())
}

/// The same, at less cost where little has changed since the last time.
#[must_use]
pub fn retranslate(world: &World, options: &IngressOptions, kept: &mut Kept) -> Translated {
    let mut out = kept.begun();
    let needs = Needs::default();
    let context = Context { world: View::new(world, &needs), options };
    kept.begin(&world.changes);
    for object in ours(world, options) {
        kept.translate(&mut out, "Ingress", object, &needs, |out| {
            let Some((mut scribe, body)) = out.begin("Ingress", object) else { return };
            context.ingress(&mut scribe, &object.meta, body);
        });
    }
    out.config.tls.certificates.sort_by_cached_key(|written| written.origin.source.to_string());
    kept.end(&out);
    out
}

/// The Ingresses that are served here, the older ones first.
#[must_use]
pub fn ours<'w>(world: &'w World, options: &IngressOptions) -> Vec<&'w Arc<Object<Ingress>>> {
    world.ingresses.by_age().iter().filter(|object| class::is_ours(world, options, object)).collect()
}

/// What translation looks at.
struct Context<'a> {
    world: View<'a>,
    options: &'a IngressOptions,
}

impl Context<'_> {
    fn ingress(&self, scribe: &mut Scribe<'_>, meta: &Meta, body: &Ingress) {
        let notes = annotations::of_router(meta).and_then(|notes| self.check(meta, &notes).map(|()| notes));
        let (notes, is_readable) = match notes {
            Ok(notes) => (notes, true),
            Err((field, message)) => {
                scribe.wrong(field, message);
                (RouterNotes::default(), false)
            }
        };
        certificates(self.world, scribe, body);
        if let (true, Some(backing)) = (body.rules.is_empty(), &body.default_backend) {
            self.default_backend(scribe, backing, &notes, is_readable);
        }
        let mut routes = Vec::new();
        for (index, rule) in body.rules.iter().enumerate() {
            let paths = rule.http.as_ref().map(|http| &*http.paths).unwrap_or_default();
            for (at, path) in paths.iter().enumerate() {
                let key = normalize(&format!("{}-{}-{}{}", meta.namespace, meta.name, rule.host, path.path));
                let made = rules::rule(rule, path, &notes, self.options.strict_prefixes);
                let router = notes.router(Name::from(Arc::from(made)));
                routes.push(Pending {
                    key,
                    router,
                    backing: &path.backend,
                    field: format!("spec.rules[{index}].http.paths[{at}]"),
                });
            }
        }
        for index in 0..routes.len() {
            let Some(pending) = routes.get(index) else { continue };
            let is_shared = routes.iter().filter(|other| other.key == pending.key).count() > 1;
            self.route(scribe, pending, is_shared, is_readable);
        }
    }

    fn route(&self, scribe: &mut Scribe<'_>, pending: &Pending<'_>, is_shared: bool, is_readable: bool) {
        let rule = &pending.router.rule;
        let mut name: Arc<str> = if is_shared {
            format!("{}-{}", pending.key, hash(rule.as_bytes())).into()
        } else {
            pending.key.as_str().into()
        };
        let http = &scribe.config().http;
        let owner = http.routers.get(&name).or_else(|| http.closed.get(&name));
        // Two Ingresses whose names come to the same: the older one has it.
        if owner.is_some_and(|owner| owner.origin.source != *scribe.source()) {
            name = format!("{name}-{}", hash(format!("{}{}", scribe.source(), &***rule).as_bytes())).into();
        }
        match self.service(scribe, pending.backing, &format!("{}.backend", pending.field)) {
            Ok(service) if is_readable => {
                let router = Router { service: Some(Name::from(service)), ..pending.router.clone() };
                scribe.router(name, router, &pending.field);
            }
            outcome => {
                if let Err(message) = outcome {
                    scribe.wrong(format!("{}.backend", pending.field), message);
                }
                scribe.close(name, pending.router.clone());
            }
        }
    }

    /// Where requests go that no rule is about. traefik: one Ingress has it, and only one without rules.
    fn default_backend(
        &self,
        scribe: &mut Scribe<'_>,
        backing: &Backing,
        notes: &RouterNotes,
        is_readable: bool,
    ) {
        let field = "spec.defaultBackend";
        if let Some(first) = scribe.config().http.routers.get(DEFAULT_ROUTER) {
            let message = format!("{} has the default backend already, and is older", first.origin.source);
            scribe.wrong(field, message);
            return;
        }
        let mut router = notes.router(Name::from(Arc::from("PathPrefix(\"/\")")));
        router.priority = i64::from(i32::MIN);
        match self.servers(scribe, backing, field) {
            Ok((_, service)) if is_readable => {
                scribe.service(DEFAULT_BACKEND.into(), service);
                let service = Some(Name::from(Arc::from(DEFAULT_BACKEND)));
                scribe.router(DEFAULT_ROUTER.into(), Router { service, ..router }, field);
            }
            Ok(_) => {}
            Err(message) => scribe.wrong(field, message),
        }
    }

    /// Whether an Ingress may name what it names.
    fn check(&self, meta: &Meta, notes: &RouterNotes) -> Result<(), (String, String)> {
        let names = notes.middlewares.iter().chain(notes.tls.iter().filter_map(|tls| tls.options.as_ref()));
        names.into_iter().try_for_each(|name| {
            self.may_name(&meta.namespace, name)
                .map_err(|message| ("metadata.annotations".to_owned(), message))
        })
    }

    /// Whether objects of a namespace may name an object of a provider.
    fn may_name(&self, from: &Arc<str>, name: &Arc<str>) -> Result<(), String> {
        let allowed = self.options.trust.cross_provider.as_deref();
        if name.contains('@') && allowed.is_some_and(|namespaces| !namespaces.contains(from)) {
            return Err(format!(
                "{name:?} is of another provider, and objects of {from} may not name it; add {from} to crossProviderNamespaces"
            ));
        }
        Ok(())
    }
}

/// traefik: a certificate is for whoever asks for its names, and makes no router one for TLS.
pub(in crate::translate) fn certificates(world: View<'_>, scribe: &mut Scribe<'_>, body: &Ingress) {
    let namespace = scribe.namespace();
    let secrets = Secrets { world, namespace: &namespace };
    for (index, tls) in body.tls.iter().enumerate().filter(|(_, tls)| !tls.secret_name.is_empty()) {
        secrets.serve(scribe, &tls.secret_name, format!("spec.tls[{index}].secretName"));
    }
}

/// A route whose name depends on the others.
struct Pending<'a> {
    key: String,
    router: Router,
    backing: &'a Backing,
    field: String,
}

/// traefik: the same.
const DEFAULT_ROUTER: &str = "default-router";
const DEFAULT_BACKEND: &str = "default-backend";
