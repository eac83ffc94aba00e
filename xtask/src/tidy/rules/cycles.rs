//! Direction inside crates: no two modules side by side reach each other.
//!
//! Cargo forbids cycles between crates and nobody forbids them inside, so there they grow. Edges are
//! read from `crate::`, `super::` and `self::` paths outside tests; a name that a module passes on
//! (`pub use`) leads to where it comes from. A folder and the modules in it may know each other.

use std::collections::{BTreeMap, BTreeSet};

use super::super::finding::{Findings, Rule};
use super::super::names::{self, Name};
use super::super::tree::{Source, Tree};

pub(crate) const RULE: Rule = Rule {
    name: "cycles",
    says: "no modules side by side reach each other",
    check,
};

type Module = Vec<String>;

/// The modules of a crate and what each of them takes in by `use`.
struct Crate<'a> {
    sources: Vec<&'a Source>,
    modules: BTreeSet<&'a [String]>,
    taken_in: BTreeMap<(&'a [String], String), Module>,
}

/// Which module names which of its siblings, and where.
type Edges = BTreeMap<Module, BTreeMap<Module, String>>;

fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::default();
    let sources = tree.sources();
    let rooms: BTreeSet<&str> = sources.iter().map(|source| source.room.as_str()).collect();
    for room in rooms {
        let own = sources.iter().filter(|source| source.room == room);
        let edges = Crate::new(own.collect()).edges();
        for knot in knots(&edges) {
            findings.add(room, None, told(&knot, &edges));
        }
    }
    findings
}

impl<'a> Crate<'a> {
    fn new(sources: Vec<&'a Source>) -> Self {
        let modules = sources.iter().map(|s| s.module.as_slice()).collect();
        let mut room = Self {
            sources,
            modules,
            taken_in: BTreeMap::new(),
        };
        for source in room.sources.clone() {
            for name in names::read(&source.tokens) {
                let path = room.absolute(source, &name);
                if let (Some(known_as), Some(path)) = (name.known_as, path) {
                    room.taken_in.insert((&source.module, known_as), path);
                }
            }
        }
        room
    }

    fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for source in &self.sources {
            for name in names::read(&source.tokens) {
                let target = self.absolute(source, &name).map(|path| self.resolve(&path));
                let Some((from, to)) = target.and_then(|to| siblings(&source.module, &to)) else {
                    continue;
                };
                let place = format!("{}:{}", source.path, name.line);
                edges.entry(from).or_default().entry(to).or_insert(place);
            }
        }
        edges
    }

    /// Writes a path of this crate from its root; paths into other crates give `None`.
    fn absolute(&self, source: &Source, name: &Name) -> Option<Module> {
        let ups = name
            .parts
            .iter()
            .take_while(|part| *part == "super")
            .count();
        let selfs = usize::from(name.head() == "self");
        let rest = |skip: usize| name.parts.iter().skip(skip).cloned();
        if name.head() == "crate" {
            return Some(rest(1).collect());
        }
        if ups > 0 {
            // The first steps up may only leave inline modules of the same file.
            let steps = ups.saturating_sub(name.depth);
            let kept = source.module.len().saturating_sub(steps);
            return Some(
                source
                    .module
                    .iter()
                    .take(kept)
                    .cloned()
                    .chain(rest(ups))
                    .collect(),
            );
        }
        let path: Module = source.module.iter().cloned().chain(rest(selfs)).collect();
        let child = path.get(..=source.module.len())?;
        (selfs > 0 || self.modules.contains(child)).then_some(path)
    }

    /// Follows a path to the module that holds what it names.
    fn resolve(&self, path: &[String]) -> Module {
        let mut path = path.to_vec();
        // A name may be passed on several times, but not for ever.
        for _ in 0..8 {
            let depth = (0..=path.len())
                .rev()
                .find(|depth| path.get(..*depth).is_some_and(|p| self.modules.contains(p)))
                .unwrap_or(0);
            let (module, rest) = path.split_at(depth);
            let next = rest.first().map(|part| (module, part.clone()));
            match next.and_then(|key| self.taken_in.get(&key)) {
                Some(target) => {
                    path = target.iter().chain(rest.iter().skip(1)).cloned().collect();
                }
                None => return module.to_vec(),
            }
        }
        path
    }
}

