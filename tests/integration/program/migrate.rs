//! The files of the page on moving from nginx: nginx accepts its own, and Windrose the others.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use windrose_kit::peer::tls::Authority;
use windrose_kit::program::{Program, Settings};
use windrose_kit::temp::TempDir;

use super::END;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The block of code that follows the name of a file, with the paths of a machine put below the folder.
fn file(page: &str, name: &str, folder: &Path) -> String {
    let heading = format!("\n`{name}`:\n");
    let (_, rest) = page.split_once(&heading).unwrap_or_else(|| panic!("no {name} on the page"));
    let block = rest.split("```").nth(1).unwrap();
    let (_, text) = block.split_once('\n').unwrap();
    ["/etc/", "/var/"]
        .iter()
        .fold(text.to_owned(), |text, path| text.replace(path, &format!("{}{path}", folder.display())))
}

/// A folder with the page's files and what they name.
fn written() -> TempDir {
    let page = fs::read_to_string(root().join("docs/migrate.md")).unwrap();
    let (_, page) = page.split_once("## From nginx").unwrap();
    let folder = TempDir::new();
    let identity = Authority::new("ca").issue(&["example.com"]);
    for path in ["etc/ssl", "etc/nginx", "etc/windrose", "var/log/nginx"] {
        fs::create_dir_all(folder.path().join(path)).unwrap();
    }
    folder.write("etc/ssl/example.com.pem", identity.certificate_pem());
    folder.write("etc/ssl/example.com.key", identity.key_pem());
    folder.write("etc/nginx/users", "admin:$apr1$saltsalt$LrttParrLPdxvgutaSXWJ0\n");
    folder.write("nginx.conf", file(page, "nginx.conf", folder.path()));
    for name in ["windrose.yml", "routes.yml"] {
        folder.write(
            &format!("etc/windrose/{name}"),
            file(page, &format!("/etc/windrose/{name}"), folder.path()),
        );
    }
    folder
}

/// The nginx that everything is compared with; fetched if it is not there.
fn nginx() -> PathBuf {
    let installed = root().join(".peers/bin/nginx");
    if !installed.exists() {
        let status = Command::new(root().join("tests/peers/install")).arg("nginx").status().unwrap();
        assert!(status.success(), "tests/peers/install nginx failed");
    }
    installed
}

#[test]
fn nginx_accepts_the_file_of_the_page() {
    let folder = written();
    let own = format!("pid {0}/nginx.pid; error_log stderr;", folder.path().display());
    let output = Command::new(nginx())
        .args(["-t", "-p"])
        .arg(folder.path())
        .arg("-c")
        .arg(folder.path().join("nginx.conf"))
        .args(["-g", &own])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("test is successful"), "{said}");
    assert!(!said.contains("[warn]"), "{said}");
}

#[tokio::test]
async fn windrose_accepts_what_becomes_of_it() {
    let folder = written();
    let install = format!("--configFile={}", folder.path().join("etc/windrose/windrose.yml").display());
    let settings = Settings { arguments: &["check", &install, "--"], ..Settings::default() };
    let (status, printed) = Program::spawn(settings).wait(END).await;
    assert!(printed.ends_with("windrose.yml and 1 routing file: no problems\n"), "{printed}");
    assert_eq!((status.code(), printed.lines().count()), (Some(0), 1), "{printed}");
}
