//! Each page of the operator's guide says whether somebody has tried it.

use std::fs;

use anyhow::Result;
use e2e::servers::packages::workspace;

#[test]
fn each_page_for_a_mail_server_says_whether_it_was_tried() -> Result<()> {
    for page in PAGES {
        let text = fs::read_to_string(workspace().join("docs/guide").join(page))?;

        let second_paragraph = text.split("\n\n").nth(1).unwrap_or_default();
        let says = ["Tried: ", "Not tried: "]
            .iter()
            .any(|words| second_paragraph.starts_with(words));
        assert!(says, "{page}: {second_paragraph}");
    }
    Ok(())
}

const PAGES: [&str; 2] = ["postfix-dovecot.md", "exim.md"];
