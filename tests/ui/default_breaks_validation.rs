use choria_external::Input;

#[derive(Input)]
struct Shell {
    /// Message
    #[input(maxlength = 10, validation = shellsafe, default = "a;b")]
    message: String,
}

#[derive(Input)]
struct Word {
    /// One word
    #[input(maxlength = 10, validation = shell_word, default = "-rf")]
    word: String,
}

#[derive(Input)]
struct Address {
    /// An address
    #[input(maxlength = 40, validation = ipv4address, default = "::1")]
    address: String,
}

#[derive(Input)]
struct Letters {
    /// Letters
    #[input(maxlength = 40, validation = "^[a-z]+$", default = "a1")]
    letters: String,
}

fn main() {}
