use choria_external::Input;

#[derive(Input)]
struct Echo {
    #[input(maxlength = 10)]
    message: String,
}

fn main() {}
