//! Whose Ingress it is. traefik: the same.

use std::sync::Arc;

use crate::objects::{Ingress, Object, World};
use crate::options::NginxOptions;
use crate::translate::crd::CLASS;

/// The Ingresses that are served here, the older ones first.
#[must_use]
pub fn ours<'w>(world: &'w World, options: &NginxOptions) -> Vec<&'w Arc<Object<Ingress>>> {
    let is_watched = |object: &&Arc<Object<Ingress>>| {
        options.namespace_selector.is_empty() || world.namespaces.get("", &object.meta.namespace).is_some()
    };
    let is_ours = |object: &&Arc<Object<Ingress>>| is_ours(world, options, object);
    world.ingresses.by_age().iter().filter(is_ours).filter(is_watched).collect()
}

fn is_ours(world: &World, options: &NginxOptions, object: &Object<Ingress>) -> bool {
    let named = object.body.as_ref().ok().and_then(|body| body.ingress_class_name.as_ref());
    if let Some(name) = named {
        let class = world.ingress_classes.get("", name).and_then(|class| class.body.as_ref().ok());
        let is_served = class.is_some_and(|class| class.controller == options.controller_class);
        return is_served || (options.class_by_name && class.is_some() && **name == *options.ingress_class);
    }
    let annotation = object.meta.annotation(CLASS);
    if annotation.is_empty() { options.without_class } else { *annotation == *options.ingress_class }
}
