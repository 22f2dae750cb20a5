use proptest::prelude::*;

use super::*;

fn plain(weight: i64) -> Candidate {
    Candidate { weight, fenced: false, vitals: Vec::new(), state: None }
}

fn watched(weights: &[i64]) -> (Vec<Arc<Vital>>, Choice) {
    let vitals: Vec<_> = weights.iter().map(|_| Vital::new()).collect();
    let candidate = |(weight, vital): (&i64, &Arc<Vital>)| Candidate {
        vitals: vec![Arc::clone(vital)],
        ..plain(*weight)
    };
    let candidates = weights.iter().zip(&vitals).map(candidate).collect();
    (vitals, Choice::new(Shares::Weights, Watching::Always, candidates))
}

fn turns(choice: &Choice, count: usize) -> String {
    (0..count).map(|_| choice.next().map_or_else(|| "-".into(), |index| index.to_string())).collect()
}

#[test]
fn what_cannot_go_down_is_not_watched_and_a_single_choice_counts_nothing() {
    let choice = Choice::new(Shares::Weights, Watching::Never, vec![plain(7)]);
    assert!(choice.watched.is_none() && choice.vital().is_none());
    assert_eq!(turns(&choice, 2), "00");
    assert_eq!(choice.whole.next.load(Ordering::Relaxed), 0);
}

#[test]
fn the_cycle_is_another_while_one_is_down_and_goes_on_afterwards() {
    let (vitals, choice) = watched(&[2, 1, 1]);
    assert_eq!(turns(&choice, 5), "00120");
    vitals[0].tell(false);
    assert_eq!(turns(&choice, 4), "1212");
    assert!(!choice.is_up(0) && choice.is_up(1));
    vitals[1].tell(false);
    assert_eq!(turns(&choice, 2), "22");
    assert!(choice.vital().unwrap().is_up());
    vitals[2].tell(false);
    assert_eq!(turns(&choice, 2), "--");
    assert!(!choice.vital().unwrap().is_up());
    vitals.iter().for_each(|vital| assert!(vital.tell(true)));
    assert_eq!(turns(&choice, 3), "012");
}

#[test]
fn what_was_down_before_is_down_from_the_start() {
    let vital = Vital::new();
    vital.tell(false);
    let candidates = vec![Candidate { vitals: vec![vital], ..plain(1) }, plain(1)];
    assert_eq!(turns(&Choice::new(Shares::Weights, Watching::Always, candidates), 3), "111");
}

#[test]
fn where_nothing_is_nothing_is_up() {
    assert!(!Choice::new(Shares::Weights, Watching::Always, Vec::new()).vital().unwrap().is_up());
}

#[test]
fn one_that_is_fenced_or_has_no_weight_is_never_chosen_but_is_up() {
    let candidates = vec![Candidate { fenced: true, ..plain(1) }, plain(0), plain(1)];
    for (shares, expected) in
        [(Shares::Weights, vec![2]), (Shares::Equal, vec![2]), (Shares::Ignored, vec![1, 2])]
    {
        let choice = Choice::new(shares, Watching::Always, candidates.clone());
        assert_eq!(choice.among(|among| among.iter().collect::<Vec<_>>()), expected, "{shares:?}");
        assert!(choice.is_up(0));
    }
}

#[test]
fn a_parent_hears_of_its_children_through_every_level() {
    let (vitals, inner) = watched(&[1, 1]);
    let middle = Candidate { vitals: vec![Arc::clone(inner.vital().unwrap())], ..plain(1) };
    let middle = Choice::new(Shares::Weights, Watching::Always, vec![middle]);
    let outer = Candidate { vitals: vec![Arc::clone(middle.vital().unwrap())], ..plain(1) };
    let outer = Choice::new(Shares::Weights, Watching::Always, vec![outer, plain(1)]);
    vitals[0].tell(false);
    assert_eq!(turns(&outer, 4), "0101");
    vitals[1].tell(false);
    assert_eq!(turns(&outer, 4), "1111");
    vitals[0].tell(true);
    assert_eq!(turns(&outer, 2).len(), 2);
    assert!(outer.is_up(0));
}

#[test]
fn all_workers_share_the_turns_also_while_one_is_down() {
    let (vitals, choice) = watched(&[1, 2, 1]);
    for (down, expected) in [(None, [100, 200, 100]), (Some(1), [200, 0, 200]), (Some(0), [0, 267, 133])] {
        for (index, vital) in vitals.iter().enumerate() {
            vital.tell(Some(index) != down);
        }
        let counts = std::thread::scope(|scope| {
            let worker = || (0..100).filter_map(|_| choice.next()).collect::<Vec<_>>();
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
            let mut counts = [0_usize; 3];
            for index in workers.into_iter().flat_map(|worker| worker.join().unwrap()) {
                counts[index] += 1;
            }
            counts
        });
        let is_near = counts.iter().zip(expected).all(|(is, should)| is.abs_diff(should) <= 1);
        assert!(is_near, "{counts:?} and not {expected:?}");
    }
}

proptest! {
    #![proptest_config(windrose_random::cases(200))]

    /// Whatever fails and recovers, two workers that take turns in a cycle make every choice as its weight says.
    #[test]
    fn every_cycle_is_exact_under_changing_health(
        weights in prop::collection::vec(0_i64..6, 1..6),
        changes in prop::collection::vec((0_usize..6, any::<bool>()), 1..12),
    ) {
        let (vitals, choice) = watched(&weights);
        let mut up = vec![true; weights.len()];
        for (index, is_up) in changes {
            let index = index % weights.len();
            vitals[index].tell(is_up);
            up[index] = is_up;
            let expected: Vec<i64> =
                weights.iter().zip(&up).map(|(weight, up)| if *up { *weight } else { 0 }).collect();
            let length = choice.among(Cycle::len);
            prop_assert_eq!(length, Cycle::new(&expected).len());
            let mut counts = vec![0_i64; weights.len()];
            for _ in 0..length {
                counts[choice.next().unwrap()] += 1;
            }
            let total: i64 = expected.iter().sum();
            let length = i64::try_from(length).unwrap();
            for (count, weight) in counts.iter().zip(&expected) {
                prop_assert_eq!(count * total, weight * length);
            }
            let any = weights.iter().zip(&up).any(|(weight, up)| *up && *weight > 0);
            prop_assert_eq!(choice.vital().unwrap().is_up(), any);
        }
    }
}
