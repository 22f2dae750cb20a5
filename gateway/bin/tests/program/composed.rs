//! What belongs to a Compose file besides the labels in it: files it includes, configs, files of labels; and shapes that
//! Compose refuses.

use windrose_kit::temp::TempDir;

use crate::run;

/// The exit code, and what is said of `compose.yaml` among these files.
fn said(files: &[(&str, &str)]) -> (i32, String) {
    let folder = TempDir::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    let (code, printed, complaint) = run(&folder, "check compose.yaml");
    assert_eq!(complaint, "");
    (code, printed)
}

fn one(text: &str) -> (i32, String) {
    said(&[("compose.yaml", text)])
}

#[test]
fn files_that_are_included_are_read_at_their_own_places() {
    let app = |rule: &str| {
        format!("services:\n  app:\n    image: app\n    labels: ['traefik.http.routers.a.rule={rule}']\n")
    };
    for include in [
        "include: [web/compose.yaml]\n",
        "include:\n  - path: ./web/compose.yaml\n",
        "include:\n  - path: [web/base.yaml, web/compose.yaml]\n    project_directory: web\n",
    ] {
        let base = "services: {app: {image: base}}\n";
        let (code, printed) = said(&[
            ("compose.yaml", include),
            ("web/base.yaml", base),
            ("web/compose.yaml", &app("Hst(`a`)")),
        ]);
        assert!(code == 1 && printed.contains("web/compose.yaml:4:43: error: "), "{include}{printed}");
        assert!(printed.contains("checked 1 service of a Compose file"), "{printed}");
    }
    // Variables of the folder, and of the file that is named.
    for (include, env) in [
        ("include: [web/compose.yaml]\n", "web/.env"),
        ("include: [{path: web/compose.yaml, env_file: web/other.env}]\n", "web/other.env"),
    ] {
        let (code, printed) =
            said(&[("compose.yaml", include), ("web/compose.yaml", &app("$RULE")), (env, "RULE=Hst(`a`)\n")]);
        assert!(code == 1 && printed.contains("Hst"), "{include}{printed}");
    }
}

#[test]
fn includes_that_lead_nowhere_or_round_are_told() {
    let (code, printed) = one("include: [gone.yaml]\nservices: {a: {image: a}}\n");
    assert!(
        code == 1 && printed.contains("compose.yaml:1:11: error: gone.yaml cannot be included: "),
        "{printed}"
    );
    let (code, printed) =
        said(&[("compose.yaml", "include: [b.yaml]\n"), ("b.yaml", "include: [{path: compose.yaml}]\n")]);
    assert!(
        code == 1 && printed.contains("b.yaml:1:11: error: compose.yaml is included by itself"),
        "{printed}"
    );
    let (code, printed) = one("include: [{path: a.yaml, env_file: gone.env}]\n");
    assert!(code == 1 && printed.contains("a.yaml cannot be included"), "{printed}");
    let (code, printed) = one("include: ['https://example.org/compose.git']\nservices: {a: {image: a}}\n");
    assert!(code == 0 && printed.contains("is not on this machine"), "{printed}");
    let (code, printed) = one("include: a.yaml\nservices: {a: {image: a}}\n");
    assert!(code == 1 && printed.contains("include takes a list of files, and here is text"), "{printed}");
    // Two who include the same file do not have it twice.
    let (code, printed) = said(&[
        ("compose.yaml", "include: [b.yaml, c.yaml]\n"),
        ("b.yaml", "include: [d.yaml]\n"),
        ("c.yaml", "include: [d.yaml]\n"),
        ("d.yaml", "services: {a: {image: a}}\n"),
    ]);
    assert!(code == 0 && printed.contains("checked 1 service of"), "{printed}");
}

#[test]
fn shapes_of_labels_that_compose_refuses_are_told() {
    let (code, printed) = one("services:\n  a:\n    labels:\n      - traefik.enable: true\n");
    assert!(
        code == 1 && printed.contains("compose.yaml:4:9: error: an item of labels is a table here"),
        "{printed}"
    );
    assert!(printed.contains("= expected `traefik.enable=…`, with `=` in place of the colon"), "{printed}");
    let (code, printed) = one("services:\n  a:\n    labels: traefik.enable=true\n");
    assert!(code == 1 && printed.contains("compose.yaml:3:13: error: labels is text here"), "{printed}");
    let (code, printed) = one("services:\n  a: {image: a, deploy: {labels: [{traefik.enable: true}]}}\n");
    assert!(code == 1 && printed.contains("an item of labels is a table here"), "{printed}");
}

