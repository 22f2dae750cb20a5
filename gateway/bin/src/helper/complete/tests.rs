use super::*;

fn after(line: &str) -> Vec<String> {
    candidates(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn commands_are_completed() {
    assert_eq!(after("ch"), ["check"]);
    let all = after("");
    for command in [
        "run",
        "check",
        "explain",
        "tail",
        "top",
        "init",
        "migrate",
        "cert",
        "docker-proxy",
        "version",
        "help",
    ] {
        assert!(all.contains(&command.to_owned()), "{command}: {all:?}");
    }
    assert_eq!(after("schema "), ["install", "routing"]);
    assert_eq!(after("completions z"), ["zsh"]);
    assert_eq!(after("cert re"), ["renew", "revoke"]);
    assert_eq!(after("top --on"), ["--once"]);
    assert_eq!(after("explain --meth"), ["--method="]);
    assert_eq!(after("version "), Vec::<String>::new());
    assert_eq!(candidates(&[]), Vec::<String>::new());
}

#[test]
fn options_are_completed_part_by_part_in_any_case() {
    assert_eq!(after("--entryp"), ["--entryPoints."]);
    assert_eq!(after("run --entryPoints.web.addr"), ["--entryPoints.web.address="]);
    assert_eq!(after("check --entrypoints.web.addr"), ["--entrypoints.web.address="]);
    assert!(after("run --entryPoints.web.http.").contains(&"--entryPoints.web.http.tls.".to_owned()));
    assert!(after("run --providers.docker.").contains(&"--providers.docker.exposedByDefault".to_owned()));
    assert_eq!(after("run --api.ins"), ["--api.insecure"]);
    assert_eq!(after("run --dem"), ["--demo"]);
    // What a name is, nobody knows but whoever types it.
    assert_eq!(after("run --entryPoints."), Vec::<String>::new());
    assert_eq!(after("run --nothing.at.all"), Vec::<String>::new());
}
