//! The program `windrose`.

fn main() {}
