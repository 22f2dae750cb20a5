//! Routing files that are something else, and folders that hold none.

use std::fs;

use windrose_kit::temp::TempDir;

use crate::run;

/// The exit code and what is printed.
fn check(folder: &TempDir, line: &str) -> (i32, String) {
    let (code, printed, _) = run(folder, &format!("check {line}"));
    (code, printed)
}

const INGRESS_ROUTE: &str = "\
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: app}
spec: {routes: []}
";

#[test]
fn a_kubernetes_object_is_told_in_one_problem() {
    let folder = TempDir::new();
    let several = format!("---\n{INGRESS_ROUTE}---\napiVersion: v1\nkind: Service\n");
    for text in [INGRESS_ROUTE, &several] {
        folder.write("app.yml", text);
        let (code, printed) = check(&folder, "app.yml");
        assert!(printed.contains("error: this is a Kubernetes object (IngressRoute), and"), "{printed}");
        assert!(code == 1 && printed.ends_with("\nchecked 1 routing file: 1 error\n"), "{printed}");
        // A start passes over it.
        let (code, printed) = check(&folder, "--providers.file.filename=app.yml");
        assert!(printed.contains("warning: this is a Kubernetes object (IngressRoute), and"), "{printed}");
        assert!(code == 0 && printed.ends_with("and 1 routing file: 1 warning\n"), "{printed}");
    }
    // These are something else.
    for (text, expected) in [
        ("http: {routers: {}}\n---\napiVersion: v1\nkind: Service\n", "write one document per file"),
        ("apiVersion: v1\nkind: Service\nhttp: {}\n", "unknown field `apiVersion`"),
    ] {
        folder.write("app.yml", text);
        let (_, printed) = check(&folder, "app.yml");
        assert!(printed.contains(expected) && !printed.contains("Kubernetes"), "{printed}");
    }
}

#[test]
fn a_file_without_any_known_key_fails_when_it_is_named() {
    let folder = TempDir::new();
    for (name, text) in [
        ("a.yml", "containers: {app: {image: nginx}}\nvolumes: {}\n"),
        ("a.toml", "[something]\nelse = 1\n"),
        ("b.yml", "{{ \"services\" }}: {}\n"),
    ] {
        folder.write(name, text);
        let (code, printed) = check(&folder, name);
        assert!(
            code == 1 && printed.contains("says nothing that a routing file can say: unknown field"),
            "{printed}"
        );
        let (code, printed) = check(&folder, &format!("--providers.file.filename={name}"));
        assert!(code == 0 && printed.contains("warning: unknown field"), "{printed}");
    }
    for (text, code) in
        [("", 0), ("tls: {options: {default: {}}}\nx-anchors: {}\n", 0), ("htpp: {}\n", 1), ("log: {}\n", 1)]
    {
        folder.write("c.yml", text);
        let (is, printed) = check(&folder, "c.yml");
        assert_eq!(is, code, "{text}: {printed}");
        assert!(!printed.contains("says nothing"), "{text}: {printed}");
    }
}

#[test]
fn a_folder_without_files_is_told_as_such() {
    let folder = TempDir::new();
    fs::create_dir_all(folder.path().join("routes")).unwrap();
    folder.write("routes/README", "no routing");
    let nothing = "no routing file, as no name there ends in .yaml, .yml or .toml: no problems\n";
    assert_eq!(check(&folder, "routes"), (0, format!("checked {nothing}")));
    let flag = "--providers.file.directory=routes";
    assert_eq!(check(&folder, flag), (0, format!("checked flags and {nothing}")));
}
