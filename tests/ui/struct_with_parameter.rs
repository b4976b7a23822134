use choria_external::Input;

#[derive(Input)]
struct Echo<T> {
    /// Anything
    thing: T,
}

#[derive(Input)]
enum Choice {
    A,
}

fn main() {}
