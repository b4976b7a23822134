use choria_external::{Input, Output};

/// Logs in
#[derive(Input)]
struct Login {
    /// The password
    #[input(maxlength = 20, secret = true)]
    password: String,
}

#[derive(Output)]
struct Size {
    /// The size
    #[output(as_text = "yes")]
    size: u64,
}

fn main() {}
