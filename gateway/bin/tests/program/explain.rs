//! `windrose explain` without a gateway: what is printed, and the exit code.

use std::fs;

use windrose_kit::temp::TempDir;

use crate::run;

const ROUTES: &str = "http:
  routers:
    app:
      rule: Host(`app.test`) && PathPrefix(`/api`)
      middlewares: [secure]
      service: app
    site:
      rule: Host(`app.test`)
      service: app
  middlewares:
    secure: {redirectScheme: {scheme: https, permanent: true}}
  services:
    app: {loadBalancer: {servers: [{url: 'http://127.0.0.1:1'}]}}
";

fn folder() -> TempDir {
    let folder = TempDir::new();
    fs::write(folder.path().join("routes.yaml"), ROUTES).unwrap();
    fs::write(
        folder.path().join("install.yaml"),
        "entryPoints: {web: {address: ':80'}, websecure: {address: ':443'}}\nproviders: {file: {filename: routes.yaml}}\n",
    )
    .unwrap();
    folder
}

#[test]
fn a_request_is_explained_from_files_of_routing() {
    let (code, printed, complaint) = run(&folder(), "explain http://app.test/api/x routes.yaml");
    assert_eq!((code, complaint.as_str()), (0, ""), "{printed}");
    for line in [
        "=> middleware secure@file answers 301, go to https://app.test/api/x\n",
        "router         app@file\n",
        "at routes.yaml:3:5\n",
        "also matches, with a lower priority: site@file\n",
    ] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
}

#[test]
fn a_request_is_explained_from_an_install_configuration() {
    let folder = folder();
    let (code, printed, _) = run(&folder, "explain http://app.test/ --configFile=install.yaml");
    assert_eq!(code, 0);
    assert!(printed.contains("entry point    web :80  by its port\n"), "{printed}");
    assert!(printed.contains("=> goes to service app@file\n"), "{printed}");
}

#[test]
fn nobody_has_an_exit_code_of_its_own() {
    let (code, printed, _) = run(&folder(), "explain --json http://other.test/ routes.yaml");
    assert_eq!(code, 3);
    assert!(printed.contains("\"word\": \"unrouted\"") && printed.contains("Host(`app.test`)"), "{printed}");
}

#[test]
fn what_cannot_be_explained_is_complained_about() {
    let folder = folder();
    for (line, code, complaint) in [
        ("explain", 2, "explain takes the address of a request"),
        ("explain ftp://a/ routes.yaml", 1, "is no address"),
        ("explain http://a/ --configFile=missing.yaml", 1, "does not exist"),
        ("explain --api http://127.0.0.1:1 http://a/", 1, "the gateway does not answer"),
    ] {
        let (exit, printed, told) = run(&folder, line);
        assert_eq!((exit, printed.as_str()), (code, ""), "{line}: {told}");
        assert!(told.contains(complaint), "{line}: {told}");
    }
}
