use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// Mine
    process_results: bool,
}

fn main() {}
