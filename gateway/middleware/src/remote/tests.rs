use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, advance, timeout};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn held(fresh: &Fresh<u32>) -> Option<(u32, u64)> {
    fresh.now().0.map(|held| (*held.value, held.number))
}

#[tokio::test(start_paused = true)]
async fn one_fetches_and_the_others_wait() {
    let fresh = Arc::new(Fresh::<u32>::new());
    let attempt = fresh.begin(Why::Due).expect("the first");
    assert!(fresh.begin(Why::Due).is_none() && fresh.begin(Why::Missing(Duration::ZERO)).is_none());
    let begun = Instant::now();
    fresh.settle(MINUTE).await;
    assert_eq!(begun.elapsed(), MINUTE, "it takes too long");
    let waiting = fresh.settle(MINUTE);
    let done = async { attempt.succeed(1, b"one", MINUTE) };
    tokio::join!(waiting, done);
    assert_eq!((begun.elapsed(), held(&fresh)), (MINUTE, Some((1, 1))));
    // Nobody to wait for.
    timeout(Duration::ZERO, fresh.settle(MINUTE)).await.expect("at once");
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_while_it_fails_and_the_old_value_stays_for_a_day() {
    let fresh = Arc::new(Fresh::<u32>::new());
    for pause in [500, 1000, 2000, 4000] {
        drop(fresh.begin(Why::Due).expect("it is time"));
        assert!(fresh.begin(Why::Due).is_none() && fresh.begin(Why::Missing(Duration::ZERO)).is_none());
        assert_eq!(fresh.pause(), Duration::from_millis(pause));
        advance(Duration::from_millis(pause)).await;
    }
    fresh.begin(Why::Due).expect("it is time").succeed(1, b"one", MINUTE);
    assert!(!fresh.now().1);
    advance(MINUTE).await;
    assert!(fresh.now().1);
    drop(fresh.begin(Why::Due).expect("it is time"));
    // Whoever has it need not look for a while.
    assert_eq!((held(&fresh), fresh.now().1), (Some((1, 1)), false));
    advance(Duration::from_secs(24 * 60 * 60)).await;
    assert_eq!(held(&fresh), None);
}

#[tokio::test(start_paused = true)]
async fn what_is_the_same_again_keeps_its_number() {
    let fresh = Arc::new(Fresh::<u32>::new());
    let mut seen = Vec::new();
    for (value, mark) in [(1, "a"), (1, "a"), (2, "b"), (1, "a")] {
        fresh.begin(Why::Missing(Duration::ZERO)).expect("nobody does").succeed(
            value,
            mark.as_bytes(),
            MINUTE,
        );
        seen.push(held(&fresh).expect("a value").1);
    }
    assert_eq!(seen, [1, 1, 2, 3]);
    assert!(fresh.begin(Why::Missing(MINUTE)).is_none());
    advance(MINUTE).await;
    assert!(fresh.begin(Why::Missing(MINUTE)).is_some());
}
