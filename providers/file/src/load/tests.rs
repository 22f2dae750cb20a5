//! Files of every form, good and bad.

use windrose_config::Severity;
use windrose_kit::temp::TempDir;

use super::{Read, load_directory, load_file};

const YAML: &str = "http:\n  routers:\n    web: {rule: Host(`a.example`), service: s}\n";

#[test]
fn yaml_and_toml_say_the_same() {
    let toml = "[http.routers.web]\nrule = 'Host(`a.example`)'\nservice = 's'\n";
    let (yaml, toml) = (load_file("a.YML", YAML.as_bytes()), load_file("a.toml", toml.as_bytes()));
    assert_eq!(yaml.problems, []);
    assert_eq!(yaml.http.routers.len(), 1);
    assert_eq!(yaml, toml);
}

#[test]
fn a_template_is_rendered_first() {
    let text =
        "http:\n  routers:\n{{ range until 3 }}    r{{ . }}: {rule: Path(`/{{ . }}`), service: s}\n{{ end }}";
    let config = load_file("a.yml", text.as_bytes());
    assert_eq!(config.problems, []);
    assert_eq!(config.http.routers.keys().map(|name| &**name).collect::<Vec<_>>(), ["r0", "r1", "r2"]);
}

#[test]
fn a_file_that_cannot_be_used_is_one_problem_with_its_place() {
    for (path, bytes, place) in [
        ("a.yml", &b"http: [\n"[..], "a.yml"),
        ("a.toml", b"[http\n", "a.toml"),
        ("a.yml", b"\xff\xfe", "a.yml: error: the file is not UTF-8"),
        ("a.yml", b"x: {{ nope }}", "a.yml:1:7: error: the template does not parse"),
        ("a.yml", b"{{ fail \"no\" }}", "a.yml:1:4: error: the template does not render"),
        ("a.yml", b"{{ \"http: [\" }}", "a.yml, rendered"),
        ("a.json", b"{}", "a.json: error: the name of a configuration file ends in"),
    ] {
        let config = load_file(path, bytes);
        assert!(config.is_empty(), "{place}");
        let shown: Vec<_> = config.problems.iter().map(ToString::to_string).collect();
        assert!(shown.len() == 1 && shown[0].starts_with(place), "{shown:?} does not start with {place}");
    }
}

#[test]
fn one_wrong_object_does_not_spoil_the_file() {
    let text = format!("{YAML}    odd: {{rule: Path(`/`), service: s, nonsense: 1}}\n");
    let config = load_file("a.yml", text.as_bytes());
    assert_eq!(config.http.routers.len(), 1);
    assert_eq!(config.problems.iter().map(|problem| problem.severity).collect::<Vec<_>>(), [Severity::Error]);
}

#[test]
fn an_empty_file_declares_nothing() {
    for bytes in [&b""[..], b"\n", b"# only a comment\n", b"\xef\xbb\xbf", b"{{/* nothing */}}"] {
        let config = load_file("a.yml", bytes);
        assert!(config.is_empty() && config.problems.is_empty(), "{bytes:?}: {:?}", config.problems);
    }
}

#[test]
fn a_directory_is_read_as_a_whole() {
    let folder = TempDir::new();
    folder.write("b.yml", YAML.replace("web", "second"));
    folder.write("a/deep/x.toml", "[http.routers.first]\nrule = 'Path(`/`)'\nservice = 's'\n");
    folder.write("broken.yaml", "http: [\n");
    folder.write("readme.txt", "not configuration");
    let Read { config, files } = load_directory(folder.path()).expect("it exists");
    assert_eq!(config.http.routers.keys().map(|name| &**name).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(config.problems.len(), 1, "{:?}", config.problems);
    assert_eq!(files, 3, "the broken one is among those that were read");
    assert!(load_directory(&folder.path().join("missing")).is_err());
}

#[test]
fn an_object_without_options_is_told() {
    let text =
        "http:\n  routers:\n    b:\n  Services: {s: }\n  middlewares: {}\ntcp: {routers: {t: null}}\ntls:\n";
    let config = load_file("a.yml", text.as_bytes());
    let told: Vec<String> = config
        .problems
        .iter()
        .map(|problem| match &problem.object {
            Some(object) => format!("{problem} ({object})"),
            None => problem.to_string(),
        })
        .collect();
    assert_eq!(
        told,
        [
            "a.yml:5:3: error: `middlewares` is empty, write something there or remove it",
            "a.yml:3:5: error: router b is empty, write its options or remove it (http.routers.b)",
            "a.yml:4:14: error: service s is empty, write its options or remove it (http.services.s)",
            "a.yml:6:17: error: router t is empty, write its options or remove it (tcp.routers.t)",
        ]
    );
}

#[test]
fn template_problems_are_where_the_template_is_wrong() {
    for (text, place) in [
        ("http:\n  a: {{ nope }}\n", "a.yml:2:9: error: "),
        ("http:\n  a: {{ fail \"no\" }}\n", "a.yml:2:9: error: "),
        ("http:\n  ä: {{ fail \"no\" }}\n", "a.yml:2:9: error: "),
        ("{{ $d := dict }}\n{{ $x := \"v\" | set $d \"k\" }}", "a.yml:2:1: error: "),
    ] {
        let config = load_file("a.yml", text.as_bytes());
        let [problem] = &config.problems[..] else { panic!("{text}: {:?}", config.problems) };
        assert!(problem.to_string().starts_with(place), "{problem}");
    }
}
