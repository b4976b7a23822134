use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// How often
    #[input(default = "one")]
    times: u32,
}

fn main() {}
