//! What a process costs before it has done anything: the yardstick of `run`.
fn main() {}
