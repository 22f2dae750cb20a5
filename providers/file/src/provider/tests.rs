//! The provider on real directories with real events.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use windrose_config::DynamicConfig;
use windrose_kit::soon;
use windrose_kit::temp::TempDir;
use windrose_providers_core::{
    Backoff, Publishers, Retry, Stop, StopTrigger, Supervised, Supervisor, UpdatesReceiver,
};

use super::{FileProvider, Reload};
use crate::options::{Options, Rendered, Target, Watch};

/// A running provider and what it publishes.
struct Running {
    supervisor: Supervisor,
    receiver: UpdatesReceiver,
    reload: Reload,
    trigger: StopTrigger,
}

impl Running {
    fn start(target: Target, watch: Watch) -> Self {
        let (publishers, receiver) = Publishers::new();
        let (trigger, stop) = Stop::new();
        let reload = Reload::default();
        let mut supervisor = Supervisor::new(Handle::current());
        let options = Options { target, watch, rendered: Rendered::Silent };
        let handle = reload.clone();
        let file =
            Supervised::new("file", move || Box::new(FileProvider::new(options.clone(), handle.clone())));
        let quick = Backoff::new(Duration::from_millis(5), Duration::from_millis(20));
        supervisor.start(file.with_backoff(quick), &publishers, stop);
        Self { supervisor, receiver, reload, trigger }
    }

    fn file(path: &Path) -> Self {
        Self::start(Target::File(path.to_owned()), Watch::Changes)
    }

    fn directory(path: &Path) -> Self {
        Self::start(Target::Directory(path.to_owned()), Watch::Changes)
    }

    /// The first configuration that is as expected.
    async fn until(&mut self, what: &str, expected: impl Fn(&DynamicConfig) -> bool) -> Arc<DynamicConfig> {
        soon(what, async {
            loop {
                let updates = self.receiver.changed().await.expect("the provider runs");
                let config = updates.into_iter().next_back().expect("an update").config;
                if expected(&config) {
                    return config;
                }
            }
        })
        .await
    }

    /// The first configuration with exactly these routers and no problem.
    async fn routers(&mut self, expected: &[&str]) -> Arc<DynamicConfig> {
        let what = format!("routers {expected:?}");
        self.until(&what, |config| {
            config.http.routers.keys().map(|name| &**name).eq(expected.iter().copied())
                && config.problems.is_empty()
        })
        .await
    }
}

fn router(name: &str) -> String {
    format!("http:\n  routers:\n    {name}: {{rule: Path(`/{name}`), service: s}}\n")
}

#[tokio::test]
async fn a_file_written_in_place_is_followed() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("one"));
    let mut running = Running::file(&path);
    running.routers(&["one"]).await;
    fs::write(&path, router("two")).expect("written");
    running.routers(&["two"]).await;
}

#[tokio::test]
async fn a_file_replaced_by_rename_is_followed() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("one"));
    let mut running = Running::file(&path);
    running.routers(&["one"]).await;
    folder.write("a.yml", router("two"));
    running.routers(&["two"]).await;
    folder.write("a.yml", router("three"));
    running.routers(&["three"]).await;
}

#[tokio::test]
async fn a_file_saved_with_a_backup_is_followed() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("one"));
    let mut running = Running::file(&path);
    running.routers(&["one"]).await;
    fs::rename(&path, folder.path().join("a.yml~")).expect("renamed");
    fs::write(&path, router("two")).expect("written");
    fs::remove_file(folder.path().join("a.yml~")).expect("removed");
    running.routers(&["two"]).await;
}

#[tokio::test]
async fn a_deleted_file_keeps_its_configuration_and_may_come_back() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("one"));
    let mut running = Running::file(&path);
    running.routers(&["one"]).await;
    fs::remove_file(&path).expect("removed");
    let kept = running.until("the problem", |config| !config.problems.is_empty()).await;
    assert!(kept.http.routers.contains_key("one"));
    fs::write(&path, router("two")).expect("written");
    running.routers(&["two"]).await;
}

