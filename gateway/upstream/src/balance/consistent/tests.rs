use super::*;

const NAMES: [&str; 4] = ["http://10.0.0.1", "http://10.0.0.2", "http://10.0.0.3", "http://10.0.0.4"];

fn ring(weights: [i64; 4]) -> Ring {
    Ring::new(NAMES.into_iter().zip(weights).collect::<Vec<_>>().into_iter())
}

fn key(number: usize) -> String {
    format!("user-{number}")
}

#[test]
fn keys_are_spread_by_weight_and_stay() {
    let ring = ring([1, 1, 2, 0]);
    let meets = |number| ring.choose(key(number).as_bytes(), 0, |_| true, |_| 0).unwrap();
    let mut counts = [0; 4];
    (0..8000).for_each(|number| counts[meets(number)] += 1);
    for (count, weight) in counts.iter().zip([1, 1, 2, 0]) {
        assert!((1500 * weight..=2500 * weight).contains(count), "{counts:?}");
    }
    assert!((0..100).all(|number| meets(number) == meets(number)));
}

#[test]
fn only_keys_of_a_server_that_goes_move() {
    let ring = ring([1, 1, 1, 1]);
    for number in 0..1000 {
        let before = ring.choose(key(number).as_bytes(), 0, |_| true, |_| 0);
        let after = ring.choose(key(number).as_bytes(), 0, |at| at != 2, |_| 0);
        assert!(before == after || before == Some(2), "{number}");
    }
    assert_eq!(ring.choose(b"x", 125, |_| false, |_| 0), None);
    assert_eq!(Ring::new([("a", 0)].into_iter()).choose(b"x", 125, |_| true, |_| 0), None);
}

#[test]
fn nobody_gets_more_than_the_bound_says() {
    let ring = ring([1, 1, 1, 1]);
    let mut loads = [0_usize; 4];
    for number in 1..=400 {
        // One key for all.
        let chosen = ring.choose(b"the same", 125, |_| true, |at| loads[at]).unwrap();
        loads[chosen] += 1;
        let most = (number * 125_usize).div_ceil(400);
        assert!(loads.iter().all(|load| *load <= most), "{loads:?} of {number}");
    }
    let home = ring.choose(b"the same", 0, |_| true, |at| loads[at]).unwrap();
    assert_eq!(loads[home], 125, "it has as much as it may");
}
