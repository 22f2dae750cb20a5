//! TCP: the service that nobody wrote, servers, links.

use std::sync::Arc;

use windrose_config::dynamic_config::{Name, TcpServer, TcpService, TcpServiceKind};
use windrose_config::source::labels;
use windrose_config::{Section, Written, decode};

use super::{Reading, names};

impl Reading<'_> {
    pub(super) fn tcp(&mut self) {
        // Where all that was written is lost, a service alone leads nowhere.
        if self.config.tcp.routers.is_empty() && self.config.tcp.services.is_empty() {
            return;
        }
        if self.named.tcp_services.is_empty() {
            let service = TcpService { kind: TcpServiceKind::LoadBalancer(Box::default()) };
            let written = Arc::new(Written::new(service, self.nowhere()));
            self.config.tcp.services.insert(Arc::from(self.workload.name), written);
        }
        let mut lost = names(&self.config.tcp.services);
        lost.retain(|name| self.tcp_servers(name).is_none());
        self.lose(Section::TcpServices, &lost.into_iter().collect());
        let mut lost = names(&self.config.tcp.routers);
        lost.retain(|name| self.tcp_router(name).is_none());
        self.lose(Section::TcpRouters, &lost.into_iter().collect());
    }

    fn tcp_router(&mut self, name: &Arc<str>) -> Option<()> {
        let written = self.config.tcp.routers.get(name)?;
        let mark = written.origin.mark;
        if written.rule.value.is_empty() {
            let message = format!(
                "router `{name}` has no rule, and there is no default one for TCP; set traefik.tcp.routers.{name}.rule"
            );
            self.tell(Section::TcpRouters, name, mark, message);
            return None;
        }
        if written.service.is_none() {
            let service = self.only_service(Section::TcpRouters, name, mark)?;
            Arc::make_mut(self.config.tcp.routers.get_mut(name)?).value.service = Some(service);
        }
        Some(())
    }

    fn tcp_servers(&mut self, name: &Arc<str>) -> Option<()> {
        let section = Section::TcpServices;
        let written = self.config.tcp.services.get(name)?;
        let mark = written.origin.mark;
        if !matches!(written.kind, TcpServiceKind::LoadBalancer(_)) {
            let message =
                format!("labels can only declare a loadBalancer; write `{name}` into a routing file");
            self.tell(section, name, mark, message);
            return None;
        }
        let server: labels::TcpServer = self.server(section, name, decode)?;
        let at = self.taken.of(section, name).map_or(mark, |server| server.mark);
        let addresses = self.addresses(section, name, &server.port)?;
        let one = |address: String| TcpServer { address: Name::new(address.into(), at), tls: server.tls };
        let servers = addresses.iter().map(|address| one(address.to_string())).collect();
        if let TcpServiceKind::LoadBalancer(balancer) =
            &mut Arc::make_mut(self.config.tcp.services.get_mut(name)?).value.kind
        {
            balancer.servers = servers;
        }
        Some(())
    }
}
