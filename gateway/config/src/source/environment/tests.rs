use super::*;
use crate::static_config::StaticConfig;

fn read(variables: &[(&str, &str)]) -> Option<Environment> {
    parse(variables.iter().copied(), &StaticConfig::shape())
}

fn json(variables: &[(&str, &str)]) -> serde_json::Value {
    serde_json::to_value(read(variables).unwrap().tree).unwrap()
}

#[test]
fn variables_make_a_tree() {
    let variables = [
        ("PATH", "/bin"),
        ("TRAEFIK_ENTRYPOINTS_Web_ADDRESS", ":80"),
        ("WINDROSE_API", "true"),
        ("TRAEFIK_LOG_LEVEL", "DEBUG"),
        ("WINDROSE_LOG_LEVEL", "INFO"),
        ("TRAEFIK_SOMETHING", "x"),
        ("TRAEFIK_api", "true"),
    ];
    let expected = serde_json::json!({
        "api": "true", "entrypoints": {"web": {"address": ":80"}}, "log": {"level": "INFO"},
    });
    assert_eq!(json(&variables), expected);
}

#[test]
fn without_a_known_section_there_is_nothing() {
    assert!(
        read(&[("PATH", "/bin"), ("TRAEFIK_", "x"), ("TRAEFIK_SOMETHING_A", "x"), ("windrose_API", "1")])
            .is_none()
    );
}

#[test]
fn services_of_a_cluster_are_no_options() {
    let of_services = [
        ("TRAEFIK_METRICS_SERVICE_HOST", "10.0.0.1"),
        ("TRAEFIK_METRICS_SERVICE_PORT", "8082"),
        ("TRAEFIK_METRICS_SERVICE_PORT_METRICS", "8082"),
        ("TRAEFIK_METRICS_PORT", "tcp://10.0.0.1:8082"),
        ("TRAEFIK_METRICS_PORT_8082_TCP", "tcp://10.0.0.1:8082"),
        ("TRAEFIK_METRICS_PORT_8082_TCP_ADDR", "10.0.0.1"),
    ];
    assert!(read(&of_services).is_none());
    let mut variables = of_services.to_vec();
    variables.push(("TRAEFIK_METRICS_PROMETHEUS_ENTRYPOINT", "web"));
    assert_eq!(json(&variables), serde_json::json!({"metrics": {"prometheus": {"entrypoint": "web"}}}));
    // Without such a Service they are a mistake as any other.
    assert!(read(&[("TRAEFIK_METRICS_SERVICE_HOST", "10.0.0.1")]).is_some());
}

#[test]
fn positions_are_levels_and_sort_as_text() {
    let name = "TRAEFIK_ENTRYPOINTS_W_HTTP_TLS_DOMAINS";
    let (ten, two) = (format!("{name}_10_MAIN"), format!("{name}_2_MAIN"));
    let environment = read(&[(&two, "b"), (&ten, "a"), ("TRAEFIK_ENTRYPOINTS_W_ADDRESS", ":1")]).unwrap();
    let config = StaticConfig::load(environment.tree, &environment.source, &[]).unwrap().config;
    let domains = &config.entry_points["w"].http.tls.as_ref().unwrap().domains;
    assert_eq!(domains.iter().map(|domain| &*domain.main).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_problem_names_the_variable() {
    let environment = read(&[("TRAEFIK_PING_MANUALROUTING", "perhaps")]).unwrap();
    let problem =
        StaticConfig::load(environment.tree, &environment.source, &[]).expect_err("no boolean").remove(0);
    assert_eq!(problem.to_string(), "TRAEFIK_PING_MANUALROUTING: error: cannot use `perhaps`");
}
