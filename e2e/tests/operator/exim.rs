//! The page for Exim, which shares most steps with the one for Postfix and Dovecot.

use std::fs;

use anyhow::Result;

use crate::machine::{self, log_in};
use crate::walk::{self, Walk};

#[test]
fn the_page_for_exim_leads_from_nothing_to_a_sign_in() -> Result<()> {
    if !machine::is_entered() {
        let test = "exim::the_page_for_exim_leads_from_nothing_to_a_sign_in";
        return machine::again(test, MAIL);
    }
    let own = walk_the_way()?;

    assert_eq!(log_in(ALICE, ALICE_PASSWORD)?, 303);
    assert_eq!(log_in(ALICE, "wrong")?, 401);
    fs::rename("/etc/exim4/passwd", "/etc/exim4/passwd.gone")?;
    assert_eq!(log_in(ALICE, ALICE_PASSWORD)?, 503);
    fs::rename("/etc/exim4/passwd.gone", "/etc/exim4/passwd")?;
    own.go("fail2ban", "")?;
    own.go("remove", "")?;
    Ok(())
}

#[test]
fn aliases_and_short_names_are_as_the_page_for_exim_says() -> Result<()> {
    if !machine::is_entered() {
        let test = "exim::aliases_and_short_names_are_as_the_page_for_exim_says";
        return machine::again(test, MAIL);
    }
    let own = walk_the_way()?;

    own.go("aliases", ALICE_PASSWORD)?;
    assert_eq!(log_in("info@example.org", BOB_PASSWORD)?, 303);
    assert_eq!(log_in("info@example.org", DORA_PASSWORD)?, 401);

    assert_eq!(log_in("dora@example.org", DORA_PASSWORD)?, 401);
    own.go("local-part", DORA_PASSWORD)?;
    assert_eq!(log_in("dora@example.org", DORA_PASSWORD)?, 303);
    Ok(())
}

#[test]
fn every_block_of_the_page_for_exim_is_run() -> Result<()> {
    walk::assert_parts(PAGE, &PARTS)
}

fn walk_the_way() -> Result<Walk> {
    let (own, other) = (Walk::with(PAGE)?, Walk::with("postfix-dovecot.md")?);
    other.go("install", "")?;
    own.go("setup", "")?;
    other.go("service", "")?;
    other.go("web", "")?;
    own.go("check", ALICE_PASSWORD)?;
    Ok(own)
}

/// What the tests above walk.
const PARTS: [&str; 6] = [
    "aliases",
    "check",
    "fail2ban",
    "local-part",
    "remove",
    "setup",
];

const PAGE: &str = "exim.md";
const MAIL: &str = "exim.sh";
const ALICE: &str = "alice@example.org";
const ALICE_PASSWORD: &str = "correct horse battery staple";
const BOB_PASSWORD: &str = "hunter number two";
const DORA_PASSWORD: &str = "a fourth one";
