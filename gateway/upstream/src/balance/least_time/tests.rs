use super::*;
use crate::balance::Cycle;
use crate::balance::lowest::{Deadlines, choose};

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn the_mean_is_of_the_last_hundred_answers() {
    let times = Times::default();
    assert_eq!(times.mean(), 0.0);
    times.add(ms(10));
    times.add(ms(20));
    times.add(Duration::from_micros(999));
    assert_eq!(times.mean(), 10.0);
    for _ in 0..100 {
        times.add(ms(7));
    }
    assert_eq!(times.mean(), 7.0);
    for _ in 0..50 {
        times.add(ms(9));
    }
    assert_eq!(times.mean(), 8.0);
}

#[test]
fn the_lowest_score_wins_and_weights_and_load_count() {
    // Mean, requests, weight.
    let cases = [
        ([(10.0, 0, 1), (5.0, 0, 1)], 1),
        ([(10.0, 0, 1), (5.0, 2, 1)], 0),
        ([(10.0, 0, 4), (5.0, 0, 1)], 0),
        ([(10.0, 1, 4), (5.0, 0, 1)], 1),
        ([(10.0, 0, 1), (0.0, 50, 1)], 1),
    ];
    for (servers, chosen) in cases {
        let score = |at: usize| score(servers[at].0, servers[at].1, servers[at].2);
        let deadlines = Deadlines::new(&[1, 1]);
        let made = choose(&Cycle::once_each([0, 1]), &deadlines, score);
        // Both have 5 ms to go in the fourth case: the first has the earlier deadline.
        assert_eq!(made, Some(if score(0) == score(1) { 0 } else { chosen }), "{servers:?}");
    }
}
