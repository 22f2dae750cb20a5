//! UDP: the service that nobody wrote, servers, links.

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, UdpLoadBalancer, UdpServer, UdpService, UdpServiceKind};
use windrose_config::source::labels;
use windrose_config::{Section, Written, decode};

use super::{Reading, names};

impl Reading<'_> {
    pub(super) fn udp(&mut self) {
        // Where all that was written is lost, a service alone leads nowhere.
        if self.config.udp.routers.is_empty() && self.config.udp.services.is_empty() {
            return;
        }
        if self.named.udp_services.is_empty() {
            let service = UdpService { kind: UdpServiceKind::LoadBalancer(UdpLoadBalancer::default()) };
            let written = Arc::new(Written::new(service, self.nowhere()));
            self.config.udp.services.insert(Arc::from(self.workload.name), written);
        }
        let mut lost = names(&self.config.udp.services);
        lost.retain(|name| self.udp_servers(name).is_none());
        self.lose(Section::UdpServices, &lost.into_iter().collect());
        let mut lost = names(&self.config.udp.routers);
        lost.retain(|name| self.udp_router(name).is_none());
        self.lose(Section::UdpRouters, &lost.into_iter().collect());
    }

    fn udp_router(&mut self, name: &Arc<str>) -> Option<()> {
        let written = self.config.udp.routers.get(name)?;
        let mark = written.origin.mark;
        if written.service.is_none() {
            let service = self.only_service(Section::UdpRouters, name, mark)?;
            Arc::make_mut(self.config.udp.routers.get_mut(name)?).value.service = Some(service);
        }
        Some(())
    }

    fn udp_servers(&mut self, name: &Arc<str>) -> Option<()> {
        let section = Section::UdpServices;
        let written = self.config.udp.services.get(name)?;
        let mark = written.origin.mark;
        if !matches!(written.kind, UdpServiceKind::LoadBalancer(_)) {
            let message =
                format!("labels can only declare a loadBalancer; write `{name}` into a routing file");
            self.tell(section, name, mark, message);
            return None;
        }
        let server: labels::UdpServer = self.server(section, name, decode)?;
        let at = self.taken.of(section, name).map_or(mark, |server| server.mark);
        let addresses = self.addresses(section, name, &server.port)?;
        let one = |address: String| UdpServer { address: Name::new(address.into(), at) };
        let servers = addresses.iter().map(|address| one(address.to_string())).collect();
        if let UdpServiceKind::LoadBalancer(balancer) =
            &mut Arc::make_mut(self.config.udp.services.get_mut(name)?).value.kind
        {
            balancer.servers = servers;
        }
        Some(())
    }
}