#[test]
fn a_key_that_is_nearly_one_of_compose_is_told() {
    for (written, meant) in
        [("label", "labels"), ("enviroment", "environment"), ("comand", "command"), ("imgae", "image")]
    {
        let (code, printed) = one(&format!("services:\n  a:\n    {written}: [x=y]\n"));
        assert!(
            code == 0 && printed.contains("compose.yaml:3:5: warning: Compose knows no key"),
            "{printed}"
        );
        assert!(printed.contains(&format!("did you mean `{meant}`?")), "{printed}");
    }
    let (_, printed) = one("services:\n  a: {image: a, x-label: 1, init: true, scale: 2, links: [b]}\n");
    assert!(printed.ends_with("no problems\n"), "{printed}");
}

#[test]
fn labels_of_a_file_are_read_there_and_those_that_are_written_win() {
    let compose = "services:\n  a:\n    image: a\n    label_file: [./a.labels, ./b.labels]\n    labels: [traefik.http.routers.w.rule=Host(`w`)]\n";
    let (code, printed) = said(&[
        ("compose.yaml", compose),
        (
            "a.labels",
            "# a comment\ntraefik.http.routers.w.rule=Hst(`w`)\ntraefik.http.routers.a.rule=Hst(`first`)\n",
        ),
        (
            "b.labels",
            "traefik.http.routers.a.rule=\"Hst(`a`)\"\ntraefik.http.middlewares.m.basicauth.userz=me:secret\n",
        ),
    ]);
    assert!(
        code == 1 && printed.contains("b.labels:1:30: error: ") && !printed.contains("a.labels:"),
        "{printed}"
    );
    assert!(printed.contains("b.labels:2:38: error: ") && !printed.contains("secret"), "{printed}");
    let (code, printed) = one("services: {a: {image: a, label_file: gone}}\n");
    assert!(code == 1 && printed.contains("gone cannot be read for labels"), "{printed}");
}

#[test]
fn configs_are_files_of_the_gateway() {
    let compose = "
services:
  lb:
    image: traefik:v3
    configs:
      - {source: install, target: /etc/traefik/traefik.yml}
      - {source: routes, target: /etc/traefik/routes.yml}
configs:
  install:
    content: |
      entryPoints: {web: {address: ':80'}}
      providers: {file: {filename: /etc/traefik/routes.yml}}
      pong: {}
  routes: {file: ./routes.yml}
";
    let routes = "http: {routers: {r: {rule: Hst(`a`), service: noop@internal}}}\n";
    let (code, printed) = said(&[("compose.yaml", compose), ("routes.yml", routes)]);
    assert!(code == 1 && printed.contains("compose.yaml, config install:3:1: error: "), "{printed}");
    assert!(printed.contains("\nroutes.yml:1:28: error: "), "{printed}");
    let inside = compose.replace("{file: ./routes.yml}", &format!("\n    content: |\n      {routes}"));
    let folder = inside.replace("filename: /etc/traefik/routes.yml", "directory: /etc/traefik");
    for text in [inside, folder] {
        let (code, printed) = one(&text);
        assert!(code == 1 && printed.contains("config routes:1:28: error: "), "{printed}");
    }
}

#[test]
fn labels_of_a_service_of_a_swarm_are_told_where_no_provider_reads_them() {
    let text = |provider: &str| {
        format!(
            "services:\n  lb:\n    image: traefik\n    command: [{provider}]\n  a:\n    image: a\n    deploy: {{labels: [traefik.http.routers.a.rule=Host(`a`), traefik.http.services.a.loadbalancer.server.port=80]}}\n"
        )
    };
    let (code, printed) = one(&text("--providers.docker"));
    assert!(code == 0 && printed.contains("compose.yaml:7:23: warning: labels below deploy"), "{printed}");
    let (code, printed) = one(&text("--providers.swarm"));
    assert!(code == 0 && !printed.contains("below deploy"), "{printed}");
}

