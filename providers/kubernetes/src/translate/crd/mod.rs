//! Our own kinds: IngressRoute and what it refers to.

mod alone;
mod http;
mod middlewares;
mod names;
mod proxies;
mod recorded;
mod services;
mod tcp;
mod tls;
mod transports;
mod udp;

use std::sync::Arc;

use windrose_rule::{Protocol, Syntax};

use super::kept::Kept;
use super::references::References;
use super::view::{Needs, View};
use super::{Scribe, Translated};
use crate::objects::{Mark, Meta, Reference, World};
use crate::options::CrdOptions;

pub use alone::{Alone, AloneError, alone};
pub(in crate::translate) use middlewares::declare;
use names::{Family, Names};
pub(in crate::translate) use proxies::KIND as PROXIES;
use proxies::Proxies;

/// What the objects of our own kinds declare.
#[must_use]
pub fn translate(world: &World, options: &CrdOptions) -> Translated {
    retranslate(world, options, &mut Kept::default())
}

/// The same, at less cost where little has changed since the last time.
#[must_use]
pub fn retranslate(world: &World, options: &CrdOptions, kept: &mut Kept) -> Translated {
    let mut out = kept.begun();
    let needs = Needs::default();
    let mut context = Context {
        world: View::new(world, &needs),
        options,
        names: Names::of(world, options),
        proxies: Proxies::default(),
    };
    kept.begin(&world.changes);
    if context.names.are_crowded() {
        // Who has which name depends on objects that nobody looks at.
        kept.forget();
    }
    context.proxies = context.proxies_of(&world.proxy_configurations, &mut out);
    context.recorded(world, &mut out);
    context.tls_options(&world.tls_options, &mut out);
    context.tls_stores(&world.tls_stores, &mut out);
    context.middlewares(world, &mut out, kept);
    context.transports(world, &mut out, kept);
    context.traefik_services(&world.traefik_services, &mut out, kept);
    context.routes(&world.ingress_routes, &mut out, kept);
    context.tcp_routes(&world.ingress_routes_tcp, &mut out, kept);
    context.udp_routes(&world.ingress_routes_udp, &mut out, kept);
    out.config.tls.certificates.sort_by_cached_key(|written| written.origin.source.to_string());
    kept.end(&out);
    if context.names.are_crowded() {
        // Nor does anybody hear when one of them goes.
        kept.forget();
    }
    out
}

/// What translation looks at.
struct Context<'a> {
    world: View<'a>,
    options: &'a CrdOptions,
    names: Names,
    proxies: Proxies,
}

impl Context<'_> {
    /// Follows the names that objects of a namespace write.
    fn references<'r>(&'r self, from: &'r Arc<str>) -> References<'r> {
        References { trust: &self.options.trust, from }
    }

    /// The name of an object that another one names.
    fn named(&self, family: Family, namespace: &str, name: &str) -> Arc<str> {
        self.world.needs().note(|| Mark::presence(family.kind(), namespace, name));
        self.names.object(family, namespace, name)
    }

    /// Whether there is an object that another one names.
    fn has(&self, family: Family, namespace: &str, name: &str) -> bool {
        self.world.needs().note(|| Mark::presence(family.kind(), namespace, name));
        self.names.has(family, namespace, name)
    }

    /// Tells of names that nothing has; the engine turns off what needs them.
    fn tell_missing(&self, scribe: &mut Scribe<'_>, family: Family, written: &[Reference], field: &str) {
        for (index, reference) in
            written.iter().enumerate().filter(|(_, reference)| !reference.name.contains('@'))
        {
            let own = scribe.namespace();
            let namespace = if reference.namespace.is_empty() { &own } else { &reference.namespace };
            if !self.has(family, namespace, &reference.name) {
                let message = format!("there is no {} {namespace}/{}", family.kind(), reference.name);
                let is_list = field.ends_with('s') && written.len() > 1;
                let field = if is_list { format!("{field}[{index}]") } else { field.to_owned() };
                scribe.missing(field, message);
            }
        }
    }

    /// The syntax of a rule. Objects of the first group were written when there was only the older one, so a rule of
    /// theirs that cannot be read in the newer one is meant so. traefik: of the other group it is off.
    fn syntax(
        &self,
        scribe: &Scribe<'_>,
        rule: &str,
        written: Option<&str>,
        protocol: Protocol,
    ) -> Option<Box<str>> {
        let reads = |syntax| windrose_rule::parse(rule, syntax, protocol).is_ok();
        match written.filter(|syntax| !syntax.is_empty()) {
            Some(written) => Some(written.into()),
            None if scribe.is_old_group() && !reads(Syntax::V3) && reads(Syntax::V2) => Some("v2".into()),
            None => None,
        }
    }

    /// Tells of a rule that cannot be read in any syntax that may be meant; the engine turns off its route.
    fn tell_bad_rule(
        &self,
        scribe: &mut Scribe<'_>,
        rule: &str,
        syntax: Option<&str>,
        protocol: Protocol,
        field: &str,
    ) {
        let is_v2 = syntax.is_some_and(|syntax| syntax.eq_ignore_ascii_case("v2"));
        let first = if is_v2 { Syntax::V2 } else { Syntax::V3 };
        let Err(error) = windrose_rule::parse(rule, first, protocol) else { return };
        if syntax.is_none() && windrose_rule::parse(rule, Syntax::V2, protocol).is_ok() {
            return;
        }
        scribe.missing(field.to_owned(), format!("cannot be read: {error}"));
    }

    /// Whether an object is of the class that is served.
    fn is_ours(&self, meta: &Meta, class: Option<&Arc<str>>) -> bool {
        let class = class.map_or_else(|| meta.annotation(CLASS), AsRef::as_ref);
        let wanted = &*self.options.ingress_class;
        if wanted.is_empty() { class.is_empty() || class == DEFAULT_CLASS } else { class == wanted }
    }
}

/// The annotation that classes were written in before there was a field.
pub(crate) const CLASS: &str = "kubernetes.io/ingress.class";
/// The class that is served where none is asked for.
pub(crate) const DEFAULT_CLASS: &str = "traefik";
