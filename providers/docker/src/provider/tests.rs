//! The provider beside a scripted engine.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use windrose_kit::soon;
use windrose_providers_core::{
    Backoff, Publishers, State, States, Stop, StopTrigger, Supervised, Supervisor, UpdatesReceiver,
};

use super::*;
use crate::fake::Fake;

struct Running {
    supervisor: Supervisor,
    receiver: UpdatesReceiver,
    trigger: StopTrigger,
    states: States,
}

impl Running {
    fn start(options: Options) -> Self {
        let (publishers, receiver) = Publishers::new();
        let (trigger, stop) = Stop::new();
        let states = publishers.states();
        let mut supervisor = Supervisor::new(Handle::current());
        let said = Said::default();
        let make =
            move || -> Box<dyn Provider> { Box::new(DockerProvider::new(options.clone(), said.clone())) };
        let quick = Backoff::new(Duration::from_millis(5), Duration::from_millis(20));
        supervisor.start(Supervised::new(DOCKER, make).with_backoff(quick), &publishers, stop);
        Self { supervisor, receiver, trigger, states }
    }

    async fn next(&mut self) -> Vec<String> {
        let updates = soon("an update", self.receiver.changed()).await.expect("the provider runs");
        servers(&updates.last().unwrap().config)
    }

    /// Waits for the configuration with these servers.
    async fn until(&mut self, expected: &[&str]) {
        soon(format!("servers {expected:?}"), async { while self.next().await != expected {} }).await;
    }
}

/// Names of services with the addresses of their servers.
fn servers(config: &DynamicConfig) -> Vec<String> {
    let all = config.http.services.iter().map(|(name, service)| {
        let service = serde_json::to_value(&service.value).unwrap();
        let servers = service["loadBalancer"]["servers"].as_array().cloned().unwrap_or_default();
        let urls: Vec<&str> = servers.iter().map(|server| server["url"].as_str().unwrap()).collect();
        format!("{name}={}", urls.join(",").replace("http://", ""))
    });
    all.collect()
}

/// Waits until an engine has a listener, so that events reach it.
async fn listened(fake: &Fake) {
    soon("a listener", async {
        while fake.listeners() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_event_costs_one_inspection_and_a_stop_none() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[]);
    fake.run("2", "10.0.0.2", &[]);
    let mut running = Running::start(fake.options("{}"));
    running.until(&["1=10.0.0.1:80", "2=10.0.0.2:80"]).await;
    assert_eq!(
        fake.asked(),
        ["/version", "/events", "/containers/json", "/containers/1/json", "/containers/2/json"]
    );

    fake.run("3", "10.0.0.3", &[]);
    fake.event("container", "start", "3");
    running.until(&["1=10.0.0.1:80", "2=10.0.0.2:80", "3=10.0.0.3:80"]).await;
    assert_eq!(fake.asked(), ["/containers/3/json"]);

    fake.event("container", "die", "2");
    running.until(&["1=10.0.0.1:80", "3=10.0.0.3:80"]).await;
    assert_eq!(fake.asked(), [""; 0]);

    // What says nothing new is not published, and what is gone meanwhile is no mistake.
    fake.event("container", "exec_start: /bin/sh", "1");
    fake.event("image", "pull", "x");
    fake.event("container", "start", "9");
    fake.event("container", "destroy", "1");
    running.until(&["3=10.0.0.3:80"]).await;
    assert_eq!(fake.asked(), ["/containers/9/json"]);
}

#[tokio::test]
async fn a_burst_is_one_change_however_it_ends() {
    let fake = Fake::new();
    let mut running = Running::start(fake.options("{}"));
    running.until(&[]).await;
    fake.run("1", "10.0.0.1", &[]);
    fake.run("2", "10.0.0.2", &[]);
    fake.burst(&[("container", "start", "1"), ("container", "start", "2"), ("container", "exec_die", "2")]);
    assert_eq!(running.next().await, ["1=10.0.0.1:80", "2=10.0.0.2:80"]);
}

#[tokio::test]
async fn health_and_networks_are_followed() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[]);
    let mut running = Running::start(fake.options("{}"));
    running.until(&["1=10.0.0.1:80"]).await;
    fake.with(|said| {
        said.containers.get_mut("1").unwrap()["State"]["Health"] = json!({"Status": "unhealthy"})
    });
    fake.event("container", "health_status: unhealthy", "1");
    running.until(&[]).await;
    fake.run("1", "10.0.0.7", &[]);
    fake.event_with(&json!({"Type": "network", "Action": "connect", "Actor": {"ID": "n", "Attributes": {"container": "1"}}}));
    running.until(&["1=10.0.0.7:80"]).await;
}

