//! What the operator of a mesh decides.

use std::sync::Arc;

/// What services carry that do not say so themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Requests of HTTP.
    #[default]
    Http,
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Mode {
    /// A mode by its name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        match name {
            "http" => Some(Self::Http),
            "tcp" => Some(Self::Tcp),
            "udp" => Some(Self::Udp),
            _ => None,
        }
    }
}

/// What the operator of a mesh decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The namespace that the mesh runs in.
    pub namespace: Arc<str>,
    /// The domain of the cluster's own names.
    pub cluster_domain: Arc<str>,
    /// Whether nothing is allowed that no target allows.
    pub acl: bool,
    /// What services carry that do not say so.
    pub default_mode: Mode,
    /// The namespaces that are looked at; empty means all.
    pub watched: Box<[Arc<str>]>,
    /// Namespaces that are not.
    pub ignored: Box<[Arc<str>]>,
    /// How many entry points nodes have for HTTP.
    pub http_ports: u16,
    /// How many for TCP.
    pub tcp_ports: u16,
    /// How many for UDP.
    pub udp_ports: u16,
    /// How the cluster chooses among nodes for a client; empty means as it likes.
    pub distribution: Arc<str>,
    /// Whether a target without rules allows everything. maesh: it does.
    pub ruleless_allow: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            namespace: "maesh".into(),
            cluster_domain: "cluster.local".into(),
            acl: false,
            default_mode: Mode::Http,
            watched: Box::default(),
            ignored: Box::default(),
            http_ports: 10,
            tcp_ports: 25,
            udp_ports: 25,
            distribution: Arc::default(),
            ruleless_allow: false,
        }
    }
}

impl Settings {
    /// Whether objects of a namespace with this label `app` are looked at.
    #[must_use]
    pub fn sees(&self, namespace: &str, app: &str) -> bool {
        let is_in = |list: &[Arc<str>]| list.iter().any(|known| &**known == namespace);
        (self.watched.is_empty() || is_in(&self.watched))
            && !is_in(&self.ignored)
            && namespace != SYSTEM
            && !OWN_APPS.contains(&app)
    }
}

/// The namespace of the cluster's own parts.
const SYSTEM: &str = "kube-system";
/// What the parts of a mesh are labelled with.
const OWN_APPS: [&str; 2] = ["maesh", "jaeger"];
