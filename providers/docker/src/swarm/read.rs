//! From services, tasks and networks to routing. Pure.

use std::collections::BTreeMap;

use windrose_config::refuse::DYNAMIC;
use windrose_config::{DynamicConfig, Mark, Problem, Source};
use windrose_providers_core::labels::{self, Address, DefaultRule, Servers, Workload, merge, normalize};
use windrose_providers_core::template::Data;

use crate::engine::api::{Service, Task};
use crate::options::Choice;
use crate::own::{Family, Own, Wrong};

/// What a swarm says of itself.
pub(crate) struct Swarm {
    pub(crate) services: Vec<Service>,
    /// Those that are meant to run.
    pub(crate) tasks: Vec<Task>,
    /// Names of the networks of the swarm by their identities.
    pub(crate) networks: BTreeMap<String, String>,
}

impl Swarm {
    pub(crate) fn declare(&self, choice: &Choice) -> DynamicConfig {
        let mut services: Vec<&Service> = self.services.iter().collect();
        services.sort_by(|left, right| (&left.created_at, &left.id).cmp(&(&right.created_at, &right.id)));
        let declared: Vec<DynamicConfig> =
            services.into_iter().filter_map(|service| self.service(service, choice)).collect();
        merge(&declared)
    }

    fn service(&self, service: &Service, choice: &Choice) -> Option<DynamicConfig> {
        let labels = &service.spec.labels;
        let owner = format!("service {}", service.spec.name);
        let own = match Own::read(&owner, labels, choice, Family::Swarm) {
            Ok(own) => own,
            Err(Wrong { mut problems, is_switch }) => {
                let mut config = read(service, choice, &owner, Servers::None);
                problems.append(&mut config.problems);
                labels::close(&mut config);
                let config = if is_switch { DynamicConfig::default() } else { config };
                return Some(DynamicConfig { problems, ..config });
            }
        };
        if !own.is_enabled || !choice.constraints.match_labels(labels) {
            return None;
        }
        let is_vip = service.spec.endpoint_spec.mode == "vip";
        let hosts = if own.is_balanced_by_swarm && is_vip {
            vec![self.virtual_ips(service)]
        } else {
            self.tasks.iter().filter(|task| runs(task, service)).map(|task| self.task(task)).collect()
        };
        let hosts: Vec<BTreeMap<&str, &str>> = hosts.into_iter().filter(|hosts| !hosts.is_empty()).collect();
        if hosts.is_empty() && !choice.allow_empty_services {
            return None;
        }
        let find = |port: Option<&str>| {
            let port = port.ok_or("port is missing: a service of a swarm exposes none")?;
            let wanted = own.network.as_str();
            let host = |networks: &BTreeMap<&str, &str>| {
                networks
                    .get(wanted)
                    .or_else(|| networks.values().next())
                    .map(|host| Address::new(*host, port))
            };
            Ok(hosts.iter().filter_map(host).collect())
        };
        let servers = if hosts.is_empty() { Servers::None } else { Servers::At(&find) };
        let mut config = read(service, choice, &owner, servers);
        if own.is_balanced_by_swarm && !is_vip {
            let message = format!(
                "{owner} has no virtual address (its endpoint mode is {}), so lbswarm does nothing and requests go to its tasks",
                service.spec.endpoint_spec.mode
            );
            let problem = Problem::warning(message).at(&Source::other(&owner), Mark::default());
            config.problems.push(problem);
        }
        Some(config)
    }

    /// The virtual addresses of a service by the names of their networks.
    fn virtual_ips<'s>(&'s self, service: &'s Service) -> BTreeMap<&'s str, &'s str> {
        let known =
            service.endpoint.virtual_ips.iter().filter_map(|ip| {
                Some((self.networks.get(&ip.network)?.as_str(), without_prefix(&ip.address)?))
            });
        known.collect()
    }

    /// The addresses of a task by the names of their networks.
    fn task<'s>(&'s self, task: &'s Task) -> BTreeMap<&'s str, &'s str> {
        let known = task.networks_attachments.iter().filter_map(|attachment| {
            let name = self.networks.get(&attachment.network.id)?.as_str();
            Some((name, without_prefix(attachment.addresses.last()?)?))
        });
        known.collect()
    }
}

fn runs(task: &Task, service: &Service) -> bool {
    task.service == service.id && task.status.state == "running"
}

fn read(service: &Service, choice: &Choice, owner: &str, servers: Servers<'_>) -> DynamicConfig {
    let labels = &service.spec.labels;
    let name = normalize(&service.spec.name);
    // traefik: the name of a task there, of which several share one router.
    let data = [
        ("Name", Data::Text(&name)),
        ("ContainerName", Data::Text(&service.spec.name)),
        ("Labels", Data::Texts(labels)),
    ];
    let rule =
        DefaultRule { template: &choice.default_rule, option: "providers.swarm.defaultRule", data: &data };
    labels::read(
        &Workload { owner, name: &name, labels, servers, rule, constraints: &choice.constraints },
        DYNAMIC,
    )
}

/// `10.0.0.2/24` without its end.
fn without_prefix(address: &str) -> Option<&str> {
    let host = address.split('/').next()?;
    (!host.is_empty()).then_some(host)
}