#[tokio::test]
async fn a_container_that_the_engine_cannot_describe_costs_itself_only() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[]);
    fake.with(|said| said.containers.insert("2".to_owned(), json!("marked for removal")));
    let mut running = Running::start(fake.options("{}"));
    running.until(&["1=10.0.0.1:80"]).await;
    // What is known of one stays when a look at it fails.
    fake.with(|said| said.containers.insert("1".to_owned(), json!("busy")));
    fake.event("container", "health_status: healthy", "1");
    fake.run("3", "10.0.0.3", &[]);
    fake.event("container", "start", "3");
    running.until(&["1=10.0.0.1:80", "3=10.0.0.3:80"]).await;
}

#[tokio::test]
async fn an_outage_keeps_the_last_configuration_and_the_engine_is_found_again() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[]);
    let mut running = Running::start(fake.options("{}"));
    running.until(&["1=10.0.0.1:80"]).await;
    listened(&fake).await;
    fake.vanish();
    fake.run("2", "10.0.0.2", &[]);
    // Nothing is published meanwhile: the next word is that of the engine that is back.
    fake.start();
    assert_eq!(running.next().await, ["1=10.0.0.1:80", "2=10.0.0.2:80"]);
}

#[tokio::test]
async fn an_engine_that_is_absent_at_first_does_not_hold_up_the_gateway() {
    let fake = Fake::absent();
    let mut running = Running::start(fake.options("{}"));
    assert!(running.next().await.is_empty());
    fake.run("1", "10.0.0.1", &[]);
    fake.start();
    running.until(&["1=10.0.0.1:80"]).await;
}

#[tokio::test]
async fn without_watching_it_looks_once() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[]);
    let mut running = Running::start(fake.options("watch: false"));
    running.until(&["1=10.0.0.1:80"]).await;
    let ended = soon("the end", running.supervisor.ended()).await.unwrap();
    assert!(ended.outcome.is_ok() && fake.listeners() == 0, "{ended:?}");
    drop(running.trigger);
}

#[tokio::test]
async fn a_container_with_the_network_of_another_moves_with_it() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[("traefik.enable", "false")]);
    fake.run("2", "", &[]);
    fake.with(|said| {
        let follower = said.containers.get_mut("2").unwrap();
        follower["HostConfig"]["NetworkMode"] = json!("container:1");
        follower["NetworkSettings"] = json!({"Ports": {"80/tcp": null}, "Networks": {}});
    });
    let mut running = Running::start(fake.options("{}"));
    running.until(&["2=10.0.0.1:80"]).await;
    fake.asked();
    fake.run("1", "10.0.0.9", &[("traefik.enable", "false")]);
    fake.event("container", "start", "1");
    running.until(&["2=10.0.0.9:80"]).await;
    assert_eq!(fake.asked(), ["/containers/1/json"]);
}

#[tokio::test]
async fn of_two_that_clash_the_older_serves_whatever_comes_later() {
    let fake = Fake::new();
    let labels = |rule| vec![("traefik.http.routers.r.rule", rule), ("traefik.http.routers.r.service", "x")];
    fake.run("5", "10.0.0.5", &labels("Path(`/old`)"));
    let options = fake.options("{}");
    fake.run("6", "10.0.0.6", &labels("Path(`/new`)"));
    let (config, count) = containers_now(&options).await.unwrap();
    assert_eq!((count, &*config.http.routers["r"].rule.value), (2, "Path(`/old`)"));
    let problem = config.problems.iter().find(|problem| problem.message.contains("differently")).unwrap();
    assert!(problem.message.contains("container 5") && problem.message.contains("container 6"), "{problem}");
}

