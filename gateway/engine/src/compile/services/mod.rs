//! Services: servers that share requests, and services that share requests.

mod balancer;
mod front;
mod parents;

use std::sync::Arc;

use windrose_config::dynamic_config::{Objects, Service, ServiceKind};
use windrose_config::{DynamicConfig, Section, Written};
use windrose_upstream::Upstream;
use windrose_upstream::service::Kind;

use super::align::Column;
use super::graph::{Asking, Group, Own, State};
use super::memory::Memory;
use super::problems::Object;
use crate::merge::{INTERNAL, qualified};
use front::Fronted;

/// The section `http.services`.
pub(super) struct Services;

impl Group for Services {
    const SECTION: Section = Section::HttpServices;
    type Written = Service;
    type Made = Upstream;

    fn written(config: &DynamicConfig) -> &Objects<Service> {
        &config.http.services
    }

    fn column(memory: &Memory) -> &Column<State<Upstream>> {
        &memory.services
    }

    fn column_mut(memory: &mut Memory) -> &mut Column<State<Upstream>> {
        &mut memory.services
    }

    fn make(
        asking: &Asking<'_, '_, '_>,
        of: Object<'_>,
        written: &Written<Service>,
        before: Option<&Arc<Upstream>>,
    ) -> Option<Arc<Upstream>> {
        let behind = before.and_then(|before| match &before.kind {
            Kind::Fronted(front) => front.behind(),
            _ => Some(before),
        });
        let kind = match &written.kind {
            ServiceKind::LoadBalancer(balancer) => balancer::make(asking, of, balancer, behind),
            ServiceKind::Weighted(weighted) => parents::weighted(asking, of, weighted, behind),
            ServiceKind::HighestRandomWeight(hashed) => parents::hashed(asking, of, hashed, behind),
            ServiceKind::Mirroring(mirroring) => parents::mirroring(asking, of, mirroring, behind),
            ServiceKind::Failover(failover) => parents::failover(asking, of, failover, behind),
        };
        let chain = front::chain(asking, of, written);
        let made = match kind? {
            Outcome::AsBefore => Arc::clone(behind?),
            Outcome::New(kind) => {
                let made = Arc::new(Upstream { name: asking.qualified(of.name), kind });
                asking.tools().live.health.note(&made);
                made
            }
        };
        Some(match chain? {
            None => made,
            Some(chain) => {
                let name = Arc::clone(&made.name);
                Arc::new(Upstream { name, kind: Kind::Fronted(Arc::new(Fronted::new(chain, made))) })
            }
        })
    }

    fn own(own: &Own<'_>, reference: &str, author: usize) -> Option<Arc<Upstream>> {
        let is_internal = || own.merged.parts.get(author).is_some_and(|part| &*part.provider == INTERNAL);
        match reference.contains('@') {
            true => own.services.get(reference).cloned(),
            false if is_internal() => own.services.get(&qualified(reference, INTERNAL)).cloned(),
            false => None,
        }
    }
}

/// What came of making a service.
enum Outcome {
    /// What there was, which would come out equal.
    AsBefore,
    New(Kind),
}

/// Larger weights differ in nothing that traffic could show, and their sum would not fit.
const MAX_WEIGHT: i64 = 1 << 32;
