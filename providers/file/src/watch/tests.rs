//! When to look, and at what.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode, CreateKind, DataChange, ModifyKind, RenameMode};
use notify::{Event, EventKind};

use super::settle::State;
use super::{Changes, hear};

fn changes() -> Changes {
    let changes = Changes::default();
    changes.interest(|interest| {
        interest.trees.insert("/conf".into());
        interest.around.insert("/certs".into());
        interest.files.insert("/certs/a.pem".into());
    });
    changes
}

fn is_heard(kind: EventKind, path: &str) -> bool {
    let changes = changes();
    hear(&changes, Ok(Event::new(kind).add_path(Path::new(path).to_owned())));
    changes.is_pending()
}

#[test]
fn only_what_can_matter_is_heard() {
    let written = EventKind::Access(AccessKind::Close(AccessMode::Write));
    let opened = EventKind::Access(AccessKind::Open(AccessMode::Any));
    let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
    let renamed = EventKind::Modify(ModifyKind::Name(RenameMode::To));
    for (kind, path, expected) in [
        (written, "/conf/a.yml", true),
        (data, "/conf/a.toml", true),
        (data, "/conf/access.log", false),
        (opened, "/conf/a.yml", false),
        (renamed, "/conf/..data", true),
        (EventKind::Create(CreateKind::Folder), "/conf/sub", true),
        (data, "/certs/a.pem", true),
        (data, "/certs/b.pem", false),
        (renamed, "/certs/..data", true),
        (renamed, "/elsewhere/a.yml", false),
    ] {
        assert_eq!(is_heard(kind, path), expected, "{kind:?} {path}");
    }
}

#[test]
fn a_failing_watch_is_a_reason_to_look() {
    let changes = changes();
    hear(&changes, Err(notify::Error::generic("overflow")));
    assert!(changes.is_pending());
}

#[test]
fn a_look_waits_for_quiet_and_for_writers_but_not_long() {
    let start = Instant::now();
    let after = |state: &State| state.due().expect("a change").duration_since(start);
    let mut state = State::default();
    assert!(state.due().is_none());
    state.note(start);
    let quiet = after(&state);
    state.open.insert("/conf/a.yml".into());
    let writing = after(&state);
    assert!(quiet < writing && writing < Duration::from_millis(40), "{quiet:?} {writing:?}");
    state.note(start + Duration::from_secs(1));
    assert!(after(&state) < Duration::from_millis(40), "changes that keep coming put it off");
    state.looked();
    assert!(state.due().is_none() && state.open.is_empty());
}

#[tokio::test]
async fn changes_from_another_thread_wake_the_waiting_one() {
    let changes = Arc::new(changes());
    let hearing = changes.clone();
    let writer = std::thread::spawn(move || hearing.happened());
    windrose_kit::soon("the change", changes.settled()).await;
    writer.join().expect("it ends");
    assert!(!changes.is_pending());
}