/// Gives the two modules that stand side by side above `from` and `to`.
fn siblings(from: &[String], to: &[String]) -> Option<(Module, Module)> {
    let common = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let above = |module: &[String]| module.get(..=common).map(<[String]>::to_vec);
    Some((above(from)?, above(to)?))
}

/// Finds the largest sets of modules that all reach each other.
fn knots(edges: &Edges) -> Vec<BTreeSet<Module>> {
    let mut found: Vec<BTreeSet<Module>> = Vec::new();
    for module in edges.keys() {
        let reached = reach(edges, module);
        let knot: BTreeSet<_> = reached
            .into_iter()
            .filter(|other| reach(edges, other).contains(module))
            .collect();
        if knot.len() > 1 && !found.contains(&knot) {
            found.push(knot);
        }
    }
    found
}

fn reach(edges: &Edges, start: &Module) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(module) = open.pop() {
        for next in edges.get(module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}

fn told(knot: &BTreeSet<Module>, edges: &Edges) -> String {
    let names: Vec<_> = knot
        .iter()
        .map(|module| format!("`{}`", module.join("::")))
        .collect();
    let mut steps = Vec::new();
    for from in knot {
        for (to, place) in edges.get(from).into_iter().flatten() {
            if knot.contains(to) {
                steps.push(format!(
                    "{} names {} at {place}",
                    from.join("::"),
                    to.join("::")
                ));
            }
        }
    }
    format!(
        "the modules {} reach each other: {}",
        names.join(", "),
        steps.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::planted;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (format!("crates/store/src/{path}"), *text))
            .collect();
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (path.as_str(), *text))
            .collect();
        let (_folder, tree) = planted::tree(&files);
        check(&tree).shown()
    }

    #[test]
    fn two_modules_that_reach_each_other_are_caught() {
        assert_eq!(
            found(&[
                ("lib.rs", "mod a; mod b;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", "\nfn f() { super::a::g() }"),
            ]),
            ["store: the modules `a`, `b` reach each other: \
              a names b at crates/store/src/a.rs:1; b names a at crates/store/src/b.rs:2"]
        );
    }

    #[test]
    fn a_long_way_round_is_caught() {
        let all = found(&[
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::{c::C};"),
            ("c/mod.rs", "mod inner;"),
            ("c/inner.rs", "use super::super::a;"),
        ]);

        assert_eq!(all.len(), 1);
        assert!(
            all.iter().all(|one| one.contains("`a`, `b`, `c`")),
            "{all:?}"
        );
    }

    #[test]
    fn a_name_that_is_passed_on_hides_nothing() {
        let all = found(&[
            ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("a.rs", "use crate::B;"),
            ("b.rs", "use crate::A;"),
        ]);

        assert_eq!(all.len(), 1, "{all:?}");
    }

    #[test]
    fn siblings_deeper_down_are_caught() {
        let all = found(&[
            ("a/mod.rs", "mod x; mod y;"),
            ("a/x.rs", "use super::y::Y;"),
            ("a/y.rs", "use crate::a::x::X;"),
        ]);

        assert_eq!(all.len(), 1, "{all:?}");
    }

    #[test]
    fn one_way_streets_families_and_tests_are_free() {
        let none = found(&[
            ("lib.rs", "mod a; mod b; mod c; pub struct Root;"),
            (
                "a.rs",
                "use crate::{b, Root}; #[cfg(test)] mod tests { use super::*; use crate::c::C; }",
            ),
            ("b.rs", "mod inline { use super::X; } struct X;"),
            ("c/mod.rs", "mod d; use d::D; use crate::a::A;"),
            ("c/d.rs", "use super::C; use crate::b::B;"),
        ]);

        assert_eq!(none, Vec::<String>::new());
    }
}
