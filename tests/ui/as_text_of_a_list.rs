use choria_external::Output;

#[derive(Output)]
struct Sizes {
    /// Sizes
    #[output(as_text)]
    sizes: Vec<u64>,
    /// A share
    #[output(as_text)]
    share: f64,
    /// A size, with a default that is no text
    #[output(as_text, default = 0)]
    size: u64,
    /// A size, which no client can add up
    #[output(as_text, aggregate = average)]
    total: u64,
}

fn main() {}
