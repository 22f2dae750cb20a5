//! Idempotent: the same input twice publishes once.

use std::sync::Arc;

use windrose_config::{DynamicConfig, Source, refuse, source::yaml};
use windrose_random::Random;

use super::gateway;
use super::isolated::Plan;

#[tokio::test]
async fn the_same_again_is_not_published() {
    let mut random = Random::new();
    let gateway = gateway(1);
    let mut plan = Plan::new(&mut random);
    for _ in 0..ROUNDS {
        let text = plan.text("http://127.0.0.1:9");
        let (generation, problems) = gateway.publish_flawed("test", &text).await;
        let (published, snapshot) = (gateway.published(), gateway.current().load());
        // Written at another place, it still says the same.
        for again in
            [text.clone(), format!("# moved\n\n{text}\n# down\n"), text.replace("{name: ", "{name:   ")]
        {
            let (now, still) = gateway.publish_flawed("test", &again).await;
            assert_eq!(now, generation, "published again: {again}");
            assert!(Arc::ptr_eq(&snapshot, &gateway.current().load()));
            assert_eq!(still.len(), problems.len());
        }
        let (now, _) = gateway.publish_flawed("test", &text).await;
        assert_eq!(now, generation);
        assert_eq!(gateway.published().report.problems(), published.report.problems());
        // A provider that has nothing to say changes nothing.
        gateway.publish("silent", "{}").await;
        assert_eq!(gateway.current().generation(), generation);
        plan.change(&mut random);
    }
}

#[test]
fn plans_are_written_differently_and_say_the_same() {
    // The test above would prove little if these were equal as text.
    let text = Plan::new(&mut Random::new()).text("http://127.0.0.1:9");
    let decode = |text: &str| {
        let source = Source::file("dynamic.yml");
        DynamicConfig::decode(yaml::parse(text, &source).unwrap(), &source, refuse::DYNAMIC)
    };
    let moved = format!("# moved\n{text}");
    let mark = |config: &DynamicConfig| config.http.routers.values().next().unwrap().origin.mark.line;
    assert_ne!(mark(&decode(&text)), mark(&decode(&moved)));
}

const ROUNDS: usize = 40;