#[tokio::test]
async fn a_server_goes_before_its_container_where_others_stand_in() {
    let fake = Fake::new();
    let app = [
        ("traefik.http.routers.app.rule", "Host(`app`)"),
        ("traefik.http.services.app.loadbalancer.server.port", "80"),
    ];
    fake.run("1", "10.0.0.1", &app);
    fake.run("2", "10.0.0.2", &app);
    fake.with(|said| said.containers.get_mut("2").unwrap()["Config"]["StopSignal"] = json!("SIGQUIT"));
    let mut running = Running::start(fake.options("{}"));
    running.until(&["app=10.0.0.1:80,10.0.0.2:80"]).await;
    listened(&fake).await;
    fake.asked();
    let signal = |id: &str, signal: &str| {
        fake.event_with(&json!({
            "Type": "container", "Action": "kill", "Actor": {"ID": id, "Attributes": {"signal": signal}},
        }));
    };
    // Neither is the signal that ends it.
    signal("1", "1");
    signal("2", "15");
    signal("1", "15");
    running.until(&["app=10.0.0.2:80"]).await;
    // Nobody stands in for the other one any more, so it serves to its end.
    signal("2", "3");
    fake.with(|said| said.containers.remove("1"));
    fake.event("container", "die", "1");
    fake.run("3", "10.0.0.3", &app);
    fake.event("container", "start", "3");
    running.until(&["app=10.0.0.2:80,10.0.0.3:80"]).await;
    assert_eq!(fake.asked(), ["/containers/3/json"]);
}

#[tokio::test]
async fn a_container_that_outlives_its_signal_serves_again() {
    let fake = Fake::new();
    let app = [
        ("traefik.http.routers.app.rule", "Host(`app`)"),
        ("traefik.http.services.app.loadbalancer.server.port", "80"),
    ];
    fake.run("1", "10.0.0.1", &app);
    fake.run("2", "10.0.0.2", &app);
    fake.with(|said| said.containers.get_mut("1").unwrap()["Config"]["StopTimeout"] = json!(0));
    let mut running = Running::start(fake.options("{}"));
    running.until(&["app=10.0.0.1:80,10.0.0.2:80"]).await;
    listened(&fake).await;
    fake.event_with(&json!({
        "Type": "container", "Action": "kill", "Actor": {"ID": "1", "Attributes": {"signal": "15"}},
    }));
    running.until(&["app=10.0.0.2:80"]).await;
    running.until(&["app=10.0.0.1:80,10.0.0.2:80"]).await;
}

/// Signals to stop container `1` beside others; says what is routed then: routers, and services with servers.
async fn after_a_signal(
    options: &str,
    containers: &[(&str, &[(&str, &str)])],
    health: &str,
) -> (Vec<String>, Vec<String>) {
    let fake = Fake::new();
    for (id, labels) in containers {
        fake.run(id, &format!("10.0.0.{id}"), labels);
    }
    if !health.is_empty() {
        fake.with(|said| {
            said.containers.get_mut("2").unwrap()["State"]["Health"] = json!({"Status": health})
        });
    }
    let options = fake.options(options);
    let mut engine = Engine::reach(&options.engine).await.unwrap();
    let mut known = read_all(&mut engine, &options).await.unwrap();
    known.signalled("1", "15", Instant::now());
    let config = known.merged();
    (config.http.routers.keys().map(ToString::to_string).collect(), servers(&config))
}

