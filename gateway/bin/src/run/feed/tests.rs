use windrose_engine::reload::Feed as _;
use windrose_providers_core::Publishers;

use super::*;

#[tokio::test]
async fn a_provider_is_in_force_once_more_is_asked_for() {
    let (publishers, updates) = Publishers::new();
    let shown = Arc::new(ArcSwap::default());
    let expected = vec![Arc::from("file"), Arc::from("docker")];
    let published =
        windrose_engine::reload::Reload::new(Arc::default(), windrose_assembly::tools(Vec::new()));
    let (mut feed, mut first) =
        Feed::new(updates, expected, Arc::clone(published.published()), Arc::clone(&shown));
    let seen = || shown.load().iter().map(|heard| heard.in_force).collect::<Vec<_>>();
    assert_eq!(seen(), [false, false]);

    publishers.provider("file").publish(DynamicConfig::default());
    feed.changed().await.unwrap();
    assert_eq!(seen(), [false, false], "handed over, not in force");
    publishers.provider("docker").publish(DynamicConfig::default());
    feed.changed().await.unwrap();
    assert_eq!(seen(), [true, false]);
    drop(publishers);
    assert!(feed.changed().await.is_none());
    assert_eq!(seen(), [true, true]);
    first.heard().await;
}
