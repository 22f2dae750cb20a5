//! A slice counts once, and only while it is recent.

use super::*;
use crate::report::Slice;

const NOW: u64 = 1_000_000;

fn report(run: &str, numbers: impl IntoIterator<Item = u64>) -> Report {
    let flow: report::Flow =
        serde_json::from_str(r#"{"service":"shop/cart","success":1,"latency":[[3,1]]}"#).unwrap();
    let slices = numbers.into_iter().map(|number| Slice { number, flows: vec![flow.clone()] });
    Report { run: run.into(), slices: slices.collect() }
}

fn take(window: &mut Window, report: &Report) -> Result<Option<u64>, Refused> {
    window.take(report, &Directory::default(), NOW)
}

fn count(window: &Window, seconds: u64) -> u64 {
    window.flows(Window::span(seconds, NOW)).map(|flow| flow.figures.success).sum()
}

#[test]
fn a_slice_counts_once_however_often_it_comes() {
    let (mut window, now) = (Window::default(), slice_at(NOW));
    assert_eq!(take(&mut window, &report("a", [now - 3, now - 2])), Ok(None));
    for _ in 0..3 {
        assert_eq!(take(&mut window, &report("a", [now - 3, now - 2])), Ok(Some(now - 2)));
    }
    assert_eq!(take(&mut window, &report("b", [now - 3])), Ok(None));
    assert_eq!(count(&window, 30), 3);
    // What is older does not take back what came before.
    for _ in 0..2 {
        assert_eq!(take(&mut window, &report("a", [now - 9])), Ok(Some(now - 2)));
    }
    assert_eq!(take(&mut window, &report("c", [])), Ok(None));
}

#[test]
fn a_stretch_has_the_slices_that_it_says() {
    let (mut window, now) = (Window::default(), slice_at(NOW));
    for first in [now - 60, now - 48, now - 36, now - 24, now - 12] {
        take(&mut window, &report("a", first..first + 12)).unwrap();
    }
    for (seconds, slices) in [(30, 6), (5, 1), (0, 1), (31, 7), (300, 60), (100_000, 60)] {
        let span = Window::span(seconds, NOW);
        assert_eq!(span.seconds, slices * SECONDS);
        // The last slice is not over for all.
        assert!(span.until <= NOW - GRACE);
        let expected = slices.min(slice_at(span.until) - (now - 60));
        assert_eq!(count(&window, seconds), expected, "{seconds}");
    }
}

#[test]
fn controllers_that_were_told_at_other_times_answer_the_same() {
    let (mut one, mut other, now) = (Window::default(), Window::default(), slice_at(NOW));
    for number in now - 6..now {
        take(&mut one, &report("a", [number])).unwrap();
    }
    take(&mut other, &report("a", now - 8..now)).unwrap();
    assert_eq!(count(&one, 20), count(&other, 20));
}

#[test]
fn what_no_node_of_ours_makes_is_refused_whole() {
    let (mut window, now) = (Window::default(), slice_at(NOW));
    assert_eq!(take(&mut window, &report("", [now])), Err(Refused::Nameless));
    assert_eq!(take(&mut window, &report("a b", [now])), Err(Refused::Nameless));
    assert_eq!(take(&mut window, &report("a", now - 13..=now)), Err(Refused::TooMuch));
    assert_eq!(take(&mut window, &report("a", [now, now + 12])), Err(Refused::Ahead(60)));
    assert_eq!(take(&mut window, &report("a", [u64::MAX])), Err(Refused::Ahead(u64::MAX)));
    let mut much = report("a", [now]);
    let flow = much.slices[0].flows[0].clone();
    much.slices[0].flows = vec![flow; MOST_FLOWS + 2];
    assert_eq!(take(&mut window, &much), Err(Refused::TooMuch));
    assert_eq!(count(&window, 300), 0);
}

#[test]
fn what_is_old_is_forgotten_and_not_taken() {
    let (mut window, now) = (Window::default(), slice_at(NOW));
    take(&mut window, &report("a", [now - 100, now - 5])).unwrap();
    assert_eq!(window.slices.len(), 1);
    window.take(&report("b", []), &Directory::default(), NOW + 1000).unwrap();
    assert!(window.slices.is_empty() && window.last.is_empty());
}
