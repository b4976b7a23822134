use choria_external::Input;

#[derive(Input)]
#[allow(non_snake_case)]
struct Echo {
    /// How often
    Times: u32,
}

fn main() {}
