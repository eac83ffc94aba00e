//! The program `persona`; the library beside it is all of it.

use std::process::ExitCode;

fn main() -> ExitCode {
    persona::program()
}
