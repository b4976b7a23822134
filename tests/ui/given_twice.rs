use choria_external::{Input, List};

#[derive(Input)]
struct Echo {
    /// Message
    #[input(maxlength = 10)]
    #[input(maxlength = 20)]
    message: String,
}

#[derive(List)]
enum Size {
    #[list(name = "s")]
    Small,
    #[list(name = "s")]
    Short,
}

fn main() {}
