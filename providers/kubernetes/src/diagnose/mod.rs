//! A look at what runs in a cluster: pods, their logs, what is configured, whether the parts answer, how busy they are.
//!
//! Everything is asked of the API server, which passes questions on to pods. What cannot be seen is said, with the reason,
//! and the look goes on.

use std::fmt::Write;

use serde_json::Value;

use crate::client::{Api, ApiError, ClientError, escaped};
use crate::options::Reach;

/// Looks, and says what there is to see; whether all is well.
///
/// # Errors
///
/// There is no way to the cluster.
pub async fn diagnose(reach: &Reach, namespace: Option<&str>) -> Result<(String, bool), ClientError> {
    let api = Api::new(reach).await?;
    let mut look = Look { api, namespace: namespace.map(str::to_owned), text: String::new(), is_well: true };
    look.server().await;
    let pods = look.pods().await;
    look.logs(&pods).await;
    look.configuration().await;
    look.answers(&pods).await;
    look.load(&pods).await;
    Ok((look.text, look.is_well))
}

struct Look {
    api: Api,
    namespace: Option<String>,
    text: String,
    is_well: bool,
}

/// A pod of ours.
struct Pod {
    namespace: String,
    name: String,
    /// Where it shows itself.
    port: u64,
}

impl Look {
    fn section(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{gap}=== {title} ===");
    }

