//! `cargo x fuzz certificate`: see `fuzz::certificate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::certificate::check(bytes));
