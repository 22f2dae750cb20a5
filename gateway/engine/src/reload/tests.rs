//! When configuration takes effect, with the clock under control.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::sync::Notify;
use windrose_config::source::yaml;
use windrose_config::{DynamicConfig, GoDuration, Source, refuse};
use windrose_rule::RequestView;

use super::*;
use crate::live::Live;

/// A feed that a test fills.
#[derive(Clone, Default)]
struct Script(Arc<(Mutex<News>, Notify)>);

type News = VecDeque<Option<Vec<Update>>>;

impl Script {
    fn say(&self, provider: &str, name: &str) {
        let source = Source::file("dynamic.yaml");
        let document = format!(
            "http: {{routers: {{{name}: {{rule: 'PathPrefix(`/`)', service: s}}}}, services: {{s: {{loadBalancer: {{servers: []}}}}}}}}"
        );
        let config =
            DynamicConfig::decode(yaml::parse(&document, &source).unwrap(), &source, refuse::DYNAMIC);
        self.put(Some(vec![Update { provider: provider.into(), config: Arc::new(config) }]));
    }

    fn end(&self) {
        self.put(None);
    }

    fn put(&self, news: Option<Vec<Update>>) {
        self.0.0.lock().unwrap().push_back(news);
        self.0.1.notify_one();
    }
}

impl Feed for Script {
    async fn changed(&mut self) -> Option<Vec<Update>> {
        loop {
            let next = self.0.0.lock().unwrap().pop_front();
            match next {
                Some(news) => return news,
                None => self.0.1.notified().await,
            }
        }
    }
}

fn tools() -> Tools {
    Tools {
        build: windrose_middleware::list::build,
        services: Vec::new(),
        live: Arc::new(Live::new()),
        files: Arc::new(|_: &str| Err::<Vec<u8>, _>(std::io::ErrorKind::NotFound.into())),
    }
}

fn reload() -> Reload {
    Reload::new(Arc::new(StaticConfig::default()), tools())
}

fn routed(current: &Current) -> Option<Arc<str>> {
    let snapshot = current.load();
    let request = RequestView { host: "a.test", path: "/", ..Default::default() };
    snapshot.listeners.first()?.plain.find(&request).map(|found| Arc::clone(&found.route.name))
}

/// Waits until requests are routed to `name`; gives how long that took.
async fn until_routed(current: &Current, name: &str) -> Duration {
    let started = Instant::now();
    while routed(current).as_deref() != Some(name) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(started.elapsed() < Duration::from_secs(60), "{name} never takes effect");
    }
    started.elapsed()
}

