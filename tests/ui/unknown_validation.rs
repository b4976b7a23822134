use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// Message
    #[input(maxlength = 10, validation = shellsave)]
    message: String,
}

#[derive(Input)]
struct Other {
    /// Message
    #[input(maxlength = 10, validation = "shellsave")]
    message: String,
}

fn main() {}