#[tokio::test]
async fn an_emptied_file_clears_its_objects() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("one"));
    let mut running = Running::file(&path);
    running.routers(&["one"]).await;
    fs::write(&path, "").expect("written");
    running.routers(&[]).await;
}

#[tokio::test]
async fn a_swapped_volume_is_followed() {
    for single in [true, false] {
        let folder = TempDir::new();
        folder.write("..1/a.yml", router("one"));
        symlink("..1", folder.path().join("..data")).expect("a link");
        symlink("..data/a.yml", folder.path().join("a.yml")).expect("a link");
        let mut running = match single {
            true => Running::file(&folder.path().join("a.yml")),
            false => Running::directory(folder.path()),
        };
        running.routers(&["one"]).await;
        folder.write("..2/a.yml", router("two"));
        symlink("..2", folder.path().join("..data_tmp")).expect("a link");
        fs::rename(folder.path().join("..data_tmp"), folder.path().join("..data")).expect("swapped");
        fs::remove_dir_all(folder.path().join("..1")).expect("removed");
        running.routers(&["two"]).await;
    }
}

#[tokio::test]
async fn a_file_behind_a_link_is_followed_where_it_is() {
    let folder = TempDir::new();
    let target = folder.write("elsewhere/real.yml", router("one"));
    fs::create_dir(folder.path().join("conf")).expect("made");
    let link = folder.path().join("conf/a.yml");
    symlink(&target, &link).expect("a link");
    for (mut running, name) in
        [(Running::file(&link), "two"), (Running::directory(&folder.path().join("conf")), "three")]
    {
        running.until("the first configuration", |config| config.http.routers.len() == 1).await;
        fs::write(&target, router(name)).expect("written");
        running.routers(&[name]).await;
    }
}

#[tokio::test]
async fn new_subdirectories_are_followed() {
    let folder = TempDir::new();
    folder.write("a.yml", router("a"));
    let mut running = Running::directory(folder.path());
    running.routers(&["a"]).await;
    folder.write("sub/deep/b.yml", router("b"));
    running.routers(&["a", "b"]).await;
    fs::write(folder.path().join("sub/deep/b.yml"), router("c")).expect("written");
    running.routers(&["a", "c"]).await;
    fs::remove_dir_all(folder.path().join("sub")).expect("removed");
    running.routers(&["a"]).await;
    folder.write("sub/deep/d.yml", router("d"));
    running.routers(&["a", "d"]).await;
    fs::write(folder.path().join("sub/deep/d.yml"), router("e")).expect("written");
    running.routers(&["a", "e"]).await;
}

#[tokio::test]
async fn a_bad_file_keeps_its_objects_until_it_is_good() {
    let folder = TempDir::new();
    folder.write("a.yml", router("a"));
    let path = folder.write("b.yml", router("b"));
    let mut running = Running::directory(folder.path());
    running.routers(&["a", "b"]).await;
    fs::write(&path, "http: [").expect("written");
    let bad = running.until("the problem", |config| !config.problems.is_empty()).await;
    assert_eq!(bad.http.routers.len(), 2);
    fs::write(&path, router("c")).expect("written");
    running.routers(&["a", "c"]).await;
}

#[tokio::test]
async fn one_changed_file_of_a_hundred_leaves_the_rest_as_it_was() {
    let folder = TempDir::new();
    for number in 0..100 {
        folder.write(&format!("f{number:03}.yml"), router(&format!("r{number:03}")));
    }
    let mut running = Running::directory(folder.path());
    let before = running.until("all files", |config| config.http.routers.len() == 100).await;
    folder.write("f042.yml", router("changed"));
    let after = running.until("the change", |config| config.http.routers.contains_key("changed")).await;
    let kept = before.http.routers.iter().filter(|(name, router)| {
        after.http.routers.get(&***name).is_some_and(|now| Arc::ptr_eq(now, router))
    });
    assert_eq!((kept.count(), after.http.routers.len()), (99, 100));
}

