use std::sync::Arc;

use windrose_config::dynamic_config::Router;
use windrose_config::{Mark, Source, Update, Written};

use super::*;
use crate::merge::{Sources, merge};

#[test]
fn what_another_one_did_not_get_disables_nothing() {
    let (older, newer) = (Source::other("older"), Source::other("newer"));
    let mut config = DynamicConfig::default();
    let router = Written::new(Router::default(), Origin::new(Arc::clone(&older), Mark::default()));
    config.http.routers.insert("shared".into(), Arc::new(router));
    let about = |name: &str, source: &Arc<Source>| {
        let problem = Problem::error("left out").at(source, Mark::default());
        problem.of(ObjectRef::new(Section::HttpRouters, name))
    };
    config.problems = vec![about("shared", &newer), about("lost", &newer)];
    let status = |config: DynamicConfig, name: &str, compiled: Vec<Problem>| {
        let mut sources = Sources::new();
        sources.take(Update { provider: "docker".into(), config: Arc::new(config) });
        let merged = merge(&Arc::default(), &Arc::from([]), &sources);
        Report::new(&merged, compiled).status(Section::HttpRouters, name, "docker")
    };
    assert_eq!(status(config.clone(), "shared", Vec::new()), Status::Warning);
    assert_eq!(status(config.clone(), "lost", Vec::new()), Status::Disabled);
    // What the engine says of it is about the one that stays.
    let compiled = Problem::error("no service").at(&newer, Mark::default());
    let object =
        ObjectRef { provider: Some("docker".into()), ..ObjectRef::new(Section::HttpRouters, "shared") };
    assert_eq!(status(config.clone(), "shared", vec![compiled.of(object)]), Status::Disabled);
    config.problems = vec![about("shared", &older)];
    assert_eq!(status(config, "shared", Vec::new()), Status::Disabled);
}
