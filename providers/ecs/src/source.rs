//! Clusters as a source.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use windrose_providers_core::{BoxFuture, Failed, Found, Source};

use crate::answer::{Definition, Machine, Task};
use crate::api::{Amazon, AmazonError};
use crate::declare::declare;
use crate::options::Options;
use crate::task::{Running, containers};

/// Looks variables of the environment up.
pub(crate) type Env = dyn Fn(&str) -> Option<String> + Send + Sync;

struct Clusters {
    amazon: Amazon,
    options: Options,
    /// Definitions never change; those that no task uses are forgotten.
    definitions: BTreeMap<String, Definition>,
}

/// Finds out who and where we are.
pub(crate) fn reach(options: Options, env: Arc<Env>) -> BoxFuture<'static, Result<Box<dyn Source>, Failed>> {
    Box::pin(async move {
        let amazon = Amazon::new(&options, &*env).await?;
        Ok(Box::new(Clusters { amazon, options, definitions: BTreeMap::new() }) as Box<dyn Source>)
    })
}

impl Source for Clusters {
    fn look(&mut self) -> BoxFuture<'_, Result<Option<Found>, Failed>> {
        Box::pin(async move {
            let found = self.running().await?;
            Ok(Some(Found { config: declare(&found, &self.options), count: found.len() }))
        })
    }

    fn changed(&mut self) -> BoxFuture<'_, Result<(), Failed>> {
        Box::pin(async move {
            tokio::time::sleep(self.options.refresh).await;
            Ok(())
        })
    }
}

impl Clusters {
    async fn running(&mut self) -> Result<Vec<Running>, AmazonError> {
        let clusters = match self.options.auto_discover_clusters {
            true => self.amazon.clusters().await?,
            false => self.options.clusters.iter().map(ToString::to_string).collect(),
        };
        let (mut found, mut used) = (Vec::new(), BTreeMap::new());
        for cluster in clusters {
            let tasks = self.amazon.tasks(&cluster).await?;
            let machines = self.machines(&cluster, &tasks).await?;
            for task in &tasks {
                let name = &task.task_definition_arn;
                if !used.contains_key(name) {
                    let known = self.definitions.remove(name);
                    let definition = match known {
                        Some(definition) => definition,
                        None => self.amazon.definition(name).await?,
                    };
                    used.insert(name.clone(), definition);
                }
                if let Some(definition) = used.get(name) {
                    found.extend(containers(task, definition, &machines));
                }
            }
        }
        self.definitions = used;
        Ok(found)
    }

    /// The machines that tasks run on, by container instance.
    async fn machines(&self, cluster: &str, tasks: &[Task]) -> Result<HashMap<String, Machine>, AmazonError> {
        let mut names: Vec<String> = tasks
            .iter()
            .filter(|task| task.attachments.is_empty() && !task.container_instance_arn.is_empty())
            .map(|task| task.container_instance_arn.clone())
            .collect();
        names.sort_unstable();
        names.dedup();
        let instances = self.amazon.container_instances(cluster, &names).await?;
        let ids = |is_managed: bool| -> Vec<String> {
            let ids = instances.iter().map(|instance| &instance.ec2_instance_id);
            ids.filter(|id| id.starts_with("mi-") == is_managed && !id.is_empty()).cloned().collect()
        };
        let mut machines = self.amazon.machines(&ids(false)).await?;
        if self.options.ecs_anywhere {
            machines.extend(self.amazon.managed(&ids(true)).await?);
        }
        let by_id: HashMap<&str, &Machine> =
            machines.iter().map(|machine| (machine.id.as_str(), machine)).collect();
        let each = instances.iter().filter_map(|instance| {
            let machine = by_id.get(instance.ec2_instance_id.as_str())?;
            Some((instance.container_instance_arn.clone(), Machine::clone(machine)))
        });
        Ok(each.collect())
    }
}