#[tokio::test]
async fn a_replaced_directory_is_followed() {
    let folder = TempDir::new();
    folder.write("v1/a.yml", router("one"));
    folder.write("v2/a.yml", router("two"));
    let conf = folder.path().join("conf");
    symlink("v1", &conf).expect("a link");
    let mut running = Running::directory(&conf);
    running.routers(&["one"]).await;
    symlink("v2", folder.path().join("next")).expect("a link");
    fs::rename(folder.path().join("next"), &conf).expect("swapped");
    running.routers(&["two"]).await;
    folder.write("v2/a.yml", router("three"));
    running.routers(&["three"]).await;
}

#[tokio::test]
async fn a_target_that_is_missing_is_told_at_once_and_found_when_it_appears() {
    for (missing, written, kind) in [
        ("conf", "conf/a.yml", "directory"),
        ("conf/routes/more", "conf/routes/more/a.yml", "directory"),
        ("a.yml", "a.yml", "file"),
        ("conf/routes/a.yml", "conf/routes/a.yml", "file"),
    ] {
        let folder = TempDir::new();
        let path = folder.path().join(missing);
        let mut running = match kind {
            "file" => Running::file(&path),
            _ => Running::directory(&path),
        };
        let first = running.until("the first configuration", |_| true).await;
        let told: Vec<String> = first.problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("{}: error: the {kind} does not exist", path.display())]);
        folder.write(written, router("a"));
        running.routers(&["a"]).await;
        // Away and back again: now there is a last configuration.
        let gone = folder.path().join("gone");
        fs::rename(&path, &gone).expect("renamed");
        let kept = running.until("the problem", |config| !config.problems.is_empty()).await;
        assert!(kept.problems[0].message.contains("does not exist, its last configuration stays"));
        assert!(kept.http.routers.contains_key("a"));
        fs::rename(&gone, &path).expect("renamed");
        running.routers(&["a"]).await;
    }
}

#[tokio::test]
async fn a_changed_certificate_is_published() {
    let folder = TempDir::new();
    let pem = folder.write("certs/site.pem", "one");
    let pem = pem.display();
    let path =
        folder.write("conf/a.yml", format!("tls: {{certificates: [{{certFile: {pem}, keyFile: {pem}}}]}}"));
    let mut running = Running::file(&path);
    let before = running.until("the certificate", |config| config.tls.certificates.len() == 1).await;
    folder.write("certs/site.pem", "two");
    let renewed =
        |config: &DynamicConfig| !Arc::ptr_eq(&config.tls.certificates[0], &before.tls.certificates[0]);
    running.until("the renewed certificate", renewed).await;
}

#[tokio::test]
async fn without_a_watch_only_a_reload_reads_again() {
    let folder = TempDir::new();
    let path = folder.write("a.yml", router("one"));
    let mut running = Running::start(Target::File(path), Watch::Never);
    running.routers(&["one"]).await;
    folder.write("a.yml", router("two"));
    running.reload.request();
    running.routers(&["two"]).await;
    running.trigger.stop();
    assert!(soon("the end", running.supervisor.ended()).await.expect("one provider").outcome.is_ok());
}

#[tokio::test]
async fn without_a_watch_a_bad_start_is_final() {
    let folder = TempDir::new();
    let broken = folder.write("broken.yml", "http: [");
    for target in [
        Target::File(folder.path().join("missing.yml")),
        Target::File(broken),
        Target::Directory(folder.path().join("missing")),
    ] {
        let mut running = Running::start(target.clone(), Watch::Never);
        let ended = soon("the end", running.supervisor.ended()).await.expect("one provider");
        assert_eq!(ended.outcome.expect_err("it failed").retry, Retry::Never, "{target:?}");
    }
}

#[tokio::test]
async fn a_stop_ends_it() {
    let folder = TempDir::new();
    let path = folder.write("a.toml", "[http.routers.one]\nrule = 'Path(`/`)'\nservice = 's'\n");
    let mut running = Running::file(&path);
    running.routers(&["one"]).await;
    running.trigger.stop();
    assert!(soon("the end", running.supervisor.ended()).await.expect("one provider").outcome.is_ok());
}