    fn say(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    fn bad(&mut self, line: &str) {
        self.is_well = false;
        self.say(&format!("! {line}"));
    }

    async fn server(&mut self) {
        self.section("Cluster");
        match self.api.get("/version").await {
            Ok(version) => self.say(&format!("Kubernetes {}", text(&version, "/gitVersion"))),
            Err(error) => self.bad(&format!("the API server does not answer: {error}")),
        }
    }

    async fn pods(&mut self) -> Vec<Pod> {
        self.section("Pods");
        let root = match &self.namespace {
            Some(namespace) => format!("/api/v1/namespaces/{}/pods", escaped(namespace)),
            None => "/api/v1/pods".to_owned(),
        };
        let mut found = Vec::new();
        for selector in SELECTORS {
            match self.api.list(&format!("{root}?labelSelector={}", escaped(selector))).await {
                Ok(list) => found.extend(list.items.unwrap_or_default()),
                Err(error) => self.bad(&format!("pods cannot be listed: {error}")),
            }
        }
        if found.is_empty() {
            self.bad("there is no pod of a gateway or a mesh (labels app.kubernetes.io/name=windrose or traefik, app=maesh or traefik)");
        }
        let mut pods = Vec::new();
        for pod in &found {
            let (namespace, name) = (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"));
            let states = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
            let states = states.map_or(&[][..], Vec::as_slice);
            let ready = states.iter().filter(|state| state["ready"] == true).count();
            let restarts: u64 = states.iter().filter_map(|state| state["restartCount"].as_u64()).sum();
            let line = format!(
                "{namespace}/{name}: {} {ready}/{} ready, {restarts} restarts, node {}, address {}",
                text(pod, "/status/phase"),
                states.len(),
                text(pod, "/spec/nodeName"),
                text(pod, "/status/podIP"),
            );
            if states.is_empty() || ready < states.len() {
                self.bad(&line)
            } else {
                self.say(&line)
            }
            for state in states {
                for why in ["/state/waiting", "/lastState/terminated"] {
                    if let Some(told) = state.pointer(why) {
                        self.say(&format!(
                            "    {}: {} {}",
                            text(state, "/name"),
                            text(told, "/reason"),
                            text(told, "/message")
                        ));
                    }
                }
            }
            pods.push(Pod { namespace: namespace.to_owned(), name: name.to_owned(), port: port(pod) });
        }
        pods
    }

    async fn logs(&mut self, pods: &[Pod]) {
        self.section("Logs (warnings and errors among the last 100 lines)");
        for pod in pods {
            let path = format!("{}/log?tailLines=100", pod.path());
            match self.api.text(&path).await {
                Ok(log) => {
                    let is_told = |line: &&str| TOLD.iter().any(|word| line.contains(word));
                    let lines: Vec<&str> = log.lines().filter(is_told).collect();
                    self.say(&format!("{}/{}: {} lines", pod.namespace, pod.name, lines.len()));
                    lines.iter().for_each(|line| self.say(&format!("    {line}")));
                }
                Err(error) => {
                    self.bad(&format!("{}/{}: its log cannot be read: {error}", pod.namespace, pod.name))
                }
            }
        }
    }

    async fn configuration(&mut self) {
        self.section("Configuration");
        let definitions = self.api.list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions").await;
        let definitions = match definitions {
            Ok(list) => list.items.unwrap_or_default(),
            Err(error) => return self.bad(&format!("definitions cannot be listed: {error}")),
        };
        for definition in definitions {
            let Some((name, path)) = crate::backup::path_of(&definition) else { continue };
            match self.api.list(&path).await {
                Ok(list) => {
                    let count = list.items.map_or(0, |items| items.len());
                    self.say(&format!("{name}: {count}"));
                }
                Err(error) => self.bad(&format!("{name} cannot be listed: {error}")),
            }
        }
        let events = "/api/v1/events?fieldSelector=source%3Dwindrose%2Ctype%3DWarning&limit=50";
        let events = match self.api.list(events).await {
            Ok(list) => list.items.unwrap_or_default(),
            Err(error) => return self.bad(&format!("Events cannot be listed: {error}")),
        };
        for event in events {
            let of = |path: &str| text(&event, path).to_owned();
            self.bad(&format!(
                "{} {}/{}: {}",
                of("/involvedObject/kind"),
                of("/involvedObject/namespace"),
                of("/involvedObject/name"),
                of("/message")
            ));
        }
    }

    async fn answers(&mut self, pods: &[Pod]) {
        self.section("Connectivity");
        for pod in pods {
            let mut outcome = Err(String::new());
            for page in ["ping", "api/status/readiness"] {
                match self.api.text(&format!("{}:{}/proxy/{page}", pod.path(), pod.port)).await {
                    Ok(_) => {
                        outcome = Ok(page);
                        break;
                    }
                    Err(error) => outcome = Err(error.to_string()),
                }
            }
            let who = format!("{}/{} at port {}", pod.namespace, pod.name, pod.port);
            match outcome {
                Ok(page) => self.say(&format!("{who} answers /{page}")),
                Err(error) => self.bad(&format!("{who} does not answer: {error}")),
            }
        }
    }

    async fn load(&mut self, pods: &[Pod]) {
        self.section("Performance");
        for pod in pods {
            let path = format!(
                "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods/{}",
                escaped(&pod.namespace),
                escaped(&pod.name)
            );
            let used: Result<Value, ApiError> = self.api.get(&path).await;
            let used = used.map_or_else(
                |_| "its use of CPU and memory is not known (no metrics server)".to_owned(),
                |used| {
                    format!(
                        "CPU {}, memory {}",
                        text(&used, "/containers/0/usage/cpu"),
                        text(&used, "/containers/0/usage/memory")
                    )
                },
            );
            let metrics = self.api.text(&format!("{}:{}/proxy/metrics", pod.path(), pod.port)).await;
            let open = metrics.ok().map(|metrics| {
                let values = metrics
                    .lines()
                    .filter(|line| line.starts_with(OPEN))
                    .filter_map(|line| line.rsplit(' ').next());
                values.filter_map(|value| value.parse::<f64>().ok()).sum::<f64>()
            });
            let open = open.map_or_else(
                || "open connections not known (no metrics)".to_owned(),
                |open| format!("{open} open connections"),
            );
            self.say(&format!("{}/{}: {used}, {open}", pod.namespace, pod.name));
        }
    }
}

impl Pod {
    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/pods/{}", escaped(&self.namespace), escaped(&self.name))
    }
}

/// Where a pod answers for itself: the port that its probe asks, or the usual one.
fn port(pod: &Value) -> u64 {
    let ports = pod.pointer("/spec/containers/0/ports").and_then(Value::as_array);
    let named = |name: &str| {
        let found = ports.into_iter().flatten().find(|port| port["name"] == name);
        found.and_then(|port| port["containerPort"].as_u64())
    };
    let probe = pod.pointer("/spec/containers/0/readinessProbe/httpGet/port");
    let probed = probe.and_then(|port| port.as_u64().or_else(|| named(port.as_str()?)));
    probed.or_else(|| named("traefik")).or_else(|| named("api")).unwrap_or(USUAL)
}

fn text<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The labels of gateways and meshes, ours and those we stand in for.
const SELECTORS: [&str; 3] =
    ["app.kubernetes.io/name in (windrose,traefik)", "app in (maesh,traefik,traefik-mesh)", "app=windrose"];
/// What a line of a log has that somebody should read.
const TOLD: [&str; 6] = ["WRN", "ERR", "FTL", "\"warn\"", "\"error\"", "panic"];
/// The metric of open connections.
const OPEN: &str = "traefik_open_connections{";
/// Where gateways show themselves.
const USUAL: u64 = 8080;
