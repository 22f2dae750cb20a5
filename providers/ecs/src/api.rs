//! Questions to Amazon: ECS in JSON, EC2 in XML, SSM in JSON. All are signed.

use std::path::Path;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;
use windrose_courier::aws::{AwsError, Identity, region_of_machine};
use windrose_courier::sigv4::{Keys, Scope, encode, signed};
use windrose_courier::{HttpError, Https, Limits, Proxy, Request};
use windrose_tls::{ClientTlsError, ClientTlsOptions};

use crate::answer::{
    Clusters, ContainerInstance, Definition, Described, Machine, Machines, Managed, Task, TaskNames, Tasks,
    instances,
};
use crate::options::Options;
use crate::source::Env;

/// Asks Amazon.
pub(crate) struct Amazon {
    https: Https,
    identity: Identity,
    region: String,
    ecs: String,
    ec2: String,
    ssm: String,
}

/// Why Amazon gives no answer.
#[derive(Debug, Error)]
pub(crate) enum AmazonError {
    #[error("there are no authorities to trust Amazon by")]
    Tls(#[from] ClientTlsError),
    #[error(transparent)]
    Identity(#[from] AwsError),
    #[error("cannot ask Amazon")]
    Http(#[from] HttpError),
    #[error("Amazon refuses {0}: status {1} {2}")]
    Refused(&'static str, u16, String),
    #[error("what Amazon answers to {0} is not what it documents")]
    Odd(&'static str, #[source] serde_json::Error),
}

impl Amazon {
    /// Finds out who and where we are.
    pub(crate) async fn new(options: &Options, env: &Env) -> Result<Self, AmazonError> {
        let read = |path: &str| windrose_sys::read_file(Path::new(path), LARGEST_FILE);
        let limits = Limits { whole: PATIENCE, head: PATIENCE };
        let https = Https::new(&ClientTlsOptions::default(), &read, limits)?.at_most(LARGEST);
        let https = https.through(Proxy::of(env));
        let identity = match options.access_key_id.is_empty() {
            true => Identity::of(env)?,
            false => Identity::fixed(Keys {
                id: options.access_key_id.to_string(),
                secret: options.secret_access_key.expose().to_owned(),
                session_token: None,
            }),
        };
        let of_env = |name: &str| env(name).filter(|value| !value.is_empty());
        let written = Some(options.region.to_string()).filter(|region| !region.is_empty());
        let region = match written.or_else(|| of_env("AWS_REGION")).or_else(|| of_env("AWS_DEFAULT_REGION")) {
            Some(region) => region,
            None => region_of_machine(&https, env).await?,
        };
        let base = |service: &str, of_env_name: &str| {
            let named = of_env(of_env_name).or_else(|| of_env("AWS_ENDPOINT_URL"));
            let end = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            let base = named.unwrap_or_else(|| format!("https://{service}.{region}.{end}"));
            format!("{}/", base.trim_end_matches('/'))
        };
        let ecs = base("ecs", "AWS_ENDPOINT_URL_ECS");
        let ec2 = base("ec2", "AWS_ENDPOINT_URL_EC2");
        let ssm = base("ssm", "AWS_ENDPOINT_URL_SSM");
        Ok(Self { https, identity, ecs, ec2, ssm, region })
    }

    pub(crate) async fn clusters(&self) -> Result<Vec<String>, AmazonError> {
        let (mut all, mut token) = (Vec::new(), None);
        loop {
            let Clusters { cluster_arns, next_token } =
                self.ecs("ListClusters", &paged(json!({}), token)).await?;
            all.extend(cluster_arns);
            token = next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(all);
            }
        }
    }

    /// The tasks that run in a cluster.
    pub(crate) async fn tasks(&self, cluster: &str) -> Result<Vec<Task>, AmazonError> {
        let (mut names, mut token) = (Vec::new(), None);
        loop {
            let question = paged(json!({"cluster": cluster, "desiredStatus": "RUNNING"}), token);
            let TaskNames { task_arns, next_token } = self.ecs("ListTasks", &question).await?;
            names.extend(task_arns);
            token = next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        let mut all = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let question = json!({"cluster": cluster, "tasks": names});
            all.extend(self.ecs::<Tasks>("DescribeTasks", &question).await?.tasks);
        }
        Ok(all)
    }

    pub(crate) async fn definition(&self, name: &str) -> Result<Definition, AmazonError> {
        let question = json!({"taskDefinition": name});
        Ok(self.ecs::<Described>("DescribeTaskDefinition", &question).await?.task_definition)
    }

    pub(crate) async fn container_instances(
        &self,
        cluster: &str,
        names: &[String],
    ) -> Result<Vec<ContainerInstance>, AmazonError> {
        let mut all = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let question = json!({"cluster": cluster, "containerInstances": names});
            all.extend(
                self.ecs::<Machines>("DescribeContainerInstances", &question).await?.container_instances,
            );
        }
        Ok(all)
    }

    /// Machines at EC2.
    pub(crate) async fn machines(&self, ids: &[String]) -> Result<Vec<Machine>, AmazonError> {
        const WHAT: &str = "DescribeInstances";
        let mut all = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let mut form = format!("Action={WHAT}&Version=2016-11-15");
            for (number, id) in (1..).zip(ids) {
                form.push_str(&format!("&InstanceId.{number}={}", encode(id)));
            }
            let request =
                Request::post(&self.ec2).body("application/x-www-form-urlencoded; charset=utf-8", form);
            let body = self.send(WHAT, "ec2", request).await?;
            all.extend(instances(&String::from_utf8_lossy(&body)));
        }
        Ok(all)
    }

    /// Machines elsewhere that Amazon manages.
    pub(crate) async fn managed(&self, ids: &[String]) -> Result<Vec<Machine>, AmazonError> {
        const WHAT: &str = "DescribeInstanceInformation";
        let mut all = Vec::new();
        for ids in ids.chunks(MANAGED_AT_ONCE) {
            let mut token: Option<String> = None;
            loop {
                let mut question = json!({"Filters": [{"Key": "InstanceIds", "Values": ids}]});
                if let Some(token) = &token {
                    question["NextToken"] = token.as_str().into();
                }
                let request = Request::post(&self.ssm)
                    .with("X-Amz-Target", format!("AmazonSSM.{WHAT}"))
                    .body("application/x-amz-json-1.1", question.to_string());
                let body = self.send(WHAT, "ssm", request).await?;
                let Managed { instance_information_list, next_token } =
                    serde_json::from_slice(&body).map_err(|error| AmazonError::Odd(WHAT, error))?;
                all.extend(instance_information_list.into_iter().map(|machine| Machine {
                    id: machine.id,
                    address: machine.address,
                    is_running: machine.status == "Online",
                }));
                token = next_token.filter(|token| !token.is_empty());
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(all)
    }

    async fn ecs<T: DeserializeOwned>(&self, what: &'static str, question: &Value) -> Result<T, AmazonError> {
        let request = Request::post(&self.ecs)
            .with("X-Amz-Target", format!("AmazonEC2ContainerServiceV20141113.{what}"))
            .body("application/x-amz-json-1.1", question.to_string());
        let body = self.send(what, "ecs", request).await?;
        serde_json::from_slice(&body).map_err(|error| AmazonError::Odd(what, error))
    }

    async fn send(
        &self,
        what: &'static str,
        service: &str,
        request: Request,
    ) -> Result<Vec<u8>, AmazonError> {
        let keys = self.identity.keys(&self.https).await?;
        let scope = Scope { service, region: &self.region };
        let request = signed(request, &scope, &keys, jiff::Timestamp::now())?;
        let answer = self.https.send(&request).await?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(AmazonError::Refused(what, status, answer.text())),
        }
    }
}

fn paged(mut question: Value, token: Option<String>) -> Value {
    if let Some(token) = token {
        question["nextToken"] = token.into();
    }
    question
}

/// The longest time for an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many things may be named in one question.
const AT_ONCE: usize = 100;
const MANAGED_AT_ONCE: usize = 50;
/// More than any answer we need.
const LARGEST: usize = 64 << 20;
/// How many bytes of a list of authorities are read.
const LARGEST_FILE: u64 = 16 << 20;
