//! Small mistakes on the command line and in lists, each with what to write in its place.

use std::net::TcpListener;

use windrose_kit::temp::TempDir;

use crate::run;

/// The exit code, and what is said on either output.
fn outcome(folder: &TempDir, line: &str) -> (i32, String) {
    let (code, printed, complaint) = run(folder, line);
    (code, printed + &complaint)
}

#[test]
fn a_port_in_use_suggests_another_where_no_configuration_names_it() {
    let folder = TempDir::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for line in ["run --demo", "run --to 1"] {
        let (code, said) = outcome(&folder, &format!("{line} --listen {address}"));
        assert!(code == 1 && said.contains("the port is in use by another program"), "{said}");
        assert!(
            said.ends_with("\n      = name another one with --listen, for example --listen 127.0.0.1:8081\n"),
            "{said}"
        );
    }
    let (code, said) = outcome(&folder, &format!("--entryPoints.web.address={address}"));
    assert!(code == 1 && said.contains("the port is in use") && !said.contains("--listen"), "{said}");
}

#[test]
fn options_are_sent_where_they_belong() {
    let folder = TempDir::new();
    for flag in ["--config=x.yml", "--config x.yml", "--conf=x.yml", "--configFil=x.yml"] {
        for line in [flag.to_owned(), format!("check {flag}")] {
            let (code, said) = outcome(&folder, &line);
            assert!(code == 1 && said.contains("\n      = did you mean `--configFile`?\n"), "{line}: {said}");
        }
    }
    let (code, said) = outcome(&folder, "check --to http://127.0.0.1:1");
    assert!(code == 2 && said.starts_with("error: --to belongs to `windrose run`"), "{said}");
    let (_, said) = outcome(&folder, "--providerz.file.filename=x");
    assert!(said.contains("did you mean `providers`?"), "{said}");
    // No option of the file itself.
    folder.write("a.yml", "config: x\nping: {}\n");
    let (code, said) = outcome(&folder, "check --configFile=a.yml");
    assert!(code == 0 && !said.contains("--configFile"), "{said}");
}

#[test]
fn a_table_in_place_of_a_list_of_servers_is_shown_how_to_be_one() {
    let folder = TempDir::new();
    let toml = "a list, so write two brackets: [[http.services.x.loadBalancer.servers]]";
    for (name, text, expected) in [
        ("a.toml", "[http.services.x.loadBalancer.servers]\nurl = 'http://127.0.0.1:1'\n", toml),
        ("b.toml", "[http.services.x.loadBalancer]\nservers = {url = 'http://127.0.0.1:1'}\n", toml),
        (
            "c.yml",
            "http: {services: {x: {loadBalancer: {servers: {url: 'http://127.0.0.1:1'}}}}}\n",
            "a list, so write a dash: `- url: …`",
        ),
        // No list of tables.
        (
            "d.yml",
            "http: {routers: {r: {rule: 'Path(`/`)', service: noop@internal, middlewares: {a: b}}}}\n",
            "a list",
        ),
    ] {
        folder.write(name, text);
        let (code, said) = outcome(&folder, &format!("check {name}"));
        assert!(code == 1 && said.contains(&format!("\n      = expected {expected}\n")), "{name}: {said}");
    }
}

