use std::cell::RefCell;

use windrose_random::Random;

use super::*;

#[test]
fn the_one_with_fewer_requests_of_two_is_chosen() {
    let among = Cycle::once_each([0, 1, 2]);
    let loads = [4, 2, 9];
    // What chance says first and second, and who is chosen; the second skips the first.
    let cases = [((0, 0), 1), ((0, 1), 0), ((1, 0), 1), ((1, 1), 1), ((2, 0), 0), ((2, 1), 1)];
    for ((first, second), chosen) in cases {
        let said = RefCell::new(vec![second, first]);
        let below = |_| said.borrow_mut().pop().unwrap();
        assert_eq!(choose(&among, below, |at| loads[at]), Some(chosen), "{first} {second}");
    }
}

#[test]
fn equals_are_chosen_equally_often_and_two_different_ones_are_compared() {
    let among = Cycle::once_each([1, 3, 5, 6]);
    let random = RefCell::new(Random::new());
    let mut counts = [0; 7];
    for _ in 0..4000 {
        let chosen = choose(&among, |most| random.borrow_mut().below(most), |_| 0).unwrap();
        counts[chosen] += 1;
    }
    assert!([1, 3, 5, 6].iter().all(|at| (800..1200).contains(&counts[*at])), "{counts:?}");
    for _ in 0..1000 {
        let chosen = choose(&among, |most| random.borrow_mut().below(most), |at| usize::from(at == 3));
        assert_ne!(chosen, Some(3), "somebody else has less to do in every pair");
    }
}

#[test]
fn few_are_no_choice() {
    let never = |_| -> usize { unreachable!() };
    assert_eq!(choose(&Cycle::once_each([]), never, never), None);
    assert_eq!(choose(&Cycle::once_each([4]), never, never), Some(4));
}
