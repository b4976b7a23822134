use choria_external::{Input, List};

#[derive(Input)]
struct Small {
    /// A small number
    #[input(default = 300)]
    small: u8,
}

#[derive(List)]
enum Size {
    Small,
    Large,
}

#[derive(Input)]
struct Sized {
    /// A size
    #[input(default = "medium")]
    size: Size,
}

#[derive(Input)]
struct Long {
    /// A text
    #[input(default = "abc", maxlength = 2)]
    text: String,
}

fn main() {}
