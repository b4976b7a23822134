use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// Message
    #[input(maxlength = 0, validation = shellsafe)]
    message: String,
}

fn main() {}
