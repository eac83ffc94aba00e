//! Code that is not ours accepts what our server signs, and refuses what it must.
//!
//! Two verifiers that Mozilla wrote are installed into `target/peers` from lock files: for node
//! ([`local_verify`]) and for Python ([`pybrowserid`]). The person's key and assertion are made by
//! node's own cryptography. The certificate comes from the real program, in front of a real
//! Postfix, over HTTP as a browser asks for it ([`scene`]).

#![cfg(test)]

mod installed;
mod local_verify;
mod peer;
mod pybrowserid;
mod scene;
