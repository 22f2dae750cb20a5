//! Where a container listens.

use windrose_providers_core::labels::Address;

use super::{Container, Mode};
use crate::options::Choice;
use crate::own::{Family, Own};

/// What is known besides the container.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    /// The address of the host, as seen from here.
    pub(crate) host: &'a str,
    /// The container with this identity or name.
    pub(crate) find: &'a dyn Fn(&str) -> Option<&'a Container>,
}

impl Container {
    /// The address of its one server, given the port that is written.
    pub(super) fn addresses(
        &self,
        network: &str,
        port: Option<&str>,
        choice: &Choice,
        around: &Around<'_>,
    ) -> Result<Vec<Address>, String> {
        let lowest = self.ports.first().map(|port| port.number.to_string());
        let port = port.map(ToOwned::to_owned).or(lowest);
        if choice.use_bind_port_ip
            && let Some((ip, port)) = port.as_deref().and_then(|port| self.binding(port))
        {
            return Ok(vec![Address::new(ip, port)]);
        }
        let host = self.host(network, choice, around, MOST_HOPS);
        let host = host.ok_or_else(|| format!("container {} has no address in any network, so nobody reaches it: give it a network that the gateway has, or traefik.enable=false", self.name))?;
        let port = port.ok_or_else(|| format!("port is missing: container {} exposes none", self.name))?;
        Ok(vec![Address::new(host, port)])
    }

    /// The published address of a port, if it is one that others can use.
    fn binding(&self, port: &str) -> Option<(&str, &str)> {
        let number: u16 = port.parse().ok()?;
        let mut bindings =
            self.ports.iter().filter(|port| port.number == number).flat_map(|port| &port.bindings);
        let (ip, port) = bindings.next()?;
        (!Address::is_unspecified(ip)).then_some((ip, port))
    }

    fn host(&self, network: &str, choice: &Choice, around: &Around<'_>, hops: usize) -> Option<String> {
        if let Some(address) = self.networks.get(network).filter(|_| !network.is_empty()) {
            return Some(address.clone()).filter(|address| !address.is_empty());
        }
        match &self.mode {
            Mode::Host => Some(around.host.to_owned()),
            Mode::Of(target) => {
                let target = (around.find)(target).filter(|_| hops > 0)?;
                let own = Own::read(&target.owner(), &target.labels, choice, Family::Docker).ok()?;
                let network = if own.network.is_empty() { network } else { &own.network };
                target.host(network, choice, around, hops - 1)
            }
            // traefik: any of them; ours is the same one each time.
            Mode::Own => self.networks.values().find(|address| !address.is_empty()).cloned(),
        }
    }
}

/// Containers that share a network of one that shares a network: engines allow one hop.
const MOST_HOPS: usize = 4;
