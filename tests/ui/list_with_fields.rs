use choria_external::List;

#[derive(List)]
enum Size {
    Small,
    Other(u32),
}

#[derive(List)]
enum Nothing {}

fn main() {}
