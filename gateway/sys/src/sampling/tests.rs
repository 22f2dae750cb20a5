use std::hint::black_box;
use std::time::Instant;

use super::*;

/// Keeps a core busy for so long, whatever it is good for.
fn compute(span: Duration) -> u64 {
    let begun = Instant::now();
    let mut sum = 0_u64;
    while begun.elapsed() < span {
        for number in 0..10_000_u64 {
            sum = black_box(sum.wrapping_mul(31).wrapping_add(number));
        }
    }
    sum
}

#[test]
fn a_thread_that_computes_is_sampled_with_registers_and_stack() {
    let mut sampling = match Sampling::begin() {
        Ok(sampling) => sampling,
        Err(error) => {
            // Where the system forbids it, nothing can be seen of it.
            assert!(matches!(error.raw_os_error(), Some(1 | 13 | 38)), "{error}");
            return;
        }
    };
    let busy = std::thread::spawn(|| compute(Duration::from_millis(400)));
    let mut seen = 0;
    while !busy.is_finished() {
        compute(Duration::from_millis(20));
        sampling.look(|sample| {
            assert!(sample.registers.instruction > 0 && sample.registers.stack > 0);
            assert!(!sample.stack.is_empty() && sample.stack.len() <= STACK as usize);
            seen += 1;
        });
    }
    assert!(seen >= 10, "{seen} samples");
    assert_eq!(sampling.refused(), 0);
}
