//! What stands in the tree of labels: names of objects, and servers, which are taken out before the rest is decoded.

use std::collections::HashMap;
use std::sync::Arc;

use windrose_config::tree::{Style, Value};
use windrose_config::{Mark, Section, Tree};

use super::field;

/// The names of what is written, readable or not.
pub(super) struct Named {
    pub(super) http_routers: Vec<Arc<str>>,
    pub(super) http_services: Vec<Arc<str>>,
    pub(super) http_middlewares: Vec<Arc<str>>,
    pub(super) tcp_routers: Vec<Arc<str>>,
    pub(super) tcp_services: Vec<Arc<str>>,
    pub(super) udp_routers: Vec<Arc<str>>,
    pub(super) udp_services: Vec<Arc<str>>,
    /// What labels cannot say, and where it is said all the same.
    pub(super) not_by_labels: Vec<(&'static str, Mark)>,
}

impl Named {
    pub(super) fn of(tree: &Tree) -> Self {
        let of = |path: &[&str]| -> Vec<Arc<str>> {
            let entries = field(tree, path).map(Tree::entries).unwrap_or_default();
            entries.iter().map(|entry| Arc::clone(&entry.key)).collect()
        };
        let not_by_labels = NOT_BY_LABELS.iter().filter_map(|(path, name)| {
            let section = field(tree, path)?;
            Some((*name, section.mark))
        });
        Self {
            http_routers: of(&["http", "routers"]),
            http_services: of(&["http", "services"]),
            http_middlewares: of(&["http", "middlewares"]),
            tcp_routers: of(&["tcp", "routers"]),
            tcp_services: of(&["tcp", "services"]),
            udp_routers: of(&["udp", "routers"]),
            udp_services: of(&["udp", "services"]),
            not_by_labels: not_by_labels.collect(),
        }
    }
}

impl Named {
    /// Whether no routing is written at all.
    pub(super) fn is_nothing(&self) -> bool {
        let http = [&self.http_routers, &self.http_services, &self.http_middlewares];
        let others = [&self.tcp_routers, &self.tcp_services, &self.udp_routers, &self.udp_services];
        http.into_iter().chain(others).all(Vec::is_empty)
    }
}

/// The servers of services, as written.
pub(super) struct Taken(HashMap<(Section, Arc<str>), Tree>);

impl Taken {
    /// Takes them out of the tree; the service keeps an empty list in their place. What labels cannot say goes, too.
    pub(super) fn from(tree: &mut Tree) -> Self {
        let mut taken = HashMap::new();
        for (root, section) in
            [("http", Section::HttpServices), ("tcp", Section::TcpServices), ("udp", Section::UdpServices)]
        {
            let services = field_mut(tree, root).and_then(|root| field_mut(root, "services"));
            let Some(Value::Table(services)) = services.map(|services| &mut services.value) else { continue };
            for service in services {
                let Some(balancer) = field_mut(&mut service.value, "loadbalancer") else { continue };
                let Value::Table(fields) = &mut balancer.value else { continue };
                for field in fields {
                    if field.key.eq_ignore_ascii_case("server") {
                        field.key = Arc::from("servers");
                        let nothing = Tree { mark: field.mark, value: Value::List(Box::default()) };
                        let server = std::mem::replace(&mut field.value, nothing);
                        taken.entry((section, Arc::clone(&service.key))).or_insert(server);
                    } else if field.key.eq_ignore_ascii_case("servers") {
                        // A list is refused as what no table is.
                        field.value = Tree::text(ONE_SERVER, Style::Quoted, field.mark);
                        field.key = Arc::from(ONE_SERVER);
                    }
                }
            }
        }
        for (path, _) in NOT_BY_LABELS {
            let [root, section] = path;
            if let Some(root) = field_mut(tree, root)
                && let Value::Table(entries) = &mut root.value
            {
                let kept = std::mem::take(entries).into_iter();
                *entries = kept.filter(|entry| !entry.key.eq_ignore_ascii_case(section)).collect();
            }
        }
        Self(taken)
    }

    /// The server of a service.
    pub(super) fn of(&self, section: Section, name: &Arc<str>) -> Option<&Tree> {
        self.0.get(&(section, Arc::clone(name)))
    }
}

fn field_mut<'t>(tree: &'t mut Tree, name: &str) -> Option<&'t mut Tree> {
    let Value::Table(entries) = &mut tree.value else { return None };
    entries.iter_mut().find(|entry| entry.key.eq_ignore_ascii_case(name)).map(|entry| &mut entry.value)
}

/// Sections that only files have. traefik: ignored, too.
const NOT_BY_LABELS: [([&str; 2], &str); 2] = [
    (["http", "serversTransports"], "http.serversTransports"),
    (["tcp", "serversTransports"], "tcp.serversTransports"),
];
/// The key that a list of servers gets, which nobody knows.
const ONE_SERVER: &str = "servers[]";