#[test]
fn rules_of_version_2_are_told_as_such_with_what_to_write() {
    let folder = TempDir::new();
    for (rule, severity, place, expected) in [
        (
            "HostRegexp(`{s:[a-z]+}.a`)",
            "warning",
            "22: ",
            r"HostRegexp(`(?i)^(?:[a-z]+)\.a$`); or ruleSyntax: v2",
        ),
        ("PathPrefix(`/x/{id}`)", "warning", "25: ", "PathRegexp(`^/x/(?:[^/]+)`); or ruleSyntax: v2"),
        ("Host(`a`,`b`)", "error", "", "Host(`a`) || Host(`b`); or ruleSyntax: v2"),
        ("Headers(`X-A`, `y`)", "error", "", "Header(`x-a`, `y`); or ruleSyntax: v2"),
    ] {
        let routes = format!("http:\n routers:\n  r:\n   service: noop@internal\n   rule:\n{rule}\n")
            .replace("rule:\n", "rule: ");
        folder.write("routes.yml", routes);
        let (code, said) = outcome(&folder, "check routes.yml");
        assert!(said.contains(&format!(": {severity}: rule: ")) && said.contains(expected), "{rule}: {said}");
        assert!(
            code == i32::from(severity == "error") && said.contains("core.defaultRuleSyntax: v2"),
            "{said}"
        );
        assert!(said.contains(&format!("routes.yml:5:{place}")), "{said}");
        let (_, said) = outcome(&folder, "migrate traefik routes.yml");
        assert!(said.contains(expected), "{rule}: {said}");
        let older =
            format!("http: {{routers: {{r: {{rule: '{rule}', ruleSyntax: v2, service: noop@internal}}}}}}\n");
        folder.write("routes.yml", older);
        let (code, said) = outcome(&folder, "check routes.yml");
        assert!(code == 0 && !said.contains("version 3;"), "{rule}: {said}");
    }
    let rule = r"HostRegexp(`[a-z]{2,3}\.a`) && PathRegexp(`/{1}`)";
    folder.write(
        "routes.yml",
        format!("http: {{routers: {{r: {{rule: '{rule}', service: noop@internal}}}}}}\n"),
    );
    assert_eq!(outcome(&folder, "check routes.yml"), (0, "checked 1 routing file: no problems\n".to_owned()));
}

#[test]
fn words_that_are_nearly_known_are_named() {
    let folder = TempDir::new();
    for (line, expected) in [
        ("chek", "did you mean `check`?"),
        ("completion bash", "did you mean `completions`?"),
        ("check --fromat json", "unknown flag --fromat, did you mean --format?"),
        ("check --fromat=json x.yml", "unknown flag --fromat, did you mean --format?"),
        ("tail --flter x", "unknown flag --flter, did you mean --filter?"),
        ("top --onec", "unknown flag --onec, did you mean --once?"),
        ("explain --jsn http://a", "unknown flag --jsn, did you mean --json?"),
    ] {
        let (code, said) = outcome(&folder, line);
        assert!(code == 2 && said.contains(expected), "{line}: {said}");
    }
    for line in ["check --api", "check --ping --log.level=INFO"] {
        let (_, said) = outcome(&folder, line);
        assert!(!said.contains("unknown flag"), "{line}: {said}");
    }
    let acme = "entryPoints: {web: {address: ':80', http: {redirections: {entryPoint: {to: websecur}}}}, websecure: {address: ':443'}}\ncertificatesResolvers: {le: {acme: {email: a@example.org, storage: a.json, dnsChallenge: {provider: cloudfare}}}}\n";
    folder.write("install.yml", acme);
    let (_, said) = outcome(&folder, "check --configFile=install.yml");
    assert!(
        said.contains("did you mean `websecure`?") && said.contains("did you mean `cloudflare`?"),
        "{said}"
    );
}

#[test]
fn an_install_configuration_in_a_folder_of_routing_is_told_as_such() {
    let folder = TempDir::new();
    folder.write("conf/windrose.yml", "entryPoints: {web: {address: ':80'}}\n");
    folder.write("conf/routes.yml", "http: {routers: {r: {rule: Host(`a`), service: noop@internal}}}\n");
    let (code, said) = outcome(&folder, "check conf");
    assert!(code == 0 && said.contains("use --configFile=conf/windrose.yml"), "{said}");
}

#[test]
fn the_rule_of_the_second_signal_is_that_of_the_manual() {
    let (_, said) = outcome(&TempDir::new(), "help");
    let manual = include_str!("../../../../docs/reference/check.md");
    let rule = "when SIGINT or SIGQUIT comes after another signal, or any of them a second after the first";
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain(&said).contains(rule) && plain(manual).contains(rule), "{said}");
}
