//! Routing files that are something else, and folders that hold none.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("windrose-foreign-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The exit code and what is printed.
    fn check(&self, line: &str) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windrose"));
        let output = command.arg("check").args(line.split_whitespace()).current_dir(&self.0).env_clear();
        let output = output.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

const INGRESS_ROUTE: &str = "\
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: app}
spec: {routes: []}
";

#[test]
fn a_kubernetes_object_is_told_in_one_problem() {
    let folder = Folder::new("kubernetes");
    let several = format!("---\n{INGRESS_ROUTE}---\napiVersion: v1\nkind: Service\n");
    for text in [INGRESS_ROUTE, &several] {
        fs::write(folder.0.join("app.yml"), text).unwrap();
        let (code, printed) = folder.check("app.yml");
        assert!(printed.contains("error: this is a Kubernetes object (IngressRoute), and"), "{printed}");
        assert!(code == 1 && printed.ends_with("\nchecked 1 routing file: 1 error\n"), "{printed}");
        // A start passes over it.
        let (code, printed) = folder.check("--providers.file.filename=app.yml");
        assert!(printed.contains("warning: this is a Kubernetes object (IngressRoute), and"), "{printed}");
        assert!(code == 0 && printed.ends_with("and 1 routing file: 1 warning\n"), "{printed}");
    }
    // These are something else.
    for (text, expected) in [
        ("http: {routers: {}}\n---\napiVersion: v1\nkind: Service\n", "write one document per file"),
        ("apiVersion: v1\nkind: Service\nhttp: {}\n", "unknown field `apiVersion`"),
    ] {
        fs::write(folder.0.join("app.yml"), text).unwrap();
        let (_, printed) = folder.check("app.yml");
        assert!(printed.contains(expected) && !printed.contains("Kubernetes"), "{printed}");
    }
}

#[test]
fn a_file_without_any_known_key_fails_when_it_is_named() {
    let folder = Folder::new("unknown");
    for (name, text) in [
        ("a.yml", "services: {app: {image: nginx}}\nvolumes: {}\n"),
        ("a.toml", "[something]\nelse = 1\n"),
        ("b.yml", "{{ \"services\" }}: {}\n"),
    ] {
        fs::write(folder.0.join(name), text).unwrap();
        let (code, printed) = folder.check(name);
        assert!(
            code == 1 && printed.contains("says nothing that a routing file can say: unknown field"),
            "{printed}"
        );
        let (code, printed) = folder.check(&format!("--providers.file.filename={name}"));
        assert!(code == 0 && printed.contains("warning: unknown field"), "{printed}");
    }
    for (text, code) in
        [("", 0), ("tls: {options: {default: {}}}\nx-anchors: {}\n", 0), ("htpp: {}\n", 1), ("log: {}\n", 1)]
    {
        fs::write(folder.0.join("c.yml"), text).unwrap();
        let (is, printed) = folder.check("c.yml");
        assert_eq!(is, code, "{text}: {printed}");
        assert!(!printed.contains("says nothing"), "{text}: {printed}");
    }
}

#[test]
fn a_folder_without_files_is_told_as_such() {
    let folder = Folder::new("empty");
    fs::create_dir_all(folder.0.join("routes")).unwrap();
    fs::write(folder.0.join("routes/README"), "no routing").unwrap();
    let nothing = "no routing file, as no name there ends in .yaml, .yml or .toml: no problems\n";
    assert_eq!(folder.check("routes"), (0, format!("checked {nothing}")));
    let flag = "--providers.file.directory=routes";
    assert_eq!(folder.check(flag), (0, format!("checked flags and {nothing}")));
}
