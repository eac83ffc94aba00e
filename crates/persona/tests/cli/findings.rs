//! Every finding has its section in `docs/reference/findings.md`, and every section its finding.

use std::collections::BTreeSet;
use std::path::Path;

/// The codes that are written in the checks, each between quotation marks.
fn codes_in(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes_in(&path, codes);
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        codes.extend(
            code.split('"')
                .filter(|word| is_code(word))
                .map(str::to_owned),
        );
    }
}

/// What backends remark about themselves.
fn remarks_in(folder: &Path, codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remarks_in(&path, codes);
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        let reasons = text.split("reason: \"").skip(1);
        let reasons = reasons.filter_map(|rest| rest.split('"').next());
        codes.extend(reasons.map(|reason| format!("mailbox-{reason}")));
    }
}

fn is_code(word: &str) -> bool {
    let kinds = [
        "settings",
        "keys",
        "store",
        "mailbox",
        "relay",
        "document",
        "server",
        "page",
        "outside",
        "address",
        "aliases",
        "groups",
        "liveness",
        "exchanger",
        "client",
    ];
    let Some((kind, rest)) = word.split_once('-') else {
        return word == "page";
    };
    kinds.contains(&kind)
        && !rest.is_empty()
        && rest.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

#[test]
fn every_finding_has_its_section_and_every_section_its_finding() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    codes_in(&sources.join("src/checks"), &mut codes);
    let reasons = std::fs::read_to_string(sources.join("../mailbox/src/unavailable.rs")).unwrap();
    let (_, reasons) = reasons.split_once("const fn reason(&self)").unwrap();
    let (reasons, _) = reasons.split_once("const fn kind(&self)").unwrap();
    for reason in reasons.split('"').skip(1).step_by(2) {
        codes.extend(["mailbox", "relay"].map(|about| format!("{about}-{reason}")));
    }
    remarks_in(&sources.join("../mailbox/src/backend"), &mut codes);

    let page = include_str!("../../../../docs/reference/findings.md");
    let headings = page.lines().filter(|line| line.starts_with("### "));
    let sections: BTreeSet<String> = headings
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();

    let missing: Vec<_> = codes.difference(&sections).collect();
    let stale: Vec<_> = sections.difference(&codes).collect();
    assert_eq!((missing, stale), (vec![], vec![]));
}
