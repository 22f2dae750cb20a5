//! What a mesh is made of, and what nodes route: facts of a cluster in, a topology and a configuration out.
//!
//! Pure: whoever watches a cluster fills [`facts`]; [`mesh::build`] makes of them what the API shows ([`topology`]), what
//! nodes route ([`configuration`]) and which shadow services there are to be ([`shadow`]). Names, keys and priorities
//! are those of Traefik Mesh, so that its tools and its proxies understand them. Must not know how facts get here.
//!
//! Where this differs from Traefik Mesh on purpose:
//!
//! * A split takes no second hop: its backends are the pods of the backend services. So there are no routers for
//!   requests that come from a proxy, and nothing rests on `X-Forwarded-For`.
//! * With ACL, sources of TCP are held to what targets allow. UDP, where nothing can be held to anything, is not served.
//! * A target without rules allows nothing, as SMI says; [`settings::Settings::ruleless_allow`] brings the old way back.
//! * Several targets of a service do not hide each other.
//! * Pods with the network of their node are no sources: others have the same address.
//! * Half a rate limit, a port that is taken, a pattern that would break out of its rule: each is an error of the object.

pub mod change;
pub mod configuration;
pub mod facts;
pub mod mesh;
pub mod settings;
pub mod shadow;
pub mod topology;

use std::sync::Arc;

/// Something wrong with an object of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The kind of the object.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its identity, once the facts were asked for it.
    pub uid: Arc<str>,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    fn new(kind: &'static str, key: &facts::Key, message: impl Into<String>) -> Self {
        let (namespace, name) = key.clone();
        Self { kind, namespace, name, uid: Arc::default(), message: message.into() }
    }
}
