//! Whoever asks learns of the request.

use super::Stop;

#[tokio::test]
async fn a_request_is_seen_by_those_who_ask_later() {
    let (trigger, stop) = Stop::new();
    assert!(!stop.is_requested());
    trigger.stop();
    assert!(stop.is_requested());
    stop.clone().requested().await;
}

#[tokio::test]
async fn a_dropped_trigger_is_a_request() {
    let (trigger, stop) = Stop::new();
    drop(trigger);
    assert!(stop.is_requested());
    stop.requested().await;
}
