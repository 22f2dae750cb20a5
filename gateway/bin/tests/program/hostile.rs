//! What a configuration may hold that would make the program wait, grow or break.

use std::env;
use std::process::Command;

use windrose_kit::temp::TempDir;

fn fifo(folder: &TempDir, name: &str) {
    assert!(Command::new("mkfifo").arg(folder.path().join(name)).status().unwrap().success());
}

/// Runs the program with a deadline and a bound on its memory, so that waiting and growing are failures.
fn bounded(folder: &TempDir, line: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_windrose");
    let bounded = format!("ulimit -v {MEMORY}; exec timeout {PATIENCE} {program} {line} 2>&1");
    let output = Command::new("/bin/sh").args(["-c", &bounded]).current_dir(folder.path()).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn what_is_no_regular_file_is_named_wherever_a_path_is_written() {
    let folder = TempDir::new();
    fifo(&folder, "fifo.yml");
    fifo(&folder, "fifo.pem");
    folder.write("cert.yml", "tls: {certificates: [{certFile: fifo.pem, keyFile: /dev/zero}]}\n");
    folder.write("authority.yml", "http: {serversTransports: {t: {rootCAs: [/dev/zero]}}, services: {s: {loadBalancer: {serversTransport: t, servers: [{url: 'https://127.0.0.1:1'}]}}}}\n");
    folder.write("install.yml", "providers: {file: {filename: fifo.yml}}\n");
    for (line, expected) in [
        ("check fifo.yml", "it is a FIFO, name a regular file"),
        ("check cert.yml", "it is a FIFO, name a regular file"),
        ("check authority.yml", "it is a device, name a regular file"),
        ("check --configFile=install.yml", "it is a FIFO, name a regular file"),
        ("check --configFile=fifo.yml", "it is a FIFO, name a regular file"),
        ("run --configFile=fifo.yml", "it is a FIFO, name a regular file"),
    ] {
        let (code, printed) = bounded(&folder, line);
        assert!(code == Some(1) && printed.contains(expected), "{line}: {code:?}: {printed}");
    }
}

#[test]
fn a_template_costs_its_own_file_and_never_the_program() {
    let folder = TempDir::new();
    let doubling = "a: {{ $d := dict \"a\" 1 }}{{ range 64 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}\n";
    folder.write("doubling.yml", doubling);
    folder.write("nested.yml", format!("a: {{{{ {}1{} }}}}\n", "(".repeat(1_600), ")".repeat(1_600)));
    for (line, expected) in [
        ("check doubling.yml", "doubling.yml:1:43: error: the template does not render: "),
        ("check nested.yml", "nested.yml:1:1: error: the template is refused: 64 levels of parentheses"),
    ] {
        let (code, printed) = bounded(&folder, line);
        assert!(code == Some(1) && printed.starts_with(expected), "{line}: {code:?}: {printed}");
    }
}

#[test]
fn no_secret_stands_beside_a_problem() {
    let folder = TempDir::new();
    let middlewares = "
http:
  middlewares:
    a: {headers: {customRequestHeaders: {X-Vault-Token: marker, Cache-Control: private}, nonsense: 1}}
    b: {basicAuth: {users: ['me:marker']}}
    c: {stripPrefix: {prefixes: [/shown], forceSlash: perhaps}}
    g: {stripPrefx: {prefxes: [/meant]}}
    h: {headers: {customRequestHeadrs: {X-Key: marker}}}
    d: {plugin: {other: {apikey: \"marker\"}}}
  services:
    e: {loadBalancer: {servers: [{url: 'http://me:marker@127.0.0.1:1', wait: 1}, {url: 'http://shown'}]}}
    f: {loadBalancer: {healthCheck: {headers: {Authorization: 'Bearer marker'}, port: x}}}
tls:
  certificates: [{certFile: /shown/a.pem, keyFile: \"-----BEGIN PRIVATE KEY-----\\nmarker\\n\", nonsense: 1}]
";
    folder.write("routes.yml", middlewares);
    folder.write(
        "install.yml",
        "metrics: {influxDB2: {address: 'http://shown', tokn: marker, token: marker, nonsense: 1}}\n",
    );
    let mut all = String::new();
    for line in ["check routes.yml", "check --configFile=install.yml", "run --configFile=install.yml"] {
        let (code, printed) = bounded(&folder, line);
        assert_eq!(code, Some(1), "{line}: {printed}");
        assert!(!printed.contains("marker"), "{line}: {printed}");
        all.push_str(&printed);
    }
    for shown in [
        " | ",
        "Cache-Control: private",
        "prefixes: [/shown]",
        "/meant",
        "perhaps",
        "'http://shown'",
        "nonsense: 1",
    ] {
        assert!(all.contains(shown), "no {shown:?} in:\n{all}");
    }
}

#[test]
fn of_a_line_of_five_megabytes_a_window_is_printed() {
    let folder = TempDir::new();
    // A problem in each router: each shows its part of the one line, in time that does not depend on the line.
    let routers: Vec<String> = (0..5_000)
        .map(|n| format!("r{n}: {{rule: 'Host(`h{n}.test`)', service: s, priority: {n}}}"))
        .collect();
    let comment = "#".repeat(4_700_000);
    let text = format!(
        "http: {{routers: {{{}, bad: {{rule: 'Host(`b`)', servce: s}}}}}} {comment}\n",
        routers.join(", ")
    );
    assert!(text.len() > 5_000_000, "{}", text.len());
    folder.write("routes.yml", &text);
    let (code, printed) = bounded(&folder, "check routes.yml");
    let shown = printed.split("\n").find(|line| line.contains("servce: s")).unwrap_or_default();
    assert!(code == Some(1) && shown.chars().count() < 200, "{} characters", printed.len());
    assert!(printed.lines().all(|line| line.chars().count() < 1_200), "{} characters", printed.len());
}

#[test]
fn no_name_moves_the_cursor_of_whoever_reads() {
    let folder = TempDir::new();
    let evil = "a\\e[2J\\u202eb\\x9b1m";
    let label = format!("traefik.http.routers.{evil}.rul");
    folder.write(
        "compose.yaml",
        format!("services: {{\"{evil}\": {{image: a, labels: {{\"{label}\": x}}}}}}\n"),
    );
    folder.write(
        "routes.yml",
        format!("http: {{routers: {{\"{evil}\": {{rule: \"Hst(`{evil}`)\", service: s}}}}}}\n"),
    );
    folder.write("raw.yml", "http: {routers: {r: {rule: 'Host(`a`)', servce: '\u{9b}2J\u{202e}'}}}\n");
    for line in [
        "check compose.yaml",
        "check routes.yml",
        "check raw.yml",
        "check --format json routes.yml",
        "migrate traefik compose.yaml routes.yml",
    ] {
        let (code, printed) = bounded(&folder, line);
        let is_harmful = |c: char| c != '\n' && windrose_config::harmless::is_harmful(c);
        assert!(code == Some(1) && !printed.contains(is_harmful), "{line}: {printed:?}");
    }
}

#[test]
fn defaults_in_defaults_cost_the_value_and_never_the_program() {
    let folder = TempDir::new();
    let nested = "${A:-".repeat(10_000);
    folder.write("compose.yaml", format!("services: {{a: {{image: '{nested}'}}}}\n"));
    for line in ["check compose.yaml", "migrate traefik compose.yaml"] {
        let (code, printed) = bounded(&folder, line);
        assert!(code == Some(1) && printed.contains("more than 32 deep"), "{line}: {code:?}: {printed}");
    }
}

/// In KiB of address space.
const MEMORY: u32 = 3 << 20;
/// In seconds; what is tested takes a fraction of one.
const PATIENCE: u32 = 60;
