//! Percentiles are right to within a bucket.

use super::*;

fn of(times: &[u64]) -> Latencies {
    let mut latencies = Latencies::default();
    times.iter().for_each(|micros| latencies.add(bucket(Duration::from_micros(*micros)), 1));
    latencies
}

#[test]
fn a_time_is_in_the_bucket_that_ends_at_it_or_above() {
    for (micros, expected) in
        [(0, 0), (100, 0), (101, 1), (1_000, 7), (1_001, 8), (60_000_000, 34), (60_000_001, 35)]
    {
        assert_eq!(bucket(Duration::from_micros(micros)), expected, "{micros}");
    }
    assert_eq!(bucket(Duration::from_nanos(100_001)), 1);
    assert_eq!(bucket(Duration::MAX), BUCKETS - 1);
}

#[test]
fn percentiles_lie_in_the_bucket_of_the_request_they_mean() {
    let times: Vec<u64> = (1..=1000).map(|time| time * 97).collect();
    let latencies = of(&times);
    for (thousandths, meant) in [(500, times[499]), (900, times[899]), (990, times[989]), (1000, times[999])]
    {
        let at = bucket(Duration::from_micros(meant));
        let (lower, upper) = (u64::from(BOUNDS[at - 1]), u64::from(BOUNDS[at]));
        let told = latencies.quantile(thousandths);
        assert!(lower < told && told <= upper, "{thousandths}: {told} is not in {lower}..{upper}");
    }
}

#[test]
fn odd_cases_have_an_answer() {
    assert_eq!(Latencies::default().quantile(990), 0);
    assert_eq!(of(&[120]).quantile(0), of(&[120]).quantile(1000));
    // Longer than everything: the last bound.
    assert_eq!(of(&[70_000_000]).quantile(500), 60_000_000);
    let mut full = of(&[1]);
    full.add(0, u64::MAX);
    full.add(1, u64::MAX);
    assert!(full.quantile(990) <= 150);
}

#[test]
fn merged_figures_are_those_of_all_requests() {
    let (mut one, other) = (of(&[100, 200, 5_000]), of(&[100, 90_000]));
    one.merge(&other);
    assert_eq!(one, of(&[100, 200, 5_000, 100, 90_000]));
}

#[test]
fn what_is_sent_is_what_arrives_and_other_buckets_are_refused() {
    let latencies = of(&[1, 1, 2_500]);
    let text = serde_json::to_string(&latencies).unwrap();
    assert_eq!(text, "[[0,2],[10,1]]");
    assert_eq!(serde_json::from_str::<Latencies>(&text).unwrap(), latencies);
    assert!(serde_json::from_str::<Latencies>("[[36,1]]").is_err());
}
