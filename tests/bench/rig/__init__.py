"""What the measuring programs in `tests/bench` share: standard library only, nothing of the product."""
