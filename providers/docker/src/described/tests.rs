use windrose_config::Source;
use windrose_config::source::yaml::parse;

use super::*;
use crate::options::Options;

fn choice(text: &str) -> Choice {
    let source = Source::other("a test");
    Options::decode(&parse(text, &source).unwrap(), &source).unwrap().choice
}

fn described(name: &str, labels: &[(&str, &str)]) -> Described {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Described { name: name.to_owned(), labels: labels.collect(), ..Described::default() }
}

#[test]
fn what_would_run_declares_what_it_would_declare() {
    let web = described("web", &[("traefik.http.routers.app.rule", "Host(`app`)")]);
    let off = described("off", &[("traefik.enable", "false"), ("traefik.http.routers.b.rule", "Host(`b`)")]);
    let config = containers(&[web, off], &choice("{}"));
    assert_eq!(config.http.routers.keys().map(|name| &**name).collect::<Vec<_>>(), ["app"]);
    assert_eq!(config.problems, []);
    let services_of = |labels: &[(&str, &str)]| {
        let config = services(&[described("web", labels)], &choice("{}"));
        (config.http.routers.len(), config.problems.len())
    };
    let port = ("traefik.http.services.app.loadbalancer.server.port", "80");
    assert_eq!(services_of(&[("traefik.http.routers.app.rule", "Host(`app`)"), port]), (1, 0));
    // A swarm knows no port that nobody writes.
    let (_, problems) = services_of(&[("traefik.http.routers.app.rule", "Host(`app`)")]);
    assert_eq!(problems, 1);
}

#[test]
fn a_network_that_is_not_the_containers_is_told() {
    let labels = [("traefik.docker.network", "proxy"), ("traefik.http.routers.app.rule", "Host(`app`)")];
    let mut web = described("web", &labels);
    web.networks = vec!["shop_proxy".to_owned()];
    let config = containers(&[web.clone()], &choice("{}"));
    assert!(config.problems[0].message.contains("is in no network `proxy`"), "{:?}", config.problems);
    web.networks = vec!["proxy".to_owned(), "back".to_owned()];
    assert_eq!(containers(&[web], &choice("{}")).problems, []);
}
