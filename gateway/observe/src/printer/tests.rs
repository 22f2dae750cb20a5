use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use tracing_subscriber::layer::SubscriberExt;

use super::{Printer, Style};
use crate::line::Colour;
use crate::sink::Sink;
use crate::{Level, fields};

/// What is printed at `verbosity` while `speak` runs, without the time.
fn printed(verbosity: Level, style: Style, speak: impl FnOnce()) -> Vec<String> {
    let sink = Arc::new(Sink::Memory(Mutex::default()));
    let printer = Printer { sink: Arc::clone(&sink), style, verbosity, clock: || UNIX_EPOCH, listener: None };
    let subscriber = tracing_subscriber::registry().with(verbosity.filter()).with(printer);
    tracing::subscriber::with_default(subscriber, speak);
    let Sink::Memory(buffer) = &*sink else { unreachable!() };
    let text = String::from_utf8(buffer.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.replace("1970-01-01T00:00:00Z ", "")).collect()
}

fn common(verbosity: Level, speak: impl FnOnce()) -> Vec<String> {
    printed(verbosity, Style::Common(Colour::Never), speak)
}

#[test]
fn an_event_carries_the_fields_of_its_spans() {
    let lines = common(Level::Info, || {
        let outer =
            tracing::info_span!("conn", { fields::ENTRY_POINT } = "web", peer = tracing::field::Empty);
        outer.record(fields::PEER, "127.0.0.1:9");
        outer.in_scope(|| {
            tracing::info_span!("request", { fields::ROUTER } = "a@file")
                .in_scope(|| tracing::info!({ fields::ROUTER } = "b@file", tries = 2, "chosen"));
            tracing::info!("closed");
        });
    });
    assert_eq!(
        lines,
        [
            "INF chosen entryPointName=web peer=127.0.0.1:9 routerName=b@file tries=2",
            "INF closed entryPointName=web peer=127.0.0.1:9"
        ]
    );
}

#[test]
fn the_level_decides_what_is_printed() {
    let speak = || {
        tracing::error!("e");
        tracing::warn!("w");
        tracing::info!("i");
    };
    assert_eq!(common(Level::Warn, speak), ["ERR e", "WRN w"]);
    assert!(common(Level::Fatal, speak).is_empty());
}

#[test]
fn libraries_are_heard_from_warnings_on_unless_everything_is_wanted() {
    let speak = || {
        tracing::debug!(target: "h2::codec", "frame");
        tracing::warn!(target: "h2::codec", "flood");
    };
    let count = |level| common(level, speak).len();
    assert_eq!((count(Level::Debug), count(Level::Trace)), (1, 2));
}

#[test]
fn the_caller_is_named_from_debug_down() {
    let speak = || tracing::info!("here");
    assert_eq!(common(Level::Info, speak), ["INF here"]);
    let lines = common(Level::Debug, speak);
    assert!(lines[0].contains("src/printer/tests.rs:"), "{lines:?}");
}

#[test]
fn values_keep_their_types_in_json() {
    let lines = printed(Level::Info, Style::Json, || {
        let error = io::Error::other("gone");
        tracing::info!(
            text = "1",
            shown = %"x y",
            yes = true,
            minus = -1,
            half = 0.5,
            nan = f64::NAN,
            { fields::ERROR } = &error as &dyn Error,
            "typed"
        );
    });
    assert_eq!(
        lines,
        ["{\"level\":\"info\",\"text\":\"1\",\"shown\":\"x y\",\"yes\":true,\"minus\":-1,\"half\":0.5,\
          \"nan\":\"NaN\",\"error\":\"gone\",\"time\":\"1970-01-01T00:00:00Z\",\"message\":\"typed\"}"]
    );
}

#[test]
fn no_password_of_a_url_is_printed() {
    let lines = common(Level::Info, || {
        tracing::info!(server = "http://u:secret@h", error = %io::Error::other("https://v:secret@i"), "a://b:secret@c");
    });
    assert_eq!(lines, ["INF a://b:xxxxxx@c server=http://u:xxxxxx@h error=https://v:xxxxxx@i"]);
}

#[test]
fn whoever_listens_hears_what_is_logged() {
    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);
    impl crate::Listener for Heard {
        fn hear(&self, entry: &crate::Entry<'_>) {
            let text = format!("{} {} {:?}", entry.level, entry.message, entry.fields);
            self.0.lock().unwrap().push(text);
        }
    }
    let heard = Arc::new(Heard::default());
    let sink = Arc::new(Sink::Memory(Mutex::default()));
    let listener: Option<Arc<dyn crate::Listener>> = Some(heard.clone());
    let printer =
        Printer { sink, style: Style::Json, verbosity: Level::Info, clock: || UNIX_EPOCH, listener };
    let subscriber = tracing_subscriber::registry().with(Level::Info.filter()).with(printer);
    tracing::subscriber::with_default(subscriber, || {
        tracing::info!(number = 1, "said");
        tracing::debug!("unsaid");
    });
    assert_eq!(*heard.0.lock().unwrap(), ["INFO said [(\"number\", \"1\")]"]);
}
