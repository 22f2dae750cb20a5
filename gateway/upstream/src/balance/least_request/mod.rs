//! Least request: the server with the fewest requests for its weight.

/// The score of a server: lower is better. The request at hand counts, so that weights do too where nobody has any.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far fewer requests and smaller weights than that")]
pub fn score(in_flight: usize, weight: i64) -> f64 {
    (1.0 + in_flight as f64) / weight.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::score;
    use crate::balance::lowest::choose;
    use crate::balance::{Cycle, Deadlines};

    #[test]
    fn servers_fill_up_as_their_weights_say() {
        let (weights, among) = ([4, 1, 2], Cycle::once_each([0, 1, 2]));
        let deadlines = Deadlines::new(&weights);
        let mut loads = [0_usize; 3];
        for _ in 0..70 {
            let chosen = choose(&among, &deadlines, |at| score(loads[at], weights[at])).unwrap();
            loads[chosen] += 1;
        }
        assert_eq!(loads, [40, 10, 20]);
        loads[2] = 0;
        for _ in 0..20 {
            assert_eq!(choose(&among, &deadlines, |at| score(loads[at], weights[at])), Some(2));
            loads[2] += 1;
        }
    }
}
