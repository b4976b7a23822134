use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// Message
    #[input(validation = shellsafe)]
    message: String,
}

fn main() {}
