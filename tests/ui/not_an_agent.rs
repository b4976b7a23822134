use std::process::ExitCode;

struct Parrot;

fn main() -> ExitCode {
    choria_external::dispatch::<Parrot>()
}
