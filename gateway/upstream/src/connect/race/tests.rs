use std::cell::RefCell;
use std::rc::Rc;

use tokio::time::{Instant, sleep};

use super::*;
use crate::testing::run_paused;

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| address(text)).collect()
}

#[test]
fn families_take_turns_and_the_preferred_one_begins() {
    let cases: [(&[&str], &[&str]); 5] = [
        (&[], &[]),
        (&["1.0.0.1:1"], &["1.0.0.1:1"]),
        (
            &["[::1]:1", "[::2]:1", "[::3]:1", "1.0.0.1:1", "1.0.0.2:1"],
            &["[::1]:1", "1.0.0.1:1", "[::2]:1", "1.0.0.2:1", "[::3]:1"],
        ),
        (
            &["1.0.0.1:1", "1.0.0.2:1", "[::1]:1", "1.0.0.3:1"],
            &["1.0.0.1:1", "[::1]:1", "1.0.0.2:1", "1.0.0.3:1"],
        ),
        (&["[::2]:1", "[::1]:1"], &["[::2]:1", "[::1]:1"]),
    ];
    for (found, order) in cases {
        assert_eq!(interleaved(addresses(found)), addresses(order), "{found:?}");
    }
}

/// What an address does: answers or refuses after so many milliseconds, or never.
#[derive(Clone, Copy)]
enum Does {
    Answer(u64),
    Refuse(u64),
    Nothing,
}

/// What was dialled when, and what has come of it when.
async fn race(script: &[(&'static str, Does)]) -> (io::Result<SocketAddr>, Vec<(SocketAddr, u128)>, u128) {
    let begun = Instant::now();
    let dialled = Rc::new(RefCell::new(Vec::new()));
    let all = addresses(&script.iter().map(|(address, _)| *address).collect::<Vec<_>>());
    let outcome = first(all, STAGGER, |to| {
        dialled.borrow_mut().push((to, begun.elapsed().as_millis()));
        let does = script.iter().find(|(address, _)| self::address(address) == to).map(|(_, does)| *does);
        async move {
            match does.expect("a part in the script") {
                Does::Answer(after) => {
                    sleep(Duration::from_millis(after)).await;
                    Ok(to)
                }
                Does::Refuse(after) => {
                    sleep(Duration::from_millis(after)).await;
                    Err(io::ErrorKind::ConnectionRefused.into())
                }
                Does::Nothing => std::future::pending().await,
            }
        }
    });
    let outcome = outcome.await;
    (outcome, dialled.take(), begun.elapsed().as_millis())
}

#[test]
fn an_address_that_swallows_everything_costs_a_quarter_of_a_second() {
    run_paused(async {
        let (outcome, dialled, took) =
            race(&[("[::1]:1", Does::Nothing), ("1.0.0.1:1", Does::Answer(20))]).await;
        assert_eq!(outcome.expect("an answer"), address("1.0.0.1:1"));
        assert_eq!(dialled, [(address("[::1]:1"), 0), (address("1.0.0.1:1"), 250)]);
        assert_eq!(took, 270);
    });
}

#[test]
fn a_refusal_lets_the_next_begin_at_once() {
    run_paused(async {
        let script =
            [("[::1]:1", Does::Refuse(5)), ("1.0.0.1:1", Does::Nothing), ("[::2]:1", Does::Answer(10))];
        let (outcome, dialled, took) = race(&script).await;
        assert_eq!(outcome.expect("an answer"), address("[::2]:1"));
        assert_eq!(dialled, [(address("[::1]:1"), 0), (address("1.0.0.1:1"), 5), (address("[::2]:1"), 255)]);
        assert_eq!(took, 265);
    });
}

#[test]
fn a_slow_address_still_wins_when_it_answers_before_the_others() {
    run_paused(async {
        let script =
            [("[::1]:1", Does::Answer(300)), ("1.0.0.1:1", Does::Answer(200)), ("[::2]:1", Does::Answer(1))];
        let (outcome, dialled, took) = race(&script).await;
        assert_eq!(outcome.expect("an answer"), address("[::1]:1"));
        assert_eq!((dialled.len(), took), (2, 300));
    });
}

#[test]
fn an_answer_at_once_dials_nobody_else() {
    run_paused(async {
        let (outcome, dialled, took) =
            race(&[("[::1]:1", Does::Answer(0)), ("1.0.0.1:1", Does::Nothing)]).await;
        assert_eq!(outcome.expect("an answer"), address("[::1]:1"));
        assert_eq!((dialled.len(), took), (1, 0));
    });
}

#[test]
fn when_all_fail_it_is_said_why() {
    run_paused(async {
        let (outcome, dialled, took) =
            race(&[("[::1]:1", Does::Refuse(400)), ("1.0.0.1:1", Does::Refuse(50))]).await;
        assert_eq!(outcome.expect_err("no answer").kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!((dialled.len(), took), (2, 400));
        let nobody = race(&[]).await;
        assert_eq!(nobody.0.expect_err("nobody to ask").kind(), io::ErrorKind::NotFound);
    });
}
