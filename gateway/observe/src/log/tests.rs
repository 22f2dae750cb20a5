use std::env;
use std::fs;
use std::path::PathBuf;

use tracing_subscriber::layer::SubscriberExt;

use super::{LogError, LogFormat, LogSettings, init_logging, prepare};
use crate::level::Level;

/// A path of this test alone; the file is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("windrose-log-{}-{name}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _absent = fs::remove_file(&self.0);
    }
}

#[test]
fn a_moved_file_is_left_at_reopening() {
    let current = Scratch::new("current");
    let rotated = Scratch::new("rotated");
    let settings = LogSettings {
        level: Level::Info,
        format: LogFormat::Json,
        file: Some(current.0.clone()),
        ..LogSettings::default()
    };
    let (printer, handle) = prepare(&settings, None).unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(printer), || {
        tracing::info!("first");
        fs::rename(&current.0, &rotated.0).unwrap();
        tracing::info!("second");
        handle.reopen().unwrap();
        tracing::info!("third");
    });
    let (old, new) = (fs::read_to_string(&rotated.0).unwrap(), fs::read_to_string(&current.0).unwrap());
    assert!(old.contains("first") && old.contains("second") && !old.contains("third"), "{old}");
    assert!(new.contains("third") && !new.contains("second"), "{new}");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let path = PathBuf::from("/nonexistent/windrose.log");
    let settings = LogSettings { file: Some(path.clone()), ..LogSettings::default() };
    match init_logging(&settings, None) {
        Err(LogError::Open { path: named, .. }) => assert_eq!(named, path),
        other => panic!("opened: {other:?}"),
    }
}

#[test]
fn the_log_starts_once() {
    init_logging(&LogSettings::default(), None).unwrap();
    assert!(matches!(init_logging(&LogSettings::default(), None), Err(LogError::Started)));
}
