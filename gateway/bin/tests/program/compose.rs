//! `windrose check` and `windrose migrate traefik` with Compose files.

use std::fs;
use std::path::{Path, PathBuf};

use windrose_kit::temp::TempDir;

use crate::run;

/// The folder with files of usual shapes, one folder each.
fn shapes() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose");
    let mut files = Vec::new();
    for folder in fs::read_dir(all).unwrap() {
        let entries = fs::read_dir(folder.unwrap().path()).unwrap().map(|entry| entry.unwrap().path());
        let is_compose = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("docker-compose") || name.starts_with("compose") || name.starts_with("stack")
        };
        files.extend(entries.filter(is_compose));
    }
    files.sort();
    files
}

#[test]
fn files_of_usual_shapes_have_no_problems() {
    let folder = TempDir::new();
    let files = shapes();
    assert!(files.len() >= 20, "{files:?}");
    for file in files {
        let (code, printed, _) = run(&folder, &format!("check {}", file.display()));
        let last = printed.lines().last().unwrap_or_default().to_owned();
        assert!(code == 0 && last.starts_with("checked ") && last.ends_with(": no problems"), "{printed}");
    }
}

#[test]
fn migrating_files_of_usual_shapes_needs_no_change() {
    let folder = TempDir::new();
    for file in shapes() {
        let (code, printed, _) = run(&folder, &format!("migrate traefik {}", file.display()));
        assert!(code == 0 && printed.contains("\nNothing has to be changed: "), "{printed}");
    }
}

/// What is said of a file of this text.
fn said(text: &str) -> (i32, String) {
    let folder = TempDir::new();
    folder.write("compose.yaml", text);
    let (code, printed, complaint) = run(&folder, "check compose.yaml");
    assert_eq!(complaint, "");
    (code, printed)
}

/// The lines that name a place.
fn places(text: &str) -> Vec<String> {
    let (_, printed) = said(text);
    printed.lines().filter(|line| line.starts_with("compose.yaml")).map(str::to_owned).collect()
}

#[test]
fn mistakes_in_labels_are_told_at_their_line_and_column() {
    let text = "\
services:
  app:
    image: app
    labels:
      - traefik.http.routers.a.rule=Hst(`a`)
      - \"traefik.http.routers.b.rule=Host(`b`)\"
      - \"traefik.http.routers.b.entrypoint=web\"
  map:
    image: app
    labels:
      traefik.http.routers.c.rule: Host(`c`) && Pth(`/`)
      traefik.http.routers.d.rule: 'Host(`d`)'
      traefik.http.routers.d.middlewares: nobody
      traefik.http.services.d.loadbalancer.server.port: none
";
    let found = places(text);
    let begins = |place: &str, words: &str| {
        let is_it =
            |line: &String| line.starts_with(&format!("compose.yaml:{place}: ")) && line.contains(words);
        assert!(found.iter().any(is_it), "{place} {words}\n{found:#?}");
    };
    begins("5:37", "Hst");
    begins("7:33", "unknown field `entrypoint`");
    begins("11:49", "Pth");
    begins("13:43", "nobody@docker does not exist");
    assert_eq!(said(text).0, 1);
}

#[test]
fn mistakes_in_the_gateways_command_and_environment_are_told_there() {
    let gateway = |rest: &str| format!("services:\n  lb:\n    image: traefik:v3\n{rest}");
    let flags = "    command:\n      - --entryPoints.web.address=:80\n      - --entryPoint.web.address=:80\n";
    assert!(
        places(&gateway(flags))[0].starts_with("compose.yaml:6:9: error: "),
        "{:?}",
        places(&gateway(flags))
    );
    let variables = "    environment:\n      TZ: UTC\n      TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: \"nonsense\"\n";
    let found = places(&gateway(variables));
    assert!(found[0].starts_with("compose.yaml:6:41: error: "), "{found:?}");
    let unknown = "    command: --providers.docker\n    labels: [\"traefik.http.routers.a.rule=Host(`a`)\", traefik.http.routers.a.entrypoints=nowhere]\n";
    let found = places(&gateway(unknown));
    assert!(found.iter().any(|line| line.contains("entry point nowhere does not exist")), "{found:?}");
}

#[test]
fn a_dollar_sign_that_compose_takes_for_a_variable_is_told() {
    let (code, printed) = said(
        "services:\n  app:\n    image: a\n    labels:\n      traefik.http.middlewares.m.basicauth.users: 'me:$apr1$x$y'\n",
    );
    assert_eq!(code, 0, "{printed}");
    assert!(
        printed.contains("compose.yaml:5:52: warning: the variables apr1, x, y are not set"),
        "{printed}"
    );
    assert!(printed.contains("write $$ if a dollar sign is meant"), "{printed}");
    let (code, printed) =
        said("services:\n  app:\n    image: a\n    labels: ['traefik.http.routers.r.rule=$2y']\n");
    assert!(code == 1 && printed.contains("`$2` is no variable, write $$ for a dollar sign"), "{printed}");
}

#[test]
fn lines_of_labels_are_shown_and_secrets_are_not() {
    let (_, printed) = said(
        "services:\n  app:\n    image: a\n    environment: [KEY=secret]\n    labels:\n      - traefik.http.routers.r.rule=Hst(`shown`)\n      - traefik.http.middlewares.m.basicauth.users=me:secret\n      - traefik.http.middlewares.m.basicauth.user=me:secret\n      - traefik.http.routers.r.service=shown-too,$\n",
    );
    assert!(printed.contains("rule=Hst(`shown`)") && printed.contains("service=shown-too"), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}

#[test]
fn a_file_without_labels_of_ours_says_so() {
    let (code, printed) = said("services: {a: {image: nginx}}\n");
    let expected = "checked 1 service of a Compose file, none with labels for the gateway: no problems\n";
    assert_eq!((code, printed.as_str()), (0, expected));
}

#[test]
fn what_is_no_compose_file_is_told_as_what_it_is() {
    let (code, printed) = said("services:\n  app: {image: a\n");
    assert_eq!(code, 1);
    assert!(printed.starts_with("compose.yaml:") && printed.contains("error: "), "{printed}");
    let (code, printed) = said("services:\n  a: {image: a, extends: b}\n  b: {image: a, extends: a}\n");
    assert!(code == 1 && printed.contains("extends itself"), "{printed}");
    let (code, printed) = said("services: {a: {image: a, labels: {traefik.enable: [x]}}}\n");
    assert!(code == 1 && printed.contains("traefik.enable takes text"), "{printed}");
    let (code, _) = said("services: {}\n");
    assert_eq!(code, 0);
}