#[tokio::test]
async fn what_a_container_alone_declares_stays_until_it_is_gone() {
    let port = ("traefik.http.services.app.loadbalancer.server.port", "80");
    let router = ("traefik.http.routers.app.rule", "Host(`app`)");
    let other = ("traefik.http.routers.other.rule", "Host(`other`)");
    let both = vec!["app=10.0.0.1:80,10.0.0.2:80".to_owned()];
    // A router that only the one has that stops.
    let all = after_a_signal("{}", &[("1", &[port, router]), ("2", &[port, other])], "").await;
    assert_eq!(all, (vec!["app".to_owned(), "other".to_owned()], both.clone()));
    // A router that the other one declares differently.
    let else_where = ("traefik.http.routers.app.rule", "Host(`else`)");
    let all = after_a_signal("{}", &[("1", &[port, router]), ("2", &[port, else_where])], "").await;
    assert_eq!(all.1, both);
    // A middleware that only it has.
    let middleware = ("traefik.http.middlewares.m.compress", "true");
    let all = after_a_signal("{}", &[("1", &[port, router, middleware]), ("2", &[port, router])], "").await;
    assert_eq!(all.1, both);
    // A place that only it closes.
    let closed =
        [port, router, ("traefik.http.routers.b.rule", "Host(`b`)"), ("traefik.http.routers.b.x", "y")];
    let all = after_a_signal("{}", &[("1", &closed), ("2", &[port, router])], "").await;
    assert_eq!(all.1, both);
    // A service whose other servers are none.
    let empty = "allowEmptyServices: true";
    let all = after_a_signal(empty, &[("1", &[port, router]), ("2", &[port, router])], "unhealthy").await;
    assert_eq!(all.1, ["app=10.0.0.1:80"]);
    // All of it is elsewhere, too.
    let all = after_a_signal("{}", &[("1", &[port, router]), ("2", &[port, router])], "").await;
    assert_eq!(all, (vec!["app".to_owned()], vec!["app=10.0.0.2:80".to_owned()]));
}

#[tokio::test]
async fn a_container_that_stops_serves_again_when_its_stand_in_is_gone() {
    let app = [
        ("traefik.http.routers.app.rule", "Host(`app`)"),
        ("traefik.http.services.app.loadbalancer.server.port", "80"),
    ];
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &app);
    fake.run("2", "10.0.0.2", &app);
    let options = fake.options("{}");
    let mut engine = Engine::reach(&options.engine).await.unwrap();
    let mut known = read_all(&mut engine, &options).await.unwrap();
    assert!(known.signalled("1", "15", Instant::now()));
    assert_eq!(servers(&known.merged()), ["app=10.0.0.2:80"]);
    known.forget("2");
    assert_eq!(servers(&known.merged()), ["app=10.0.0.1:80"]);
}

#[tokio::test]
async fn a_container_of_which_the_engine_says_nothing_costs_itself_only_and_is_told() {
    let fake = Fake::new();
    fake.run("1", "10.0.0.1", &[]);
    fake.run("2", "10.0.0.2", &[]);
    fake.with(|said| said.silent.insert("2".to_owned()));
    let mut running = Running::start(fake.options("httpClientTimeout: 60ms"));
    running.until(&["1=10.0.0.1:80"]).await;
    let states = running.states.clone();
    let state = move || states.all().remove(DOCKER).unwrap();
    let failing = |state: &State| matches!(state, State::Failing { error, .. } if error.contains("does not say in time what container 2 is"));
    soon("trouble", async {
        while !failing(&state()) {
            tokio::time::sleep(Duration::from_millis(1)).await
        }
    })
    .await;
    // Others come and go meanwhile.
    listened(&fake).await;
    fake.run("3", "10.0.0.3", &[]);
    fake.event("container", "start", "3");
    running.until(&["1=10.0.0.1:80", "3=10.0.0.3:80"]).await;
    assert!(failing(&state()), "{:?}", state());
    // It is asked again, and then all is well.
    fake.with(|said| said.silent.clear());
    running.until(&["1=10.0.0.1:80", "2=10.0.0.2:80", "3=10.0.0.3:80"]).await;
    assert_eq!(state(), State::Reached);
    // What is known of one stays while nothing is said of it.
    fake.with(|said| said.silent.insert("1".to_owned()));
    fake.event("container", "health_status: healthy", "1");
    fake.run("4", "10.0.0.4", &[]);
    fake.event("container", "start", "4");
    running.until(&["1=10.0.0.1:80", "2=10.0.0.2:80", "3=10.0.0.3:80", "4=10.0.0.4:80"]).await;
}

#[tokio::test]
async fn an_engine_that_says_nothing_of_its_containers_fails_as_a_whole() {
    let fake = Fake::new();
    for id in 10..30 {
        fake.run(&id.to_string(), "10.0.0.1", &[]);
        fake.with(|said| said.silent.insert(id.to_string()));
    }
    let error = containers_now(&fake.options("httpClientTimeout: 5ms")).await.unwrap_err();
    assert!(matches!(error, EngineError::Stuck(_)), "{error}");
}
