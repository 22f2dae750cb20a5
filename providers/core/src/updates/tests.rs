//! The newest of each, once, and the end.

use std::time::Duration;

use tokio::time::timeout;
use windrose_config::{DynamicConfig, Problem};

use super::Publishers;

fn config(number: usize) -> DynamicConfig {
    DynamicConfig { problems: vec![Problem::warning(number.to_string())], ..DynamicConfig::default() }
}

#[tokio::test]
async fn only_the_latest_of_each_provider_arrives() {
    let (publishers, mut receiver) = Publishers::new();
    let (file, internal) = (publishers.provider("file"), publishers.provider("internal"));
    for number in 0..100 {
        file.publish(config(number));
    }
    internal.publish(config(7));
    let updates = receiver.changed().await.expect("publishers are left");
    let seen: Vec<_> = updates
        .iter()
        .map(|update| (&*update.provider, update.config.problems[0].message.as_str()))
        .collect();
    assert_eq!(seen, [("file", "99"), ("internal", "7")]);
    let nothing = timeout(Duration::from_millis(20), receiver.changed()).await;
    assert!(nothing.is_err(), "an update arrived twice");
}

#[tokio::test]
async fn a_waiting_receiver_is_woken_by_a_later_publication() {
    let (publishers, mut receiver) = Publishers::new();
    let file = publishers.provider("file");
    let waiting = async { receiver.changed().await };
    let publishing = async {
        tokio::task::yield_now().await;
        file.publish(config(1));
    };
    let (updates, ()) = tokio::join!(waiting, publishing);
    assert_eq!(updates.expect("publishers are left").len(), 1);
}

#[tokio::test]
async fn the_end_comes_after_the_last_update() {
    let (publishers, mut receiver) = Publishers::new();
    let file = publishers.provider("file");
    drop(publishers);
    file.publish(config(1));
    drop(file);
    assert!(receiver.changed().await.is_some());
    assert!(receiver.changed().await.is_none());
}
