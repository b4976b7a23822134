use choria_external::{Hash, Input, List, Output};

#[derive(Input)]
struct Echo {
    /// How often
    #[input(default = "one")]
    times: u32,
    /// A text
    #[input(default = 1, maxlength = 5)]
    text: String,
    /// A ratio
    #[input(default = true)]
    ratio: Option<f64>,
    /// A truth
    #[input(default = "true")]
    truth: bool,
    /// Numbers
    #[input(default = {"a": 1})]
    numbers: Vec<i64>,
    /// A hash
    #[input(default = [])]
    hash: Hash<Vec<u8>>,
}

#[derive(Input)]
struct NoLiteral {
    /// How often
    #[input(default = often())]
    times: u32,
}

#[derive(List)]
enum Size {
    Small,
}

#[derive(Output)]
struct Echoed {
    /// How often
    #[output(default = "unknown")]
    times: u32,
    /// A small number
    #[output(default = 256)]
    small: u8,
    /// A size
    #[output(default = "large")]
    size: Option<Size>,
}

fn main() {}