#[test]
fn a_mistake_in_the_options_of_the_gateway_hides_no_label() {
    for flag in ["--providers.docker.exposedbydefault=flase", "--providers.docker.swarmMode=true", "nonsense"]
    {
        let (code, printed) = one(&format!(
            "services:\n  lb:\n    image: traefik\n    command: [--providers.docker, --entryPoints.web.address=:80, {flag}]\n  a:\n    image: a\n    labels: [traefik.http.routers.a.rule=Hst(`a`)]\n"
        ));
        assert!(code == 1 && printed.contains("compose.yaml:4:"), "{flag}: {printed}");
        assert!(printed.contains("compose.yaml:7:42: error: "), "{flag}: {printed}");
    }
}

#[test]
fn a_mistake_in_one_label_of_a_container_hides_no_other() {
    for label in ["traefik.enable=yes", "traefik.docker.lbswarm=perhaps"] {
        let (code, printed) = one(&format!(
            "services:\n  a:\n    image: a\n    labels:\n      - {label}\n      - traefik.http.routers.a.rule=Hst(`a`)\n      - traefik.http.routers.a.entrypoint=web\n"
        ));
        for place in ["compose.yaml:5:", "compose.yaml:7:32: error: unknown field `entrypoint`"] {
            assert!(code == 1 && printed.contains(place), "{label}: {printed}");
        }
    }
}

#[test]
fn variables_and_flags_of_the_gateway_that_do_not_count_are_told() {
    let (code, printed) = one(
        "services:\n  lb:\n    image: traefik\n    command: [--providers.docker]\n    environment:\n      TRAEFIK_API_INSECURE: 'true'\n",
    );
    let expected = "compose.yaml:6:30: warning: 1 environment variable (TRAEFIK_API_INSECURE) is not used, because flags are given";
    assert!(code == 0 && printed.contains(expected), "{printed}");
    let (code, printed) = said(&[
        (
            "compose.yaml",
            "services:\n  lb:\n    image: traefik\n    command: [--api]\n    volumes: [./traefik.yml:/etc/traefik/traefik.yml]\n",
        ),
        ("traefik.yml", "ping: {}\n"),
    ]);
    let expected =
        "compose.yaml:4:15: warning: 1 flag (--api) is not used, because /etc/traefik/traefik.yml exists";
    assert!(code == 0 && printed.contains(expected), "{printed}");
}

#[test]
fn a_value_of_several_lines_is_told_where_its_words_stand() {
    let label = |value: &str| {
        format!("services:\n  a:\n    image: a\n    labels:\n      traefik.http.routers.m.rule: {value}\n")
    };
    for (value, place) in [
        (">-\n        Host(`m`)\n        && Pth(`/a`)", "7:12"),
        ("|-\n        Host(`m`)\n        && Pth(`/a`)", "7:12"),
        ("\"Host(`m`)\n        && Pth(`/a`)\"", "6:12"),
        ("'Host(`m`)\n        && Pth(`/a`)'", "6:12"),
        ("Host(`m`)\n        && Pth(`/a`)", "6:12"),
    ] {
        let (code, printed) = one(&label(value));
        assert!(
            code == 1 && printed.contains(&format!("compose.yaml:{place}: error: rule: unknown")),
            "{printed}"
        );
    }
    let list = "services:\n  a:\n    image: a\n    labels:\n      - \"traefik.http.routers.m.rule=Host(`m`) \\\n         && Pth(`/a`)\"\n";
    let (code, printed) = one(list);
    assert!(code == 1 && printed.contains("compose.yaml:6:13: error: rule: unknown"), "{printed}");
}

