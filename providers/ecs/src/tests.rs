//! The provider beside a scripted Amazon that checks who asks.

use std::sync::Mutex;

use aws_lc_rs::{digest, hmac};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use windrose_config::source::yaml;
use windrose_providers_core::testing::{Asked, Reply, Running as Run, Scripted, World, keeps_the_contract};

use super::*;

fn options(text: &str) -> Result<Options, String> {
    let place = Source::file("windrose.yml");
    let tree = yaml::parse(text, &place).unwrap();
    let told = |wrong: Vec<Problem>| wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Options::decode(&tree, &place).map_err(told)
}

/// Amazon with one service whose container has these labels.
struct Amazon {
    server: Scripted,
    labels: Arc<Mutex<Vec<(String, String)>>>,
    definition: u64,
    more: &'static str,
}

impl Amazon {
    fn new(more: &'static str) -> Self {
        Self { server: Scripted::new(), labels: Arc::default(), definition: 0, more }
    }

    fn tell(&mut self) {
        // New labels are a new definition.
        self.definition += 1;
        let (labels, definition) = (self.labels.lock().unwrap().clone(), self.definition);
        self.server.answer(move |asked| answer(asked, &labels, definition));
    }
}

fn answer(asked: &Asked, labels: &[(String, String)], definition: u64) -> Reply {
    if !is_signed(asked) {
        return Reply { status: 403, ..Reply::ok("{\"__type\":\"InvalidSignatureException\"}") };
    }
    if asked.body.starts_with("Action=DescribeInstances") {
        assert!(asked.body.contains("InstanceId.1=i-1"), "{}", asked.body);
        return Reply::ok(EC2);
    }
    let target = field(asked, "x-amz-target").unwrap_or_default();
    let question: Value = serde_json::from_str(&asked.body).unwrap();
    let labels: serde_json::Map<String, Value> =
        labels.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let body = match target.rsplit('.').next().unwrap() {
        "ListClusters" if question.get("nextToken").is_none() => {
            json!({"clusterArns": [], "nextToken": "more"})
        }
        "ListClusters" => json!({"clusterArns": ["arn:cluster/found"]}),
        "ListTasks" => json!({"taskArns": ["arn:task/0123456789abcdef"]}),
        "DescribeTasks" => json!({"tasks": [{
            "taskArn": "arn:task/0123456789abcdef", "taskDefinitionArn": format!("arn:definition:{definition}"),
            "containerInstanceArn": "arn:ci/1", "group": "service:web", "lastStatus": "RUNNING",
            "healthStatus": "UNKNOWN", "launchType": "EC2", "attachments": [],
            "containers": [{"name": "app", "networkBindings": [{"hostPort": 32768, "containerPort": 80}]}],
        }]}),
        "DescribeTaskDefinition" => json!({"taskDefinition": {"containerDefinitions": [
            {"name": "app", "dockerLabels": labels, "portMappings": [{"hostPort": 0, "containerPort": 80}]}]}}),
        "DescribeContainerInstances" => json!({"containerInstances": [
            {"containerInstanceArn": "arn:ci/1", "ec2InstanceId": "i-1"}]}),
        _ => return Reply::status(400),
    };
    Reply::ok(body.to_string())
}

