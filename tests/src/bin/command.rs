//! The `choria-external` command, where the tests of this package find it.

use std::process::ExitCode;

fn main() -> ExitCode {
    choria_external_cli::main()
}
