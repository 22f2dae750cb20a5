use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;

#[test]
fn the_same_seed_makes_the_same_choices() {
    let choices = |seed| {
        let mut random = Random::of(seed);
        (0..100).map(|_| random.below(10)).collect::<Vec<_>>()
    };
    assert_eq!(choices(7), choices(7));
    assert_ne!(choices(7), choices(8));
    assert!((0..10).all(|choice| choices(7).contains(&choice)));
}

#[test]
fn the_seed_of_a_property_decides_its_cases() {
    let drawn = |seed| {
        let mut runner = TestRunner::new(Config { rng_seed: RngSeed::Fixed(seed), ..cases(1) });
        (0..20).map(|_| any::<u64>().new_tree(&mut runner).unwrap().current()).collect::<Vec<_>>()
    };
    assert_eq!(drawn(7), drawn(7));
    assert_ne!(drawn(7), drawn(8));
}
