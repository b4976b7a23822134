use choria_external::Input;

#[derive(Input)]
struct Echo {
    /// When
    when: std::time::Duration,
}

fn main() {}