#[test]
fn there_is_a_snapshot_before_any_provider_speaks() {
    let reload = reload();
    assert_eq!(reload.current().generation(), 1);
    let published = reload.published().load();
    assert_eq!(published.merged.parts.len(), 1);
    assert!(published.report.problems().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_first_word_counts_at_once_and_the_next_waits_its_turn() {
    let mut settings = StaticConfig::default();
    settings.providers.throttle = Some(GoDuration::from_secs(2));
    let reload = Reload::new(Arc::new(settings), tools());
    let current = Arc::clone(reload.current());
    let published = Arc::clone(reload.published());
    let script = Script::default();
    let talk = async {
        let soon = Duration::from_millis(50);
        script.say("file", "one");
        assert!(until_routed(&current, "one@file").await < soon);
        script.say("file", "two");
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(routed(&current).as_deref(), Some("one@file"));
        script.say("file", "three");
        // Another provider does not wait for this one.
        script.say("docker", "four");
        assert!(until_routed(&current, "four@docker").await < soon);
        script.say("docker", "five");
        let waited = until_routed(&current, "five@docker").await;
        assert!(waited > Duration::from_millis(1900) && waited < Duration::from_millis(2100), "{waited:?}");
        let parts: Vec<_> =
            published.load().merged.parts.iter().map(|part| part.provider.to_string()).collect();
        assert_eq!(parts, ["docker", "file", "internal"]);
        assert!(published.load().merged.parts[1].config.http.routers.contains_key("three"));
        // After a quiet time, at once again.
        tokio::time::sleep(Duration::from_secs(10)).await;
        script.say("docker", "six");
        assert!(until_routed(&current, "six@docker").await < soon);
        script.end();
    };
    let ((), ()) = tokio::join!(reload.run(script.clone()), talk);
}

#[tokio::test(start_paused = true)]
async fn where_no_pause_is_written_a_second_word_counts_at_once_too() {
    let reload = reload();
    let current = Arc::clone(reload.current());
    let script = Script::default();
    let talk = async {
        for name in ["one", "two", "three"] {
            script.say("file", name);
            let took = until_routed(&current, &format!("{name}@file")).await;
            assert!(took < Duration::from_secs(1), "{name} after {took:?}");
        }
        script.end();
    };
    let ((), ()) = tokio::join!(reload.run(script.clone()), talk);
}

#[tokio::test(start_paused = true)]
async fn the_same_again_is_not_published_and_old_snapshots_are_freed() {
    let reload = reload();
    let current = Arc::clone(reload.current());
    let script = Script::default();
    let held = current.load();
    let talk = async {
        script.say("file", "one");
        until_routed(&current, "one@file").await;
        let generation = current.generation();
        script.say("file", "one");
        script.say("docker", "two");
        until_routed(&current, "two@docker").await;
        assert_eq!(current.generation(), generation + 1);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(current.generation(), generation + 1);
        let freed = Arc::downgrade(&held);
        drop(held);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(freed.upgrade().is_none());
        script.end();
    };
    let ((), ()) = tokio::join!(reload.run(script.clone()), talk);
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_last_provider_ends_still_takes_effect() {
    let reload = reload();
    let current = Arc::clone(reload.current());
    let script = Script::default();
    script.say("file", "one");
    script.say("file", "two");
    script.end();
    reload.run(script).await;
    assert_eq!(routed(&current).as_deref(), Some("two@file"));
}

#[test]
fn problems_are_told_once_as_long_as_they_last() {
    let problem = |text: &str| windrose_config::Problem::error(text);
    let merged = merge(&Arc::default(), &Arc::from([]), &Sources::new());
    let mut told = Told::default();
    let report = |texts: &[&str]| Report::new(&merged, texts.iter().map(|text| problem(text)).collect());
    assert_eq!(told.tell(&report(&["a", "b", "a"])), 2);
    assert_eq!(told.tell(&report(&["b", "a"])), 0);
    assert_eq!(told.tell(&report(&["b", "c"])), 1);
    assert_eq!(told.tell(&report(&["a"])), 1);
    let many: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
    assert_eq!(told.tell(&report(&many.iter().map(String::as_str).collect::<Vec<_>>())), 100);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_read_again_and_one_that_does_not_is_left_alone() {
    let path = std::env::temp_dir().join(format!("windrose-watched-{}", std::process::id()));
    std::fs::write(&path, "one").unwrap();
    let name: Arc<str> = path.to_str().unwrap().into();
    let dated = |time: SystemTime| {
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(time).unwrap();
    };
    let read_at = SystemTime::now();
    dated(read_at - Duration::from_secs(60));
    let mut old = Watched::new(vec![Arc::clone(&name)], read_at);
    assert!(!old.have_changed().await, "it was as it is long before it was read");
    dated(read_at + Duration::from_secs(3600));
    let mut future = Watched::new(vec![Arc::clone(&name)], read_at);
    assert!(!future.have_changed().await, "another clock's time would have it read for ever");
    dated(read_at);
    let mut new = Watched::new(vec![Arc::clone(&name)], read_at);
    assert!(new.have_changed().await, "nobody knows whether this was read");
    let mut absent = Watched::new(vec!["/nowhere/at/all".into()], read_at);
    assert!(!absent.have_changed().await);
    std::fs::remove_file(&path).unwrap();
}
