use std::future::{pending, ready};
use std::time::Duration;

use super::{soon, within};
use crate::task::Task;

#[tokio::test]
async fn what_comes_in_time_is_returned() {
    assert_eq!(soon("a number", ready(7)).await, 7);
}

#[tokio::test]
async fn what_does_not_come_is_named_with_the_place() {
    let task = Task::spawn(within(Duration::from_millis(1), "the reply", pending::<()>()));
    let message = task.panic_message().await;
    assert!(message.contains("the reply did not come within 1ms"), "{message}");
    assert!(message.contains("src/within/tests.rs:"), "{message}");
}
