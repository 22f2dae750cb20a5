//! Finding out which servers are well: by connecting, and by a question and the answer that must come.
//!
//! A check runs as long as somebody holds the service it is for. Servers are well until a check says otherwise.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Server;
use super::connect::dial;

/// The checks of one service.
#[derive(Debug)]
pub struct Health {
    /// The service, for the log.
    pub service: Arc<str>,
    /// Who is checked.
    pub servers: Arc<[Arc<Server>]>,
    /// How.
    pub check: Check,
    is_running: AtomicBool,
}

/// How a server is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The port in place of the server's.
    pub port: Option<u16>,
    /// What is sent.
    pub send: Box<[u8]>,
    /// What must come back.
    pub expect: Box<[u8]>,
    /// Time between checks of a server that is well.
    pub interval: Duration,
    /// Time between checks of one that is not.
    pub unhealthy_interval: Duration,
    /// How long a check may take.
    pub timeout: Duration,
}

impl Health {
    /// Checks that nobody has begun.
    #[must_use]
    pub const fn new(service: Arc<str>, servers: Arc<[Arc<Server>]>, check: Check) -> Self {
        Self { service, servers, check, is_running: AtomicBool::new(false) }
    }

    /// What goes on checking until the service is gone; one task for each server, and none when they have begun before.
    pub fn begin(self: &Arc<Self>) -> impl Iterator<Item = impl Future<Output = ()> + use<>> + use<> {
        let has_begun = self.is_running.swap(true, Ordering::Relaxed);
        let count = if has_begun { 0 } else { self.servers.len() };
        let health = Arc::downgrade(self);
        (0..count).map(move |index| watch(Weak::clone(&health), index))
    }

    async fn look(&self, server: &Server) {
        let check =
            async { tokio::time::timeout(self.check.timeout, self.ask(server)).await.unwrap_or(Err(())) };
        let is_well = check.await.is_ok();
        if server.note(is_well) {
            let (service, server) = (&*self.service, server.address.to_string());
            if is_well {
                tracing::info!(serviceName = service, server, "server is well again");
            } else {
                tracing::warn!(
                    serviceName = service,
                    server,
                    "health check failed, the server gets no connections"
                );
            }
        }
    }

    async fn ask(&self, server: &Server) -> Result<(), ()> {
        let address = match self.check.port {
            Some(port) => server.address.at_port(port),
            None => server.address.clone(),
        };
        let mut io = pin!(dial(server, &address, None).await.map_err(|_| ())?);
        io.write_all(&self.check.send).await.map_err(|_| ())?;
        io.flush().await.map_err(|_| ())?;
        let mut answer = vec![0; self.check.expect.len()];
        io.read_exact(&mut answer).await.map_err(|_| ())?;
        if *answer == *self.check.expect { Ok(()) } else { Err(()) }
    }
}

/// The first check comes after one interval.
async fn watch(health: Weak<Health>, index: usize) {
    loop {
        let Some(wait) = health.upgrade().and_then(|health| {
            let is_well = health.servers.get(index)?.is_well();
            Some(if is_well { health.check.interval } else { health.check.unhealthy_interval })
        }) else {
            return;
        };
        // Not held meanwhile: what nobody uses any more is not checked any more.
        tokio::time::sleep(wait).await;
        let Some(health) = health.upgrade() else { return };
        if let Some(server) = health.servers.get(index) {
            health.look(server).await;
        }
    }
}
