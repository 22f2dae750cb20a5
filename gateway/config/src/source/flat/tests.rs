use std::time::{Duration, Instant};

use super::*;

#[test]
fn many_keys_are_one_in_any_case_and_stay_in_order() {
    let mut branch = Branch::default();
    for round in 0..2 {
        for index in 0..100 {
            let key = if round == 0 { format!("Key{index}") } else { format!("kEY{index}") };
            branch.put(&[Step::Key(&key), Step::Key("x")], "v", Mark::new(1, 0));
        }
    }
    let tree = branch.into_tree(&Shape::Open);
    let keys: Vec<&str> = tree.entries().iter().map(|entry| &*entry.key).collect();
    let expected: Vec<String> = (0..100).map(|index| format!("Key{index}")).collect();
    assert_eq!(keys, expected);
}

/// Each key was compared with all before it: ten thousand million times.
#[test]
fn a_branch_of_many_keys_takes_no_longer_for_each() {
    let begun = Instant::now();
    let mut branch = Branch::default();
    for index in 0..150_000 {
        branch.put(&[Step::Key("x"), Step::Key(&format!("a-key-{index}"))], "v", Mark::new(1, 0));
    }
    assert_eq!(branch.into_tree(&Shape::Open).entries()[0].value.entries().len(), 150_000);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
