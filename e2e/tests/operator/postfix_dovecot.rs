//! The page for Postfix and Dovecot, from nothing to the first sign-in and back.

use std::fs;
use std::path::Path;

use anyhow::Result;
use e2e::book::Page;
use e2e::servers::packages::workspace;
use e2e::servers::web_server::server_blocks;
use e2e::webdriver::{Browser, ThirdPartyCookies};

use crate::machine::{self, browser_flags, log_in};
use crate::walk::{self, Walk};

#[tokio::test]
async fn the_page_leads_from_nothing_to_a_sign_in_at_a_site() -> Result<()> {
    if !machine::is_entered() {
        let test = "postfix_dovecot::the_page_leads_from_nothing_to_a_sign_in_at_a_site";
        return machine::again(test, MAIL);
    }
    let walk = Walk::with(PAGE)?;
    let printed = walk_the_way(&walk)?;
    the_page_has_the_lines_that_are_printed(&printed)?;
    walk.go("site", "")?;

    let browser = Browser::start_with(ThirdPartyCookies::AsDefault, &browser_flags()?).await?;
    browser.open("https://example.org/try.html").await?;
    let site = browser.window().await?;
    browser.click("#sign-in").await?;
    browser.turn_to_popup(&site).await?;
    browser.fill("#ask #email", ALICE).await?;
    browser.click("#ask-form button[type=submit]").await?;
    browser.fill("#login #password", ALICE_PASSWORD).await?;
    browser.click_and_go("#submit").await?;
    browser.back_in(&site).await?;
    let assertion = browser.read("#said", "~").await?;

    walk.go("verify", &assertion)?;
    browser.open("https://id.example.org/").await?;
    browser.read("#email", ALICE).await?;
    walk.go("after", "")?;
    Ok(())
}

#[test]
fn liveness_aliases_and_further_domains_are_as_the_page_says() -> Result<()> {
    if !machine::is_entered() {
        let test = "postfix_dovecot::liveness_aliases_and_further_domains_are_as_the_page_says";
        return machine::again(test, MAIL);
    }
    let walk = Walk::with(PAGE)?;
    walk_the_way(&walk)?;

    walk.go("liveness", ALICE_PASSWORD)?;

    walk.go("aliases", ALICE_PASSWORD)?;
    assert_eq!(log_in("info@example.org", BOB_PASSWORD)?, 303);
    assert_eq!(log_in("info@example.org", CAROL_PASSWORD)?, 401);

    add_site_of_second_domain()?;
    walk.go("domains", CAROL_PASSWORD)?;
    assert_eq!(log_in(CAROL, CAROL_PASSWORD)?, 303);
    assert_eq!(log_in(CAROL, ALICE_PASSWORD)?, 401);
    assert_eq!(log_in("info@example.org", ALICE_PASSWORD)?, 303);
    Ok(())
}

#[test]
fn each_other_way_of_asking_signs_in_and_tells_where_the_browser_is() -> Result<()> {
    if !machine::is_entered() {
        let test =
            "postfix_dovecot::each_other_way_of_asking_signs_in_and_tells_where_the_browser_is";
        return machine::again(test, MAIL);
    }
    let walk = Walk::with(PAGE)?;
    walk_the_way(&walk)?;
    fs::copy("/srv/authority/authority.pem", "/etc/persona/mail-ca.pem")?;

    for (part, log, line) in [
        ("imaps", "/var/log/dovecot.log", "rip=127.0.0.7,"),
        ("smtps", "/var/log/mail.log", "unknown[127.0.0.7]: SASL"),
        ("penalty", "", ""),
        ("private-ca", "", ""),
    ] {
        walk.go(part, "")?;
        let checked = walk.go("update", ALICE_PASSWORD)?;
        assert!(!checked.contains("FAIL"), "{part}: {checked}");
        assert_eq!(log_in(ALICE, ALICE_PASSWORD)?, 303, "{part}");
        assert_eq!(log_in(ALICE, "wrong")?, 401, "{part}");
        if !log.is_empty() {
            let text = fs::read_to_string(log)?;
            assert!(text.contains(line), "{part}: {text}");
        }
    }
    Ok(())
}

