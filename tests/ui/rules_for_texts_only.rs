use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// How often
    #[input(maxlength = 3)]
    times: u32,
    /// Whether
    #[input(validation = shellsafe)]
    whether: bool,
}

fn main() {}
