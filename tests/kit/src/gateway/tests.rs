use super::*;
use crate::peer::h1::{Client, Server};
use crate::task::Task;

const STATIC: &str =
    "entryPoints:\n  web: {address: '127.0.0.1:0'}\n  traefik: {address: '127.0.0.1:0'}\nping: {}";

fn to(url: &str) -> String {
    format!(
        "http:\n  routers: {{all: {{rule: 'Host(`a.test`)', service: app, entryPoints: [web]}}}}\n  \
         services: {{app: {{loadBalancer: {{servers: [{{url: '{url}'}}]}}}}}}"
    )
}

#[tokio::test]
async fn what_is_published_is_in_force() {
    let (one, two) = (Server::fixed("one").await, Server::fixed("two").await);
    let gateway = Gateway::with(Settings { static_config: STATIC, workers: 3, ..Settings::default() });
    let mut client = Client::connect(gateway.address("web")).await;
    assert_eq!(client.get("a.test", "/").await.status(), 404);
    let first = gateway.publish("test", &to(&one.url())).await;
    assert_eq!(client.get("a.test", "/").await.text(), "one");
    let second = gateway.publish("test", &to(&two.url())).await;
    assert_eq!(client.get("a.test", "/").await.text(), "two");
    assert_eq!((second, gateway.publish("test", &to(&two.url())).await), (first + 1, second));
    assert_eq!(gateway.published().generation, gateway.current().generation());
    assert!(gateway.stop().await);
}

#[tokio::test]
async fn every_entry_point_has_a_port_of_its_own() {
    let gateway = Gateway::start(STATIC);
    assert_ne!(gateway.address("web"), gateway.address("traefik"));
    let mut client = Client::connect(gateway.address("traefik")).await;
    assert_eq!(client.get("a.test", "/ping").await.text(), "OK");
}

#[tokio::test]
async fn mistakes_are_named() {
    let gateway = Arc::new(Gateway::start(STATIC));
    let flawed = "http: {routers: {lost: {rule: 'Host(`a.test`)', service: nowhere}}}";
    let (_, problems) = gateway.publish_flawed("test", flawed).await;
    assert!(listed(&problems).contains("nowhere"), "{}", listed(&problems));
    let publishing = Arc::clone(&gateway);
    let message = Task::spawn(async move { publishing.publish("test", flawed).await }).panic_message().await;
    assert!(message.contains("nowhere"), "{message}");
    let message = Task::spawn(async { Gateway::start("entryPoints: {web: {adress: ':0'}}") }).panic_message();
    assert!(message.await.contains("adress"));
    let taken = format!("entryPoints: {{web: {{address: '{}'}}}}", gateway.address("web"));
    let message = Task::spawn(async move { Gateway::start(&taken) }).panic_message().await;
    assert!(message.contains("in use"), "{message}");
}