#[test]
fn what_the_page_has_made_it_takes_away() -> Result<()> {
    if !machine::is_entered() {
        let test = "postfix_dovecot::what_the_page_has_made_it_takes_away";
        return machine::again(test, MAIL);
    }
    let walk = Walk::with(PAGE)?;
    walk_the_way(&walk)?;
    walk.go("fail2ban", "")?;
    walk.go("liveness", ALICE_PASSWORD)?;
    walk.go("smtps", "")?;

    walk.go("remove", "")?;

    for gone in [
        "/etc/persona",
        "/var/lib/persona",
        "/usr/local/bin/persona",
        "/etc/dovecot/conf.d/99-persona.conf",
        "/etc/dovecot/conf.d/99-persona-userdb.conf",
        "/run/dovecot/persona",
        "/run/dovecot/persona-userdb",
        "/etc/fail2ban/jail.d/persona.conf",
        "/etc/fail2ban/filter.d/persona.conf",
        "/etc/systemd/system/persona.service",
        "/etc/nginx/sites-enabled/id.example.org",
    ] {
        assert!(!Path::new(gone).exists(), "{gone}");
    }
    let services = fs::read_to_string("/etc/postfix/master.cf")?;
    assert!(!services.contains("xclient"), "{services}");
    Ok(())
}

#[test]
fn every_block_of_the_page_is_run() -> Result<()> {
    walk::assert_parts(PAGE, &PARTS)
}

#[test]
fn the_page_has_the_readmes_service() -> Result<()> {
    let readme = fs::read_to_string(workspace().join("README.md"))?;
    let unit = readme.split("```ini\n").nth(1).unwrap_or_default();
    let unit = unit.split("```").next().unwrap_or_default();

    let page = Page::open(PAGE)?;

    assert!(unit.starts_with("[Unit]"), "{unit}");
    assert!(page.blocks().iter().any(|block| block.text.contains(unit)));
    Ok(())
}

/// Steps 1 to 7. Gives what `persona setup` printed.
fn walk_the_way(walk: &Walk) -> Result<String> {
    walk.go("install", "")?;
    walk.go("door", "")?;
    let printed = walk.go("setup", "")?;
    walk.go("service", "")?;
    walk.go("web", "")?;
    walk.go("check", ALICE_PASSWORD)?;
    Ok(printed)
}

/// Each line for nginx that `persona setup` prints is in the page, in the same order.
fn the_page_has_the_lines_that_are_printed(seen: &str) -> Result<()> {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = words(Page::open(PAGE)?.text());
    let blocks = server_blocks(seen)?;
    assert_eq!(blocks.len(), 2, "{seen}");
    for block in blocks {
        assert!(page.contains(&words(&block.lines)), "{}", block.lines);
    }
    Ok(())
}

/// What an operator of two domains has already, with the page's lines in it.
fn add_site_of_second_domain() -> Result<()> {
    let site = fs::read_to_string("/etc/nginx/sites-enabled/example.org")?;
    let second = site.replace(
        "server_name example.org www.example.org",
        "server_name example.net",
    );
    Ok(fs::write("/etc/nginx/sites-enabled/example.net", second)?)
}

/// What the tests above walk.
const PARTS: [&str; 19] = [
    "after",
    "aliases",
    "check",
    "domains",
    "door",
    "fail2ban",
    "imaps",
    "install",
    "liveness",
    "penalty",
    "private-ca",
    "remove",
    "service",
    "setup",
    "site",
    "smtps",
    "update",
    "verify",
    "web",
];

const PAGE: &str = "postfix-dovecot.md";
const MAIL: &str = "postfix.sh";
const ALICE: &str = "alice@example.org";
const ALICE_PASSWORD: &str = "correct horse battery staple";
const BOB_PASSWORD: &str = "hunter number two";
const CAROL: &str = "carol@example.net";
const CAROL_PASSWORD: &str = "a third one";
