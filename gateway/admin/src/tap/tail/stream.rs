//! The tail as server-sent events: `data` is a request, `dropped` says how many there was no room for.

use std::fmt::Write;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior, interval};
use windrose_engine::drain::Stage;
use windrose_http::body::{BodyError, Frame, Stream};

use super::Listening;
use crate::stage::{Window, stage};

/// Lines as they come, until the gateway stops.
pub(crate) struct Lines {
    listening: Listening,
    window: Window,
    beat: Interval,
    beats: u32,
    is_begun: bool,
}

impl Lines {
    /// What is heard, as long as the engine seen through `window` runs.
    pub(crate) fn new(listening: Listening, window: Window) -> Self {
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { listening, window, beat, beats: 0, is_begun: false }
    }
}

impl Stream for Lines {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let mut text = String::new();
        if !std::mem::replace(&mut self.is_begun, true) {
            // The head of the answer goes with it.
            text.push_str(": listening\n\n");
        }
        while text.len() < LARGEST
            && let Poll::Ready(Some(line)) = self.listening.lines.poll_recv(cx)
        {
            // Writing to a string cannot fail.
            let _ = write!(text, "data: {}\n\n", line.value());
        }
        while self.beat.poll_tick(cx).is_ready() {
            if stage(&self.window) != Stage::Running {
                // Nobody waits for us to stop.
                return Poll::Ready(None);
            }
            match self.listening.take_dropped() {
                0 => {}
                count => {
                    let _ = write!(text, "event: dropped\ndata: {}\n\n", json!({"count": count}));
                }
            }
            self.beats += 1;
            if self.beats.is_multiple_of(QUIET) && text.is_empty() {
                text.push_str(": \n\n");
            }
        }
        if text.is_empty() { Poll::Pending } else { Poll::Ready(Some(Ok(Frame::Data(Bytes::from(text))))) }
    }

    fn length(&self) -> Option<u64> {
        None
    }
}

/// How often it is looked whether the gateway stops, and what was dropped is told.
const BEAT: Duration = Duration::from_secs(1);
/// After so many beats something is sent, so that whoever has gone is noticed.
const QUIET: u32 = 10;
/// What is sent at a time.
const LARGEST: usize = 32 * 1024;
