//! What is counted, for how long, and what comes out.

use super::*;

fn passage(status: u16, millis: u64) -> Passage {
    Passage { status, end: End::Whole, sent: 10, took: Duration::from_millis(millis) }
}

fn name(text: &str) -> Arc<str> {
    Arc::from(text)
}

#[test]
fn rates_are_of_the_last_seconds_and_of_each_thing() {
    let rates = Rates::default();
    let counts = [rates.counts(), rates.counts()];
    let now = Instant::now();
    assert!(!rates.is_looked_at(now), "nobody asked");
    rates.show(now, None, 10);
    assert!(rates.is_looked_at(now));
    let (web, app, s) = (name("web"), name("app@file"), name("s@file"));
    for at in 0..100 {
        let status = if at < 10 { 500 } else { 200 };
        counts[at % 2].count(&web, Some(&app), Some(&s), passage(status, if at < 90 { 10 } else { 1000 }));
    }
    counts[0].count(&web, None, None, passage(404, 1));
    let shown = rates.show(now + Duration::from_secs(5), None, 10);
    assert_eq!(shown["seconds"], 5.0);
    assert_eq!(shown["total"]["requests"], 20.2);
    let router = &shown["routers"]["app@file"];
    assert_eq!(
        (&router["requests"], &router["errors"], &router["bytes"]),
        (&json!(20.0), &json!(2.0), &json!(200.0))
    );
    let near = |value: &Value, wanted: f64| (value.as_f64().unwrap() / wanted - 1.0).abs() < 0.15;
    assert!(near(&router["p50Ms"], 10.0) && near(&router["p99Ms"], 1000.0), "{router}");
    assert_eq!(shown["entryPoints"]["web"]["clientErrors"], 0.2);
    assert_eq!(shown["services"]["s@file"]["requests"], 20.0);
}

#[test]
fn what_is_older_than_the_window_is_forgotten() {
    let rates = Rates::default();
    let counts = rates.counts();
    let now = Instant::now();
    rates.show(now, None, 10);
    counts.count(&name("web"), None, None, passage(200, 1));
    let at = |seconds| rates.show(now + Duration::from_secs(seconds), None, 10)["total"]["requests"].clone();
    assert_eq!(at(10), json!(0.1));
    at(20);
    assert_eq!(at(30), json!(0.0));
}

#[test]
fn what_was_counted_for_somebody_long_ago_is_not_told() {
    let rates = Rates::default();
    let counts = rates.counts();
    let now = Instant::now();
    rates.show(now, None, 10);
    counts.count(&name("web"), None, None, passage(200, 1));
    let later = now + LEASE + Duration::from_secs(1);
    assert!(!rates.is_looked_at(later));
    assert_eq!(rates.show(later, None, 10)["total"]["requests"], 0.0);
    assert!(rates.is_looked_at(later));
}

#[test]
fn one_thing_can_be_asked_for_and_lists_are_bounded() {
    let rates = Rates::default();
    let counts = rates.counts();
    let now = Instant::now();
    rates.show(now, None, 10);
    for number in 0..20 {
        let router = name(&format!("r{number}@file"));
        for _ in 0..=number {
            counts.count(&name("web"), Some(&router), None, passage(200, 1));
        }
    }
    let then = now + Duration::from_secs(1);
    let shown = rates.show(then, None, 3);
    let names: Vec<&String> = shown["routers"].as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 3);
    assert!(shown["routers"]["r19@file"].is_object(), "those with the most");
    let one = rates.show(then, Some((Level::Router, "r4@file")), 3);
    assert_eq!(
        (one["routers"]["r4@file"]["requests"].clone(), one["routers"].as_object().unwrap().len()),
        (json!(5.0), 1)
    );
}
