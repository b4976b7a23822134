use std::process::ExitCode;

#[derive(Default)]
struct Parrot;

fn main() -> ExitCode {
    choria_external::dispatch::<Parrot>()
}
