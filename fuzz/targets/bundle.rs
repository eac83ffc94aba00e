//! `cargo x fuzz bundle`: see `fuzz::bundle`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::bundle::check(bytes));
