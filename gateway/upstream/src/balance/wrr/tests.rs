use super::*;

fn turns(weights: &[i64], count: usize) -> Vec<usize> {
    let cycle = Cycle::new(weights);
    (0..count).map(|turn| cycle.at(turn).expect("a choice")).collect()
}

#[test]
fn a_cycle_is_exact_and_spread() {
    assert_eq!(turns(&[3, 1], 8), [0, 0, 0, 1, 0, 0, 0, 1]);
    assert_eq!(turns(&[1, 1, 1], 6), [0, 1, 2, 0, 1, 2]);
    assert_eq!(turns(&[2, 4], 3), [1, 0, 1]);
}

#[test]
fn weights_without_a_share_are_never_chosen() {
    assert_eq!(turns(&[0, 1, -3], 3), [1, 1, 1]);
    assert!(Cycle::new(&[0, -1]).is_empty());
    assert_eq!(Cycle::new(&[]).at(7), None);
}

#[test]
fn every_choice_is_made_as_often_as_its_weight_says() {
    for weights in [&[5_i64, 3, 2][..], &[100, 1], &[7], &[1000, 1001]] {
        let cycle = Cycle::new(weights);
        let mut counts = vec![0_i64; weights.len()];
        for turn in 0..cycle.len() {
            counts[cycle.at(turn).expect("a choice")] += 1;
        }
        let divisor = weights.iter().fold(0, |a, b| gcd(a, b.unsigned_abs())) as i64;
        assert_eq!(counts, weights.iter().map(|weight| weight / divisor).collect::<Vec<_>>());
    }
}

#[test]
fn huge_weights_stay_small() {
    assert!(Cycle::new(&[i64::MAX, 1]).len() <= 1 << 17);
    assert!(Cycle::new(&[i64::MAX, i64::MAX - 1, 3]).len() <= 1 << 17);
}
