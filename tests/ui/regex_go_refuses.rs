use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// Message
    #[input(maxlength = 10, validation = "(?=a)")]
    message: String,
}

#[derive(Input)]
struct Repeated {
    /// Message
    #[input(maxlength = 10, validation = "^a++$")]
    message: Option<String>,
}

fn main() {}
