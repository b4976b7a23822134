use choria_external::{Input, Output};

#[derive(Input)]
struct Echo {
    /// How often
    #[input(min = 3)]
    times: u32,
}

#[derive(Output)]
struct Echoed {
    /// How often
    #[output(aggregate = total)]
    times: u32,
}

fn main() {}
