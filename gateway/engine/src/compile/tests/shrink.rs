//! What a burst of odd configurations leaves behind.

use super::*;

fn document(places: std::ops::Range<usize>) -> String {
    let mut text = String::from("http:\n  services:\n    s: {loadBalancer: {servers: []}}\n  routers:\n");
    for number in places {
        let rule = format!("Host(`h{number}.test`)");
        text.push_str(&format!(
            "    r{number}: {{rule: '{rule}', service: s, entryPoints: [web, other{number}]}}\n"
        ));
    }
    text
}

#[test]
fn places_that_no_router_is_at_are_forgotten() {
    let mut bench = Bench::web();
    let most = (0..40).map(|round| {
        bench.say("file", &document(round * 50..round * 50 + 50));
        bench.compiler.placements.len()
    });
    let most = most.max().unwrap();
    assert!((50..=150).contains(&most), "{most} places are remembered of 2000, 50 are used at a time");
}

#[test]
fn routers_stay_where_they_are_when_other_places_are_forgotten() {
    let mut bench = Bench::web();
    let kept = "http:\n  services:\n    s: {loadBalancer: {servers: []}}\n  routers:\n    \
                kept: {rule: 'Host(`kept.test`)', service: s, entryPoints: [web]}\n    \
                secure: {rule: 'Host(`kept.test`)', service: s, entryPoints: [websecure], tls: {}}\n";
    bench.say("file", &document(0..100));
    bench.say("docker", kept);
    for round in 1..10 {
        let compiled = bench.say("file", &document(round * 100..round * 100 + 100));
        assert_eq!(compiled.name("kept.test", "/"), Some("kept@docker"));
        let number = round * 100 + 7;
        let name = format!("r{number}@file");
        assert_eq!(compiled.name(&format!("h{number}.test"), "/"), Some(&*name));
    }
    // What is written next reaches the places it names, whatever numbers were given again.
    let last = bench.say("docker", &kept.replace("kept.test", "moved.test"));
    assert_eq!(last.name("moved.test", "/"), Some("kept@docker"));
    assert_eq!(last.name("kept.test", "/"), None);
}
