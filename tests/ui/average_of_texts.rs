use choria_external::Output;

#[derive(Output)]
struct Echoed {
    /// The message
    #[output(aggregate = average)]
    message: String,
}

fn main() {}
