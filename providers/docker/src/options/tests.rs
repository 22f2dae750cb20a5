use windrose_config::source::yaml;

use super::*;

fn read(text: &str) -> Result<Options, Vec<String>> {
    let source = Source::file("t.yaml");
    let tree = yaml::parse(text, &source).unwrap();
    Options::decode(&tree, &source).map_err(texts)
}

fn swarm(text: &str) -> Result<SwarmOptions, Vec<String>> {
    let source = Source::file("t.yaml");
    let tree = yaml::parse(text, &source).unwrap();
    SwarmOptions::decode(&tree, &source).map_err(texts)
}

fn texts(problems: Vec<Problem>) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn defaults_are_those_of_traefik() {
    let Options { engine, choice, watch } = read("{}").unwrap();
    assert_eq!(engine.endpoint, Endpoint::Unix("/var/run/docker.sock".into()));
    assert!(engine.tls.is_none() && engine.login.is_none() && engine.timeout.is_zero() && watch);
    assert!(choice.exposed_by_default && !choice.allow_empty_services && !choice.use_bind_port_ip);
    assert_eq!((&*choice.network, &*choice.default_rule), ("", "Host(`{{ normalize .Name }}`)"));
    assert_eq!(swarm("{}").unwrap().refresh, Some(GoDuration::from_secs(15)));
    assert_eq!(swarm("{watch: false, refreshSeconds: 3}").unwrap().refresh, None);
    assert_eq!(swarm("{refreshSeconds: 3}").unwrap().refresh, Some(GoDuration::from_secs(3)));
}

#[test]
fn every_option_is_read() {
    let text = "
endpoint: tcp://engine.example.org:2376
tls: {ca: /ca.pem, cert: /c.pem, key: /k.pem, insecureSkipVerify: true}
username: me
password: secret
httpClientTimeout: 5s
watch: false
network: front
constraints: Label(`a`,`b`)
defaultRule: Host(`{{ .Name }}.example.org`)
exposedByDefault: false
useBindPortIP: true
allowEmptyServices: true
";
    let Options { engine, choice, watch } = read(text).unwrap();
    let expected =
        Endpoint::Tcp { host: "engine.example.org".into(), port: 2376, base: "".into(), is_tls: true };
    assert_eq!((engine.endpoint, engine.timeout, watch), (expected, GoDuration::from_secs(5), false));
    assert_eq!(engine.login.unwrap().1.expose(), "secret");
    assert!(engine.tls.unwrap().insecure_skip_verify);
    assert!(!choice.exposed_by_default && choice.allow_empty_services && choice.use_bind_port_ip);
    assert_eq!(&*choice.network, "front");
    assert!(!choice.constraints.match_labels(&Default::default()));
}

#[test]
fn what_cannot_be_used_is_told_with_its_place() {
    let cases = [
        ("constraints: Label(`a`)", "t.yaml:1:14: error: constraints cannot be used: Label takes 2"),
        (
            "defaultRule: '{{ nope }}'",
            "t.yaml:1:15: error: defaultRule cannot be used: the template does not parse",
        ),
        (
            "endpoint: npipe:////./pipe/docker",
            "t.yaml:1:11: error: endpoint cannot be used: npipe:// is a pipe",
        ),
        ("exposedByDefaults: true", "t.yaml:1:1: error: unknown field `exposedByDefaults`"),
        ("tls: {cert: a}", "t.yaml:1:1: error: tls.cert and tls.key belong together"),
        ("httpClientTimeout: -1s", "t.yaml:1:1: error: httpClientTimeout is below zero"),
        ("refreshSeconds: 3", "t.yaml:1:17: error: refreshSeconds is an option of providers.swarm"),
    ];
    for (text, expected) in cases {
        let problems = read(text).unwrap_err();
        assert!(problems.len() == 1 && problems[0].starts_with(expected), "{text}: {problems:?}");
    }
    let problems = swarm("{refreshSeconds: 0}").unwrap_err();
    assert!(problems[0].contains("refreshSeconds is the time between two looks"), "{problems:?}");
}

#[test]
fn an_endpoint_is_read_as_docker_reads_it() {
    let tcp = |host: &str, port, base: &str, is_tls| Endpoint::Tcp {
        host: host.into(),
        port,
        base: base.into(),
        is_tls,
    };
    let ssh = |user: &str, host: &str, port, socket: Option<&str>| Endpoint::Ssh {
        user: user.into(),
        host: host.into(),
        port,
        socket: socket.map(Into::into),
    };
    let good = [
        ("unix:///run/docker.sock", false, Endpoint::Unix("/run/docker.sock".into())),
        ("tcp://h:2375", false, tcp("h", 2375, "", false)),
        ("tcp://h:2376", true, tcp("h", 2376, "", true)),
        ("tcp://[::1]:2375/base/", false, tcp("::1", 2375, "/base", false)),
        ("http://h", false, tcp("h", 80, "", false)),
        ("https://h", false, tcp("h", 443, "", true)),
        ("ssh://me@h:22", false, ssh("me", "h", Some(22), None)),
        ("ssh://h", false, ssh("", "h", None, None)),
        ("ssh://h/run/d.sock", false, ssh("", "h", None, Some("/run/d.sock"))),
    ];
    for (text, has_tls, expected) in good {
        assert_eq!(Endpoint::parse(text, has_tls), Ok(expected), "{text}");
    }
    for text in [
        "",
        "/var/run/docker.sock",
        "unix://",
        "tcp://",
        "tcp://h:x",
        "tcp://h:0",
        "fd://",
        "tcp://a:b@h:1",
        "ssh://a:b@h",
        "ssh://-oProxyCommand=x",
        "tcp://[::1",
    ] {
        assert!(Endpoint::parse(text, false).is_err(), "{text}");
    }
}
