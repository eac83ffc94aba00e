//! The rules, a file each.

mod cycles;
mod licences;
mod links;
mod lints;
mod lock;
mod map;
mod naming;
mod parity;
mod proof;
mod purity;
mod rooms;
mod sizes;
mod specs;
mod traces;

use super::finding::Rule;

/// Every rule, in the order in which they are told.
pub(crate) const ALL: [Rule; 14] = [
    rooms::RULE,
    naming::RULE,
    purity::RULE,
    proof::RULE,
    cycles::RULE,
    sizes::RULE,
    lints::RULE,
    map::RULE,
    links::RULE,
    specs::RULE,
    parity::RULE,
    traces::RULE,
    lock::RULE,
    licences::RULE,
];
