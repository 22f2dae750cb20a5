use super::*;

#[test]
fn equals_have_turns_by_weight() {
    let weights = [3, 1, 2];
    let deadlines = Deadlines::new(&weights);
    let mut counts = [0; 3];
    for _ in 0..60 {
        counts[choose(&Cycle::once_each([0, 1, 2]), &deadlines, |_| 0.0).unwrap()] += 1;
    }
    assert_eq!(counts, [30, 10, 20]);
}

#[test]
fn who_was_away_does_not_get_every_turn_that_it_missed() {
    let deadlines = Deadlines::new(&[1, 1]);
    for _ in 0..1000 {
        assert_eq!(choose(&Cycle::once_each([0, 1]), &deadlines, |at| at as f64), Some(0));
        deadlines.take(0);
    }
    let mut counts = [0; 2];
    for _ in 0..10 {
        counts[choose(&Cycle::once_each([0, 1]), &deadlines, |_| 1.0).unwrap()] += 1;
    }
    assert!(counts[0] >= 4, "{counts:?}");
}
