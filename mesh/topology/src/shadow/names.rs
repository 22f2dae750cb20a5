//! Names of shadow services.
//!
//! A name says which service it is for, as it does in Traefik Mesh. One that would be too long for a Service, or could be
//! read two ways, ends with a digest instead; which service it is for is then in the annotations.

use std::sync::Arc;

use serde_json::Value;

use crate::digest;
use crate::facts::Key;

/// The name of the shadow of a service.
#[must_use]
pub fn name(mesh_namespace: &str, service: &Key) -> String {
    let plain = format!("{mesh_namespace}-{}{INFIX}{}", service.name, service.namespace);
    let is_ambiguous = [&service.name, &service.namespace].iter().any(|part| part.contains(INFIX));
    if plain.len() <= LONGEST && !is_ambiguous {
        return plain;
    }
    let digest = digest::short(&format!("{}/{}", service.namespace, service.name), DIGEST);
    let start = format!("{mesh_namespace}-{}", service.name);
    // Without the infix it is no name of another service.
    let start = start.split(INFIX).next().unwrap_or_default();
    let start = start.get(..LONGEST - DIGEST - 1).unwrap_or(start).trim_end_matches('-');
    format!("{start}-{digest}")
}

/// The service whose shadow an object of the mesh's namespace is.
#[must_use]
pub fn origin(object: &Value, mesh_namespace: &str) -> Option<Key> {
    let metadata = object.get("metadata")?;
    let annotation = |name: &str| metadata.get("annotations")?.get(name)?.as_str().map(Arc::<str>::from);
    if let (Some(name), Some(namespace)) = (annotation(SERVICE_NAME), annotation(SERVICE_NAMESPACE)) {
        return Some(Key { namespace, name });
    }
    let name = metadata.get("name")?.as_str()?;
    let rest = name.strip_prefix(mesh_namespace)?.strip_prefix('-')?;
    let (name, namespace) = rest.rsplit_once(INFIX)?;
    Some(Key { namespace: namespace.into(), name: name.into() })
}

pub(super) const SERVICE_NAME: &str = "mesh.traefik.io/service-name";
pub(super) const SERVICE_NAMESPACE: &str = "mesh.traefik.io/service-namespace";

/// "maesh" in hexadecimal, between dashes.
const INFIX: &str = "-6d61657368-";

/// As long as a label of a domain name.
const LONGEST: usize = 63;

/// Letters of a digest.
const DIGEST: usize = 20;
