//! Names without collisions.
//!
//! `team/a-app` and `team-a/app` come to the same name. The older object gets it, the other one a name that also says
//! where its namespace ends; so nobody's reference leads to somebody else's object.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::objects::{Both, World};
use crate::options::CrdOptions;
use crate::translate::names::Naming;

/// The kinds that are referred to by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Family {
    Middleware,
    TcpMiddleware,
    Transport,
    TcpTransport,
    TlsOption,
    Service,
}

impl Family {
    /// The kind as it is written.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Middleware => "Middleware",
            Self::TcpMiddleware => "MiddlewareTCP",
            Self::Transport => "ServersTransport",
            Self::TcpTransport => "ServersTransportTCP",
            Self::TlsOption => "TLSOption",
            Self::Service => "TraefikService",
        }
    }
}

/// Namespace and name of an object.
type Owner = (Arc<str>, Arc<str>);

/// Who has which name.
pub(super) struct Names {
    pub(super) naming: Naming,
    owners: HashMap<(Family, Arc<str>), Owner>,
    /// Those whose name somebody else has.
    others: HashSet<(Family, Arc<str>, Arc<str>)>,
}

impl Names {
    pub(super) fn of(world: &World, options: &CrdOptions) -> Self {
        let mut names = Self {
            naming: Naming { is_safe: options.safe_naming },
            owners: HashMap::new(),
            others: HashSet::new(),
        };
        names.claim(Family::Middleware, &world.middlewares);
        names.claim(Family::TcpMiddleware, &world.middlewares_tcp);
        names.claim(Family::Transport, &world.servers_transports);
        names.claim(Family::TcpTransport, &world.servers_transports_tcp);
        names.claim(Family::TlsOption, &world.tls_options);
        names.claim(Family::Service, &world.traefik_services);
        names
    }

    /// Whether objects come to the same name.
    pub(super) fn are_crowded(&self) -> bool {
        !self.others.is_empty()
    }

    fn claim<T>(&mut self, family: Family, objects: &Both<T>) {
        for object in objects.by_age() {
            let name = self.plain(family, &object.meta.namespace, &object.meta.name);
            let owner = (Arc::clone(&object.meta.namespace), Arc::clone(&object.meta.name));
            let first = self.owners.entry((family, name)).or_insert_with(|| owner.clone());
            if *first != owner {
                self.others.insert((family, owner.0, owner.1));
            }
        }
    }

    /// The name of an object.
    pub(super) fn object(&self, family: Family, namespace: &str, name: &str) -> Arc<str> {
        let plain = self.plain(family, namespace, name);
        match self.owners.get(&(family, Arc::clone(&plain))) {
            Some((of, named)) if (&**of, &**named) != (namespace, name) => SAFE.object(namespace, name),
            _ => plain,
        }
    }

    /// Whether there is an object.
    pub(super) fn has(&self, family: Family, namespace: &str, name: &str) -> bool {
        let plain = self.plain(family, namespace, name);
        let is_it = |(of, named): &(Arc<str>, Arc<str>)| (&**of, &**named) == (namespace, name);
        self.owners.get(&(family, plain)).is_some_and(is_it)
            || self.others.contains(&(family, namespace.into(), name.into()))
    }

    fn plain(&self, family: Family, namespace: &str, name: &str) -> Arc<str> {
        match family {
            // traefik: these stand as they are.
            Family::TlsOption => self.naming.plain(namespace, name),
            _ => self.naming.object(namespace, name),
        }
    }
}

/// The way of making names that never collide.
pub(super) const SAFE: Naming = Naming { is_safe: true };
