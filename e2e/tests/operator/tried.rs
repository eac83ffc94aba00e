//! Each page of the guide that leads through other people's programs says whether somebody has tried it.

use std::fs;

use anyhow::Result;
use e2e::servers::packages::workspace;

#[test]
fn each_page_of_the_guide_says_whether_it_was_tried() -> Result<()> {
    let mut looked_at = 0;
    for page in fs::read_dir(workspace().join("docs/guide"))? {
        let page = page?;
        let name = page.file_name();
        if ABOUT_OURSELVES.iter().any(|ours| name == *ours) {
            continue;
        }
        let text = fs::read_to_string(page.path())?;

        let second_paragraph = text.split("\n\n").nth(1).unwrap_or_default();
        let says = ["Tried: ", "Not tried: "]
            .iter()
            .any(|words| second_paragraph.starts_with(words));
        assert!(says, "{}: {second_paragraph}", page.path().display());
        looked_at += 1;
    }
    assert!(looked_at >= FEWEST, "{looked_at}");
    Ok(())
}

/// Pages about our own settings and calls, which the tests of these hold.
const ABOUT_OURSELVES: [&str; 9] = [
    "addresses.md",
    "clients.md",
    "fail2ban.md",
    "keys.md",
    "liveness.md",
    "many-domains.md",
    "openid-connect.md",
    "password-files.md",
    "sites.md",
];

/// The mail servers' pages alone are as many.
const FEWEST: usize = 8;
