//! Services as a source: those that are of interest, then the instances of each.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use windrose_courier::sigv4::encode;
use windrose_providers_core::{BoxFuture, Failed, Found, Source};

use crate::api::{Events, Instance, Job, JobStub, Nomad, NomadError, Stub};
use crate::declare::{declare, is_of_interest};
use crate::options::Options;

struct Services {
    nomad: Nomad,
    /// Open before the first look, so that no change falls in between.
    events: Option<Events>,
}

/// Makes ready to ask.
pub(crate) fn reach(
    options: Options,
    namespace: Option<Arc<str>>,
) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let watch = options.watch;
        let nomad = Nomad::new(options, namespace.as_deref())?;
        let events = if watch { Some(nomad.events().await?) } else { None };
        Ok(Box::new(Services { nomad, events }) as Box<dyn Source>)
    })
}

impl Source for Services {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let mut found = self.registered().await?;
            if self.nomad.options().allow_empty_services {
                found.extend(self.empty().await?);
            }
            let config = declare(&found, self.nomad.options());
            Ok(Some(Found { config, count: found.len() }))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            let (refresh, throttle) = (self.nomad.options().refresh, self.nomad.options().throttle);
            let Some(events) = &mut self.events else {
                sleep(refresh).await;
                return Ok(());
            };
            // A look from time to time finds what was not told of.
            if let Ok(outcome) = timeout(RESYNC, events.next()).await {
                outcome?;
                sleep(throttle).await;
                events.skip().await?;
            }
            Ok(())
        })
    }
}

impl Services {
    async fn registered(&self) -> Result<Vec<Instance>, NomadError> {
        let mut found = Vec::new();
        for stub in self.nomad.get::<Vec<Stub>>("/v1/services").await? {
            for service in stub.services {
                let tags = service.tags.unwrap_or_default();
                if is_of_interest(&tags, self.nomad.options()) {
                    let path = format!("/v1/service/{}", encode(&service.service_name));
                    found.extend(self.nomad.get::<Vec<Instance>>(&path).await?);
                }
            }
        }
        Ok(found)
    }

    /// Services of groups that are scaled to nothing.
    async fn empty(&self) -> Result<Vec<Instance>, NomadError> {
        let mut found = Vec::new();
        for stub in self.nomad.get::<Vec<JobStub>>("/v1/jobs").await? {
            if stub.kind != "service" || stub.status == "dead" {
                continue;
            }
            let job: Job = self.nomad.get(&format!("/v1/job/{}", encode(&stub.id))).await?;
            let Job { name, namespace, task_groups } = job;
            for group in task_groups.unwrap_or_default().into_iter().filter(|group| group.count == 0) {
                let of_tasks = group
                    .tasks
                    .unwrap_or_default()
                    .into_iter()
                    .flat_map(|task| task.services.unwrap_or_default());
                let services = group.services.unwrap_or_default().into_iter().chain(of_tasks);
                let services = services.filter(|service| service.provider == "nomad");
                found.extend(services.map(|service| Instance {
                    id: format!("{namespace}-{name}-{}-{}-{}", group.name, service.task_name, service.name),
                    service_name: service.name,
                    tags: service.tags,
                    ..Instance::default()
                }));
            }
        }
        Ok(found)
    }
}

/// After this time without news services are read again.
const RESYNC: Duration = Duration::from_secs(60);