fn field(asked: &Asked, name: &str) -> Option<String> {
    asked.head.lines().find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// Whether the signature is that of Amazon's documentation for what was sent.
fn is_signed(asked: &Asked) -> bool {
    let sha = |text: &str| HEXLOWER.encode(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
    let mac = |key: &[u8], text: &str| -> Vec<u8> {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
    };
    let Some(authorization) = field(asked, "authorization") else { return false };
    let part = |name: &str| {
        let (_, rest) = authorization.split_once(&format!("{name}="))?;
        Some(rest.split(',').next()?.trim().to_owned())
    };
    let (Some(credential), Some(names), Some(given)) =
        (part("Credential"), part("SignedHeaders"), part("Signature"))
    else {
        return false;
    };
    let fields: String =
        names.split(';').map(|name| format!("{name}:{}\n", field(asked, name).unwrap_or_default())).collect();
    let canonical = format!("{}\n{}\n\n{fields}\n{names}\n{}", asked.method, asked.target, sha(&asked.body));
    let (id, scope) = credential.split_once('/').unwrap();
    let time = field(asked, "x-amz-date").unwrap_or_default();
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha(&canonical));
    let mut key = b"AWS4secret".to_vec();
    for part in scope.split('/') {
        key = mac(&key, part);
    }
    id == "AKID" && scope.contains("/eu-central-1/") && given == HEXLOWER.encode(&mac(&key, &text))
}

impl Amazon {
    fn ready_with(&self, secret: &str) -> Ready {
        let text =
            format!("{{region: eu-central-1, accessKeyID: AKID, secretAccessKey: {secret}{}}}", self.more);
        let mut options = options(&text).unwrap();
        options.refresh = std::time::Duration::from_millis(5);
        let address = format!("http://{}", self.server.address());
        let env: Arc<source::Env> =
            Arc::new(move |name: &str| (name == "AWS_ENDPOINT_URL").then(|| address.clone()));
        let reach = Arc::new(move || source::reach(options.clone(), Arc::clone(&env)));
        Followed { name: ECS.into(), things: ("container", "containers"), reach }.ready()
    }
}

impl World for Amazon {
    fn ready(&self) -> Ready {
        self.ready_with("secret")
    }

    async fn say(&mut self, router: &str) {
        *self.labels.lock().unwrap() =
            vec![(format!("traefik.http.routers.{router}.rule"), format!("Host(`{router}`)"))];
        self.tell();
    }

    async fn spoil(&mut self) -> &'static str {
        let label = ("traefik.http.routers.bad.rul".to_owned(), "x".to_owned());
        self.labels.lock().unwrap().push(label);
        self.tell();
        "container service-web-app of task"
    }

    async fn leave(&mut self) {
        self.server.leave().await;
    }

    async fn come_back(&mut self) {
        self.server.come().await;
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    keeps_the_contract(&mut Amazon::new("")).await;
    keeps_the_contract(&mut Amazon::new(", autoDiscoverClusters: true")).await;
}

#[tokio::test]
async fn a_container_is_reached_by_its_port_on_the_machine() {
    let mut amazon = Amazon::new("");
    amazon.labels.lock().unwrap().clear();
    amazon.tell();
    amazon.server.come().await;
    let mut running = Run::start(amazon.ready());
    let config = running.until(&["service-web-app"]).await;
    let service = serde_json::to_value(&config.http.services["service-web-app"].value).unwrap();
    assert_eq!(service["loadBalancer"]["servers"][0]["url"], "http://10.0.0.7:32768");
    assert_eq!(&*config.http.routers["service-web-app"].rule.value, "Host(`service-web-app`)");
    running.stop().await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_told() {
    let mut amazon = Amazon::new("");
    amazon.tell();
    amazon.server.come().await;
    let mut running = Run::start(amazon.ready_with("other"));
    assert!(running.next().await.is_empty());
    running.state(|state| format!("{state:?}").contains("InvalidSignature")).await;
    running.stop().await;
}

#[test]
fn tasks_with_an_interface_of_their_own_are_reached_there() {
    let task: answer::Task = serde_json::from_value(json!({
        "taskArn": "arn:task/0123456789abcdef", "group": "family:web:2", "lastStatus": "RUNNING",
        "healthStatus": "HEALTHY", "launchType": "FARGATE",
        "containers": [{"name": "app", "networkInterfaces": [{"privateIpv4Address": "10.1.0.1"}]}, {"name": "other"}],
    }))
    .unwrap();
    let definition: answer::Definition = serde_json::from_value(json!({"containerDefinitions": [
        {"name": "app", "portMappings": [{"containerPort": 8080, "hostPort": 8080}, {"containerPort": 90, "hostPort": 90}]}]}))
    .unwrap();
    let found = task::containers(&task, &definition, &Default::default());
    assert_eq!((found.len(), &*found[0].name, &*found[0].id), (1, "family-web:2-app", "456789abcdef"));
    assert_eq!(found[0].address(None).unwrap()[0].to_string(), "10.1.0.1:90");
    assert_eq!(found[0].address(Some("8080")).unwrap()[0].to_string(), "10.1.0.1:8080");
    let of = |text: &str, found: &[task::Running]| {
        declare::declare(found, &options(text).unwrap()).http.services.len()
    };
    assert_eq!(of("healthyTasksOnly: true", &found), 1);
    let mut sick = found.clone();
    sick[0].is_healthy = false;
    assert_eq!((of("healthyTasksOnly: true", &sick), of("{}", &sick)), (0, 1));
    sick[0].is_running = false;
    assert_eq!(of("{}", &sick), 0);
    assert_eq!(of("exposedByDefault: false", &found), 0);
    assert_eq!(of("constraints: Label(`a`, `b`)", &found), 0);
}

#[test]
fn machines_are_read_from_xml() {
    let machines = answer::instances(EC2);
    let found: Vec<_> = machines.iter().map(|one| (&*one.id, &*one.address, one.is_running)).collect();
    assert_eq!(found, [("i-1", "10.0.0.7", true), ("i-2", "10.0.0.8", false)]);
}

#[test]
fn wrong_options_are_told_and_secrets_are_hidden() {
    for (text, told) in [
        ("refreshSeconds: 0", "refreshSeconds"),
        ("accessKeyID: a", "belong together"),
        ("clusters: []", "no cluster"),
        ("region: 'eu/1'", "is no region"),
        ("constraints: Tag(`a`)", "constraints cannot be used"),
        ("cluster: a", "unknown field `cluster`"),
    ] {
        let wrong = options(text).unwrap_err();
        assert!(wrong.contains(told), "{text}: {wrong}");
    }
    let read = options("{accessKeyID: a, secretAccessKey: abcdef}").unwrap();
    assert!(!format!("{read:?}").contains("abcdef"));
}

const EC2: &str = "<DescribeInstancesResponse><reservationSet><item><instancesSet>\
    <item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>\
    <privateIpAddress>10.0.0.7</privateIpAddress></item>\
    <item><instanceId>i-2</instanceId><instanceState><code>80</code><name>stopped</name></instanceState>\
    <privateIpAddress>10.0.0.8</privateIpAddress></item>\
    </instancesSet></item></reservationSet></DescribeInstancesResponse>";
