//! Where the gateway's own services look, once there is something to see.

use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use windrose_acme::{Orders, Tokens};
use windrose_admin::{Heard, Tap};
use windrose_config::StaticConfig;
use windrose_engine::publish::Current;
use windrose_engine::reload::Published;
use windrose_engine::{Observers, Status};
use windrose_providers_core::States;
use windrose_telemetry::{Counter, Seen};

use crate::providers::Around;

/// What services are shown. They are made before there is anything to see: compiling needs them.
#[derive(Debug, Default)]
pub struct Windows {
    /// What is in force.
    pub published: OnceLock<Arc<ArcSwap<Published>>>,
    /// What traffic sees.
    pub current: Arc<OnceLock<Arc<Current>>>,
    /// How the engine is.
    pub status: Arc<OnceLock<Arc<Status>>>,
    /// Which providers there are, and whether what each said first is in force.
    pub providers: Arc<ArcSwap<Vec<Heard>>>,
    /// How it stands with the sources of providers.
    pub states: OnceLock<States>,
    /// What certificate resolvers do.
    pub orders: Orders,
    /// What is heard of traffic.
    pub tap: Arc<Tap>,
    /// What is sent to the REST provider.
    #[cfg(feature = "rest")]
    pub rest: windrose_provider_rest::Inlet,
    /// What the controller of a mesh shows.
    #[cfg(feature = "mesh")]
    pub mesh: windrose_mesh_controller::Shown,
    /// What a node of a mesh counts.
    #[cfg(feature = "mesh")]
    pub counted: windrose_mesh_node::Counted,
    /// What authorities may ask for.
    pub tokens: Arc<Tokens>,
}

impl Windows {
    /// Windows that share what the providers do.
    #[must_use]
    pub fn beside(around: &Around) -> Self {
        Self {
            #[cfg(feature = "rest")]
            rest: around.rest.clone(),
            #[cfg(feature = "mesh")]
            mesh: around.mesh.clone(),
            #[cfg(feature = "mesh")]
            counted: around.counted.clone(),
            ..Self::default()
        }
    }

    /// What metrics are shown of it at this moment.
    #[must_use]
    pub fn seen(&self) -> Seen {
        Seen {
            published: self.published.get().map(|published| published.load_full()),
            current: Arc::clone(&self.current),
            status: Arc::clone(&self.status),
            counters: self.counters(),
        }
    }

    /// What others count that metrics show as well.
    #[cfg(feature = "mesh")]
    fn counters(&self) -> Vec<Counter> {
        let totals = self.counted.totals();
        if totals == windrose_mesh_node::Totals::default() {
            return Vec::new();
        }
        let denied = totals.denied.into_iter().map(|((service, policy), count)| {
            (vec![("policy", policy.to_string()), ("service", service.to_string())], count)
        });
        vec![
            Counter {
                name: "windrose_mesh_denied_total",
                help: "Requests and connections that a policy of the mesh refused.",
                samples: denied.collect(),
            },
            Counter {
                name: "windrose_mesh_untold_total",
                help: "Requests and connections whose ends there was no room to tell apart.",
                samples: vec![(Vec::new(), totals.untold)],
            },
        ]
    }

    #[cfg(not(feature = "mesh"))]
    fn counters(&self) -> Vec<Counter> {
        Vec::new()
    }

    /// Who hears of requests: those who do anyway, and where there is an API, whoever looks at traffic through it.
    #[must_use]
    pub fn observers(&self, others: Option<Observers>, settings: &StaticConfig) -> Option<Observers> {
        #[cfg(feature = "mesh")]
        let others = match settings.providers.find("meshNode") {
            Some(_) => Some(self.counting(others)),
            None => others,
        };
        if settings.api.is_none() {
            return others;
        }
        Some(self.tap.observing(others))
    }

    /// What a node of a mesh counts, with those who hear of requests anyway.
    #[cfg(feature = "mesh")]
    fn counting(&self, others: Option<Observers>) -> Observers {
        let counted = self.counted.clone();
        Arc::new(move |worker| counted.ear(others.as_ref().map(|others| others(worker))))
    }
}