#[test]
fn what_is_wrong_with_the_name_of_a_label_is_told_at_the_name() {
    let (_, printed) = one("services: {a: {image: a, labels: {traefik.htp.routers.a.rule: 'Host(`a`)'}}}\n");
    assert!(printed.contains("compose.yaml:1:43: error: labels know no section `htp`"), "{printed}");
    assert!(printed.contains("\n      |                                           ^^^\n"), "{printed}");
    assert!(printed.contains("rule: 'Host(`a`)'"), "{printed}");
    let (_, printed) = one(
        "services:\n  a:\n    image: a\n    labels:\n      - traefik.enable=true\n      - traefik.port=80\n",
    );
    assert!(printed.contains("compose.yaml:6:9: warning: label `traefik.port`"), "{printed}");
    let (_, printed) = one(
        "services:\n  a:\n    image: a\n    labels: [traefik.http.middlewares.m.redirectregex.regex=a, traefik.http.middlewares.m.redirectregx.replacement=b]\n",
    );
    assert!(
        printed.contains("error: middleware has two types, redirectregex and redirectregx, keep one of them"),
        "{printed}"
    );
    assert!(printed.contains("did you mean `redirectregex`?"), "{printed}");
    let (_, printed) =
        one("services:\n  a:\n    image: a\n    labels: ['traefik.http.routers.a.rule=Host(`a`,`b`)']\n");
    assert!(printed.contains("compose.yaml:4:43: error: rule: "), "{printed}");
    let (_, printed) = one("services:\n  a:\n    image: a\n\tlabels: x\n");
    assert!(printed.contains("compose.yaml:4:1: error: "), "{printed}");
    let (_, printed) = said(&[
        ("compose.yaml", "services: {lb: {image: traefik, volumes: ['./x.yml:/etc/traefik/traefik.yml']}}\n"),
        ("x.yml", "pong: {}\nping: {}\n"),
    ]);
    assert!(printed.contains("\nx.yml:1:1: ") || printed.starts_with("x.yml:1:1: "), "{printed}");
}

#[test]
fn the_advice_is_one_that_helps() {
    let rule = "labels: [traefik.http.routers.a.rule=Host(`a`)]";
    let (_, printed) = one(&format!("services:\n  a:\n    image: a\n    network_mode: none\n    {rule}\n"));
    assert!(printed.contains("no address in any network, so nobody reaches it"), "{printed}");
    assert!(!printed.contains("server.port"), "{printed}");
    let (code, printed) =
        one("services:\n  a:\n    image: a\n    labels: ['traefik.http.routers.a.rule=${RULE:?needed}']\n");
    assert!(
        code == 0 && printed.contains("the variable RULE is not set, and Compose refuses to start"),
        "{printed}"
    );
    let (_, printed) = one(
        "name: shop\nservices: {a: {image: a, labels: ['traefik.http.routers.${COMPOSE_PROJECT_NAME}.rule=Host(`a`)']}}\n",
    );
    assert!(printed.ends_with("no problems\n"), "{printed}");
    let (_, printed) = one(&format!(
        "services:\n  a:\n    image: a\n    {}, traefik.http.services.a.loadbalancer.server.port=ssh]\n",
        rule.trim_end_matches(']')
    ));
    assert!(printed.contains("server.port of service `a` cannot be `ssh`, write a number"), "{printed}");
    assert!(!printed.contains("192.0.2.1"), "{printed}");
    let (_, printed) =
        one("services:\n  a:\n    image: a\n    labels: ['traefik.http.routers.a.rule=\"Host(`a`)\"']\n");
    assert!(printed.contains("the quotes around the rule are part of the value, remove them"), "{printed}");
}

#[test]
fn what_is_no_secret_is_shown_beside_a_problem() {
    let (_, printed) = one(
        "services:\n  lb:\n    image: traefik\n    command:\n      - --providers.docker.exposedbydefault=flase\n      - --providers.docker.exposedbydefalt=false\n      - --entrypoints.web.forwardedheaders.trustedips=10.0.0.0/8,none\n",
    );
    for shown in ["exposedbydefault=flase", "exposedbydefalt=false", "trustedips=10.0.0.0/8,none"] {
        assert!(printed.contains(" | ") && printed.contains(shown), "{shown}: {printed}");
    }
    let (_, printed) = one(
        "services: {a: {image: a, labels: {traefik.http.routers.a.rule: Host(`a`), traefik.http.routers.a.middlewares: 'nc-dav, nobody', traefik.http.middlewares.nc-dav.basicauth.users: 'me:secret'}}}\n",
    );
    assert!(printed.contains("middlewares: 'nc-dav, nobody'") && !printed.contains("secret"), "{printed}");
}
