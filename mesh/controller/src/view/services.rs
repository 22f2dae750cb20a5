//! Services of the mesh, one by one and all of them.

use std::sync::Arc;

use serde_json::{Value, json};
use windrose_mesh_dns::Zone;
use windrose_mesh_topology::facts::ServicePort;
use windrose_mesh_topology::topology::Service;
use windrose_mesh_topology::{Key, Manner, Mode};

use super::{Counts, Listed, Query, Sight, of, pair, text};

impl Sight {
    /// The services, by namespace and name.
    pub(crate) fn list_services(&self, query: &Query) -> Listed {
        let counts = self.counts("Service");
        let is_meant = |(key, service): &(&Key, &Service)| {
            let mode = self.mode(key);
            let is_of_type = match query.find("status") {
                None => true,
                Some("wrong") => of(&counts, key) > 0,
                Some(wanted) => wanted == mode,
            };
            is_of_type
                && query.is_in(&[
                    &service.name,
                    &service.namespace,
                    &format!("{}.{}", service.name, service.namespace),
                    mode,
                ])
        };
        let meant = self.topology.services.iter().filter(is_meant);
        query.cut(meant, |(key, service)| self.service_row(key, service, &counts))
    }

    /// Everything of one service; nothing where it is not there.
    pub(crate) fn one_service(&self, key: &Key) -> Option<Value> {
        let service = self.topology.services.get(key)?;
        let mut row = self.service_row(key, service, &self.counts("Service"));
        let manner = self.manner(key);
        let zones: &[Zone] = if self.settings.windrose_zone { &Zone::ALL } else { &Zone::TRAEFIK };
        row["names"] =
            zones.iter().rev().map(|zone| format!("{}.{}.{zone}", key.name, key.namespace)).collect();
        row["clusterIp"] = (*service.cluster_ip).into();
        row["annotations"] = json!({
            "inForce": manner.as_ref().map(|manner| pairs(&manner.in_force)),
            "idle": manner.as_ref().map(|manner| pairs(&manner.idle)),
        });
        row["members"] = service.pods.iter().map(|pod| self.pod(pod)).collect();
        row["splits"] = service.traffic_splits.iter().map(text).collect();
        row["backendOf"] = service.backend_of.iter().map(text).collect();
        row["targets"] = service.traffic_targets.iter().map(|target| text(&target.target)).collect();
        let problems = self.problems_of("Service", key);
        row["messages"] = problems.map(|problem| &*problem.message).collect();
        Some(row)
    }

    /// The traffic type of a service as it is written; empty where it cannot be understood.
    pub(super) fn mode(&self, key: &Key) -> &'static str {
        let fact = self.facts.services.get(&pair(key));
        fact.and_then(|fact| Manner::mode_of(fact, &self.settings)).map_or("", Mode::text)
    }

    fn manner(&self, key: &Key) -> Option<Manner> {
        self.facts.services.get(&pair(key)).map(|fact| Manner::of(fact, &self.settings))
    }

    fn service_row(&self, key: &Key, service: &Service, counts: &Counts<'_>) -> Value {
        json!({
            "name": &*service.name,
            "namespace": &*service.namespace,
            "trafficType": self.mode(key),
            "ports": service.ports.iter().map(|port| self.port(key, port)).collect::<Vec<Value>>(),
            "pods": service.pods.len(),
            "splitCount": service.traffic_splits.len(),
            "backendOfCount": service.backend_of.len(),
            "targetCount": service.traffic_targets.len(),
            "problems": of(counts, key),
        })
    }

    /// A port, with the entry point of nodes by which it is reached; null where there is none.
    fn port(&self, key: &Key, port: &ServicePort) -> Value {
        let ports = self.shadow(key).map(|shadow| &*shadow.ports).unwrap_or_default();
        let found = ports.iter().find(|own| own.number == port.number && own.protocol == port.protocol);
        json!({
            "name": &*port.name,
            "port": port.number,
            "protocol": port.protocol.text(),
            "entryPoint": found.map(|own| own.target),
        })
    }

    fn pod(&self, key: &Key) -> Value {
        let fact = self.facts.pods.get(&pair(key));
        json!({
            "name": &*key.name,
            "ip": fact.map(|fact| &*fact.ip),
            "node": fact.map(|fact| &*fact.node),
            "serviceAccount": fact.map(|fact| &*fact.account),
        })
    }
}

fn pairs(annotations: &[(Arc<str>, Arc<str>)]) -> Vec<Value> {
    annotations.iter().map(|(name, value)| json!({"name": &**name, "value": &**value})).collect()
}
