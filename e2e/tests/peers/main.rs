//! Code that is not ours accepts what our server signs, and refuses what it must; and ours does the
//! same with what that code signs.
//!
//! Two verifiers that Mozilla wrote are installed into `target/peers` from lock files: for node
//! ([`local_verify`]) and for Python ([`pybrowserid`]). The person's key and assertion are made by
//! node's own cryptography. The certificate comes from the real program, in front of a real
//! Postfix, over HTTP as a browser asks for it ([`scene`]).
//!
//! Sites that sign people in by OpenID Connect are others' too: [`openid_client`] for node and
//! [`authlib`] for Python, with a visitor who follows our pages ([`relying_party`]).
//!
//! The other way round, the library under the verifier for node signs ([`signer`]), the library for
//! Python does ([`pybrowserid_signs`]), and what they were tested with themselves is verified
//! ([`vectors`], [`recorded`]).

#![cfg(test)]

mod authlib;
mod installed;
mod judge;
mod local_verify;
mod openid_client;
mod peer;
mod pybrowserid;
mod pybrowserid_signs;
mod recorded;
mod relying_party;
mod scene;
mod signer;
mod vectors;
