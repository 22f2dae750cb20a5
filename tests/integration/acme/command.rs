//! `windrose cert`, beside a gateway that serves.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::interval;
use windrose_kit::within;

use super::authority::Pebble;
use super::*;

/// What the command prints, and whether it succeeded.
async fn cert(program: &Program, arguments: &[&str], environment: &[(&str, &str)]) -> (String, bool) {
    let config = format!("--configFile={}", program.folder().path().join("windrose.yml").display());
    let binary = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("windrose");
    let mut command = Command::new(std::env::var_os("WINDROSE_BINARY").map_or(binary, Into::into));
    command.arg("cert").args(arguments).arg(config).envs(environment.iter().copied());
    let output = command.stdin(Stdio::null()).output().await.unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    (text, output.status.success())
}

#[tokio::test]
async fn certificates_are_listed_renewed_and_revoked_by_hand() {
    let ports = ports();
    let pebble = Pebble::start(ports).await;
    let management = pebble.dns_management();
    let script = format!(
        "#!/bin/sh\n[ $1 = cleanup ] || curl -sf -d \"{{\\\"host\\\": \\\"$2\\\", \\\"value\\\": \\\"$3\\\"}}\" http://{management}/set-txt\n"
    );
    let hook = pebble.folder().write("hook.sh", script);
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let hook = hook.display().to_string();
    let environment =
        [("EXEC_PATH", &*hook), ("EXEC_SEQUENCE_INTERVAL", "0"), ("LEGO_DISABLE_CNAME_SUPPORT", "1")];
    let more = "keyType: EC256, dnsChallenge: {provider: exec, propagation: {disableChecks: true}}";
    let program = start_with(&install(&pebble, more), ROUTES, ports, &environment).await;
    let first = obtained(&program, "secure", "a.test").await;
    let (listed, ok) = cert(&program, &["list"], &[]).await;
    assert!(ok && listed.starts_with("le  a.test,b.test  ends "), "{listed}");

    let (unknown, ok) = cert(&program, &["renew", "x.test"], &environment).await;
    assert!(!ok && unknown.contains("no certificate resolver has a certificate for x.test"), "{unknown}");
    let (renewed, ok) = cert(&program, &["renew", "b.test"], &environment).await;
    assert!(ok && renewed == "renewed a.test,b.test\n", "{renewed}");
    // The gateway that serves notices.
    let second = another(&program, &first).await;
    let (revoked, ok) = cert(&program, &["revoke", "a.test"], &environment).await;
    assert!(ok && revoked == "revoked a.test,b.test\n", "{revoked}");
    // And its routers still want one.
    let third = another(&program, &second).await;
    assert_ne!(third, first);
}

/// The certificate from the authority that takes the place of `before`.
async fn another(program: &Program, before: &[u8]) -> Vec<u8> {
    let look = async {
        let mut retry = interval(Duration::from_millis(100));
        loop {
            retry.tick().await;
            let now = obtained(program, "secure", "a.test").await;
            if now != before {
                return now;
            }
        }
    };
    within(LIMIT, "another certificate", look).await
}
