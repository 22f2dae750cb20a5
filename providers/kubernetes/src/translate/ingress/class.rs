//! Whose Ingress it is. traefik: the same.

use crate::objects::{Ingress, Object, World};
use crate::options::IngressOptions;
use crate::translate::crd::{CLASS, DEFAULT_CLASS};

/// Whether an Ingress is to be served here.
pub(super) fn is_ours(world: &World, options: &IngressOptions, object: &Object<Ingress>) -> bool {
    let wanted = &*options.ingress_class;
    let named = object.body.as_ref().ok().and_then(|body| body.ingress_class_name.as_ref());
    match named {
        Some(name) => {
            let class = world.ingress_classes.get("", name).and_then(|class| class.body.as_ref().ok());
            let is_served = class.is_some_and(|class| &*class.controller == CONTROLLER);
            options.trust.cluster_scope && is_served && (wanted.is_empty() || wanted == &**name)
        }
        None => {
            let annotation = object.meta.annotation(CLASS);
            annotation == wanted || (wanted.is_empty() && annotation == DEFAULT_CLASS)
        }
    }
}

/// What an IngressClass says that is ours.
const CONTROLLER: &str = "traefik.io/ingress-controller";
