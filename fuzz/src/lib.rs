//! What must hold for bytes that nobody chose: a function for each kind of thing that strangers may
//! send, called with whatever the engine comes up with.
//!
//! A function here panics when something is wrong, and the engine then keeps the bytes. It looks for
//! more than panics of the parsers: what was read is printed and read again, what was believed is
//! compared with what was made, and memory and time are bounded ([`bounds`]). Only `protocol` is
//! linked. The programs in `targets/` are these functions with libFuzzer around them; `cargo x fuzz`
//! runs them from the corpus in `corpus/`.

pub mod address;
pub mod bundle;
pub mod certificate;
pub mod key;
pub mod support;

mod bounds;
mod made;
