use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// Message
    #[input(maxlength = 10, validation = "^a+$")]
    message: String,
}

fn main() {}
