use choria_external::{Input, Output};

#[derive(Input)]
struct Echo {
    /// When
    when: std::time::Duration,
}

#[derive(Output)]
struct Echoed {
    /// When
    when: std::time::Instant,
}

fn main() {}
