//! Doing what a page says: its commands are run, its lines are pasted, and what it says that one should
//! see is compared with what is seen.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use e2e::book::{Block, Page};
use e2e::servers::folder::Folder;

use crate::machine::{ADDRESS, SOURCE};

/// All that is changed in a page before it is run.
pub(crate) const CHANGES: [(&str, &str); 2] = [
    // Passwords are typed without echo; here they come from the test.
    ("-- persona check", "-- persona check --password-stdin"),
    // The pages' example of "the machine that runs persona", where that is another one.
    ("192.0.2.25", ADDRESS),
];

/// Somebody with a page in front of them.
pub(crate) struct Walk {
    page: Page,
}

impl Walk {
    /// Begins with a page.
    pub(crate) fn with(page: &str) -> Result<Self> {
        let page = Page::open(page)?;
        Ok(Self { page })
    }

    /// Does one part of the page; `typed` is what the person types where a command asks. Gives all
    /// that was seen.
    pub(crate) fn go(&self, part: &str, typed: &str) -> Result<String> {
        let blocks = self.page.all_blocks();
        let mut seen_in_all = String::new();
        let mut found = false;
        for (block, next) in blocks
            .iter()
            .zip(blocks.iter().skip(1).map(Some).chain([None]))
        {
            if block.name != part {
                continue;
            }
            found = true;
            let text = changed(block.text);
            match block.language {
                "sh" => {
                    let seen = run(&text, typed).with_context(|| text.clone())?;
                    if let Some(Block {
                        language: "text",
                        text: expected,
                        ..
                    }) = next
                    {
                        ensure!(
                            matches(expected, &seen),
                            "{text}\nshould show:\n{expected}\nand shows:\n{seen}"
                        );
                    }
                    seen_in_all += &seen;
                }
                "nginx" => paste_into_site(&text)?,
                "toml" => set(&text)?,
                other => anyhow::bail!("nobody knows where lines of {other} go"),
            }
        }
        ensure!(found, "the page has no part {part}");
        Ok(seen_in_all)
    }
}

fn changed(text: &str) -> String {
    CHANGES
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Runs commands as a shell does that stops at the first error. What they write goes into files, because
/// servers that they start hold on to it.
fn run(commands: &str, typed: &str) -> Result<String> {
    let folder = Folder::make()?;
    let (seen, complaint) = (folder.join("seen"), folder.join("complaint"));
    let mut child = Command::new("timeout")
        .args(["60", "bash", "-e", "-u", "-o", "pipefail", "-c", commands])
        .current_dir(SOURCE)
        .stdin(Stdio::piped())
        .stdout(File::create(&seen)?)
        .stderr(File::create(&complaint)?)
        .spawn()?;
    let mut keyboard = child.stdin.take().context("it has a standard input")?;
    // Most commands ask nothing, and are gone before they are told anything.
    drop(writeln!(keyboard, "{typed}"));
    drop(keyboard);
    let status = child.wait()?;
    let seen = fs::read_to_string(seen)?;
    let complaint = fs::read_to_string(complaint)?;
    ensure!(status.success(), "{status}:\n{seen}\n{complaint}");
    Ok(seen)
}

/// An editor's work: lines into the site that the domain has already, behind its name.
fn paste_into_site(lines: &str) -> Result<()> {
    let path = Path::new("/etc/nginx/sites-enabled/example.org");
    let site = fs::read_to_string(path)?;
    let (before, after) = site
        .split_once(NAME_OF_SITE)
        .context("the site has its name")?;
    Ok(fs::write(
        path,
        [before, NAME_OF_SITE, lines, after].concat(),
    )?)
}

/// The same for a line of the first domain's settings: in place of the one of that key, else below the
/// domain's name.
fn set(line: &str) -> Result<()> {
    let path = Path::new("/etc/persona/persona.toml");
    let settings = fs::read_to_string(path)?;
    let (before, after) = settings
        .split_once(NAME_OF_DOMAIN)
        .context("the domain has its name")?;
    let end = after.find("[[domain]]").unwrap_or(after.len());
    let (own, others) = after.split_at(end);
    let key = line.split_inclusive(" = ").next().unwrap_or_default();
    let former = own.lines().find(|former| former.starts_with(key));
    let own = match former {
        Some(former) => own.replacen(former, line.trim_end(), 1),
        None => [line, own].concat(),
    };
    let settings = [before, NAME_OF_DOMAIN, &own, others].concat();
    Ok(fs::write(path, settings)?)
}

/// A page has exactly these parts, and every block is of one of them or shows what one should see.
pub(crate) fn assert_parts(page: &str, expected: &[&str]) -> Result<()> {
    let page = Page::open(page)?;
    let parts: BTreeSet<&str> = page.blocks().iter().map(|block| block.name).collect();
    assert_eq!(parts, expected.iter().copied().collect());
    for block in page.all_blocks() {
        assert!(
            !block.name.is_empty() || block.language == "text",
            "{block:?}"
        );
    }
    Ok(())
}

/// Compares what is seen with what the page shows: there, `…` stands for anything in a line, and alone
/// in a line for any lines.
fn matches(expected: &str, seen: &str) -> bool {
    let expected: Vec<&str> = expected.lines().collect();
    let seen: Vec<&str> = seen.lines().map(str::trim_end).collect();
    lines_match(&expected, &seen)
}

fn lines_match(expected: &[&str], seen: &[&str]) -> bool {
    match expected.split_first() {
        None => seen.is_empty(),
        Some((&"…", rest)) => {
            (0..=seen.len()).any(|taken| lines_match(rest, seen.get(taken..).unwrap_or_default()))
        }
        Some((line, rest)) => seen
            .split_first()
            .is_some_and(|(one, others)| line_matches(line, one) && lines_match(rest, others)),
    }
}

fn line_matches(expected: &str, seen: &str) -> bool {
    let Some((before, after)) = expected.split_once('…') else {
        return expected == seen;
    };
    seen.len() >= before.len() + after.len() && seen.starts_with(before) && seen.ends_with(after)
}

const NAME_OF_SITE: &str = "server_name example.org www.example.org;\n";
const NAME_OF_DOMAIN: &str = "name = \"example.org\"\n";

#[test]
fn what_a_page_shows_is_compared_line_by_line() {
    for (expected, seen, is_so) in [
        ("a\n", "a\n", true),
        ("a\n", "a\nb\n", false),
        ("a\nb\n", "a\n", false),
        ("…\nb\n", "b\n", true),
        ("…\nb\n", "a\na\nb\n", true),
        ("…\nb\n…\n", "a\nb\n", true),
        ("…\nb\n", "a\n", false),
        ("a … c\n", "a b c\n", true),
        ("a … c\n", "a b d\n", false),
    ] {
        assert_eq!(matches(expected, seen), is_so, "{expected:?} {seen:?}");
    }
}
