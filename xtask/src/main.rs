//! `cargo x`: what CI runs, and the rules of the house.
//!
//! Each verb is one function in [`verbs`]; `cargo x` alone lists them. Nothing here is part of the
//! product: `xtask` depends on nothing of ours, and nothing of ours depends on it.

use std::process::ExitCode;

mod bench;
mod cargo;
mod exim;
mod fuzz;
mod out;
mod packages;
mod process;
mod stages;
mod tidy;
mod verbs;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match verbs::run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::trouble(&error);
            ExitCode::FAILURE
        }
    }
}
