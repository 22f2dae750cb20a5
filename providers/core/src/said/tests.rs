use windrose_config::Problem;

use super::*;
use crate::state::State;
use crate::updates::Publishers;

fn config(word: &str) -> DynamicConfig {
    DynamicConfig { problems: vec![Problem::warning(word)], ..DynamicConfig::default() }
}

#[tokio::test]
async fn nothing_is_said_twice_in_a_row_over_all_runs() {
    let (publishers, mut receiver) = Publishers::new();
    let out = publishers.provider("kv");
    let said = Said::default();
    said.publish(&out, config("a"));
    assert_eq!(receiver.changed().await.unwrap().len(), 1);
    said.clone().publish(&out, config("a"));
    let quiet = tokio::time::timeout(std::time::Duration::ZERO, receiver.changed()).await;
    assert!(quiet.is_err());
    said.publish(&out, config("b"));
    assert_eq!(receiver.changed().await.unwrap()[0].config.problems[0].message, "b");
}

#[tokio::test]
async fn an_absent_source_says_once_that_there_is_nothing_and_never_after_it_has_spoken() {
    let (publishers, mut receiver) = Publishers::new();
    let out = publishers.provider("kv");
    let said = Said::default();
    said.say_something(&out);
    assert!(receiver.changed().await.unwrap()[0].config.is_empty());
    assert_eq!(publishers.states().all()["kv"], State::Waiting);
    said.publish(&out, config("a"));
    assert_eq!(publishers.states().all()["kv"], State::Reached);
    receiver.changed().await.unwrap();
    said.say_something(&out);
    let quiet = tokio::time::timeout(std::time::Duration::ZERO, receiver.changed()).await;
    assert!(quiet.is_err());
}
