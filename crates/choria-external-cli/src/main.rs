//! The `choria-external` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    choria_external_cli::main()
}
