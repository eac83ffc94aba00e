//! What every page about a web server promises, tried on the machine that follows it.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::Command;

use e2e::servers::web_server::server_blocks;
use serde_json::json;

use crate::machine::{self, ISSUER, Machine, SETTINGS, flush};
use crate::mistakes;
use crate::stage::json_of;

/// A page about a web server, and where its blocks go.
pub(crate) struct Guide {
    pub(crate) page: &'static str,
    pub(crate) web_server: fn() -> Command,
    /// Its name for `persona setup --proxy`.
    pub(crate) proxy: &'static str,
    /// File and kind of the block for a host.
    pub(crate) block: fn(&str, &str) -> (String, String),
    /// What stands at the top of each file in the test alone.
    pub(crate) before: &'static str,
    /// Where it keeps the certificate of an authority of its own, if it has one.
    pub(crate) own_authority: Option<&'static str>,
    /// Switches the domain's site on.
    pub(crate) enable: &'static str,
    /// The line that says where `persona` is, if nothing else was chosen.
    pub(crate) pass: &'static str,
    /// The line above which a host's section has room.
    pub(crate) anchor: fn(&str) -> String,
}

impl Guide {
    /// Sets everything up as the page says, and starts it.
    pub(crate) async fn set_up(&self) -> Machine {
        let mut machine = Machine::with(self.page, self.web_server).await;
        machine.own_authority = self.own_authority;
        machine.set_up();
        self.write(&machine, "", |_, text| text.to_owned());
        machine.do_as_told("enable");
        machine.sh(self.enable);
        machine.serve();
        machine.start();
        machine
    }

    /// Writes the blocks of both hosts, that of the domain in one of its kinds.
    pub(crate) fn write(
        &self,
        machine: &Machine,
        kind: &str,
        change: impl Fn(&str, &str) -> String,
    ) {
        let mut files = BTreeMap::new();
        for (host, kind) in [("id.example.org", ""), (DOMAIN, kind)] {
            let (file, kind) = (self.block)(host, kind);
            let text = change(host, machine.page.block(&file, &kind).unwrap());
            let whole = files.entry(file).or_insert_with(|| self.before.to_owned());
            whole.push_str(&text);
        }
        for (file, text) in files {
            fs::write(file, text).unwrap();
        }
    }

    fn setup_again(&self, more: &str) -> String {
        format!("persona setup --proxy {} {more}", self.proxy)
    }
}

/// Documents, sign-ins, both families of addresses, the log, and what the clear port does.
pub(crate) async fn issuer_works(guide: &Guide, moved: u16) {
    let machine = guide.set_up().await;

    let findings = machine.check();
    let here = machine::sign_in(&machine.browser(Ipv4Addr::LOCALHOST));
    let over_ipv6 = machine::sign_in(&machine.browser(Ipv6Addr::LOCALHOST));
    let clear = machine.get("http://id.example.org/persona/login/");
    let browser = machine.browser(Ipv4Addr::LOCALHOST).coming_from(BROWSER);
    let line = machine.logged(&browser, "/persona/here", &["X-Forwarded-For: 192.0.2.66"]);

    assert_eq!(findings, [""; 0]);
    assert_eq!(here, (303, "OK".to_owned()));
    assert_eq!(over_ipv6, (303, "OK".to_owned()));
    let there = "https://id.example.org/persona/login/";
    assert_eq!(
        (clear.status, clear.header("location")),
        (moved, Some(there))
    );
    assert!(line.ends_with("client=198.51.100.7"), "{line}");
}

/// The page has the lines that are printed, in each kind of the domain's block that hands it over.
pub(crate) async fn printed_lines(guide: &Guide, kinds: &[&str]) {
    let machine = Machine::with(guide.page, guide.web_server).await;

    let printed = server_blocks(&machine.set_up()).unwrap();
    let file = guide.setup_again("--website https://example.org --docroot /var/www/html");
    let printed_for_a_file = server_blocks(&machine.sh(&file)).unwrap();

    for block in printed {
        let kinds = if block.host == DOMAIN { kinds } else { &[""] };
        for kind in kinds {
            has(guide, &machine, (&block.host, kind), &block.lines);
        }
    }
    let mut blocks = printed_for_a_file.iter();
    let file = blocks.find(|block| block.host == DOMAIN).unwrap();
    has(guide, &machine, (DOMAIN, "file"), &file.lines);
}

fn has(guide: &Guide, machine: &Machine, (host, kind): (&str, &str), lines: &str) {
    let (file, kind) = (guide.block)(host, kind);
    let page = flush(machine.page.block(&file, &kind).unwrap());
    assert!(page.contains(&flush(lines)), "{file} {kind}: {lines}");
}

/// A kind of the domain's block, what is done before, and what its own site says to a page of its own.
pub(crate) type Way = (&'static str, fn(&Machine), u16);

/// Each kind of the domain's block names the issuer, and leaves the rest as it is.
pub(crate) async fn each_way(guide: &Guide, rows: &[Way]) {
    let mut machine = guide.set_up().await;
    for (kind, before, elsewhere) in rows {
        before(&machine);
        guide.write(&machine, kind, |_, text| text.to_owned());
        machine.start();

        let said = json_of(&machine.get("https://example.org/.well-known/browserid"));
        let other = machine.get("https://example.org/article");

        assert_eq!(said, json!({ "authority": "id.example.org" }), "{kind}");
        assert_eq!(other.status, *elsewhere, "{kind}: {other:?}");
        assert_eq!(machine.check(), [""; 0], "{kind}");
    }
}

/// Lets `persona setup` write the domain's file.
pub(crate) fn write_the_file(machine: &Machine) {
    machine.sh("persona setup --website https://example.org --docroot /var/www/html");
}

/// `persona` listens at a socket, in IPv6, and on another machine, and knows the browser each time.
pub(crate) async fn listens(guide: &Guide) {
    let mut machine = guide.set_up().await;
    // Between two addresses of one machine: what goes to the one comes from the other.
    machine.sh("ip route change local 10.0.0.5 dev lo src 10.0.0.7 table local");
    let before = fs::read_to_string(SETTINGS).unwrap();
    for kind in ["socket", "ipv6", "machine"] {
        fs::write(SETTINGS, &before).unwrap();
        machine.settings(kind);
        let pass = machine.page.block("pass", kind).unwrap().to_owned();
        guide.write(&machine, "", |_, text| text.replace(guide.pass, &pass));
        machine.stop_persona();
        machine.serve();
        machine.start();

        let printed = server_blocks(&machine.sh(&guide.setup_again(""))).unwrap();
        let browser = machine.browser(Ipv4Addr::LOCALHOST);
        let signed_in = machine::sign_in(&browser);
        let line = machine.logged(&browser.coming_from(BROWSER), "/persona/here", &[]);

        let (file, _) = (guide.block)("id.example.org", "");
        let page = flush(&fs::read_to_string(file).unwrap());
        let own = printed.iter().find(|block| block.host == "id.example.org");
        assert!(page.contains(&flush(&own.unwrap().lines)), "{page}");
        assert_eq!(signed_in, (303, "OK".to_owned()), "{kind}");
        assert!(line.ends_with("client=198.51.100.7"), "{kind}: {line}");
        assert_eq!(machine.check(), [""; 0], "{kind}");
    }
}

/// Something else stands in front of the web server; `prepare` does what the page says about it.
pub(crate) async fn in_front(guide: &Guide, prepare: impl Fn(&mut Machine)) {
    let mut machine = guide.set_up().await;
    let browser = |address| machine.browser(Ipv4Addr::LOCALHOST).coming_from(address);
    let (proxy, stranger) = (browser(PROXY), browser(BROWSER));
    let told = "X-Forwarded-For: 192.0.2.66, 198.51.100.77";

    let before = machine.logged(&proxy, "/persona/before", &[told]);
    prepare(&mut machine);
    machine.start();
    let after = machine.logged(&proxy, "/persona/after", &[told]);
    let made_up = machine.logged(&stranger, "/persona/made-up", &[told]);

    assert!(before.ends_with("client=203.0.113.9"), "{before}");
    assert!(after.ends_with("client=198.51.100.77"), "{after}");
    assert!(made_up.ends_with("client=198.51.100.7"), "{made_up}");
}

/// With a cache of the whole web server, hosts keep their documents and people their sessions.
pub(crate) async fn cache(guide: &Guide, prepare: impl Fn(&Machine)) {
    let mut machine = guide.set_up().await;
    prepare(&machine);
    machine.start();
    let document = "/.well-known/browserid";
    let browser = machine.browser(Ipv4Addr::LOCALHOST);

    for _ in 0..2 {
        let own = json_of(&machine.get(&format!("{ISSUER}{document}")));
        let delegation = json_of(&machine.get(&format!("https://{DOMAIN}{document}")));
        assert!(own["public-key"].is_object(), "{own}");
        assert_eq!(delegation, json!({ "authority": "id.example.org" }));
    }
    let session = format!("{ISSUER}/persona/auth/has-session/?email=alice@example.org");
    assert_eq!(browser.get(&session).unwrap().status, 404);
    assert_eq!(machine::sign_in(&browser), (303, "OK".to_owned()));
}

/// The rows of the page's table of lines that do not go with ours.
pub(crate) async fn lines_that_do_not_go(guide: &Guide, count: usize) {
    let mut machine = guide.set_up().await;
    let mistakes = mistakes::of(&machine.page);
    assert_eq!(mistakes.len(), count);

    for mistake in mistakes {
        let anchor = (guide.anchor)(&mistake.host);
        let with = format!("{}\n{anchor}", mistake.lines);
        guide.write(&machine, "", |_, text| text.replace(&anchor, &with));
        machine.start();

        assert_eq!(machine.check(), [mistake.code.as_str()], "{with}");
    }
}

/// Something is not there. A row is the page's words for it, the kind of the domain's block, what is taken
/// out or written otherwise, and the code.
pub(crate) async fn what_is_missing(guide: &Guide, name: &str, rows: &[[&str; 5]]) {
    let mut machine = guide.set_up().await;
    for [what, kind, lines, instead, code] in rows {
        if *kind == "file" {
            write_the_file(&machine);
        }
        guide.write(&machine, kind, |host, text| {
            if host == DOMAIN {
                assert!(text.contains(lines), "{what}: {text}");
                text.replace(lines, instead)
            } else {
                text.to_owned()
            }
        });
        machine.start();

        assert_eq!(machine.check(), [*code], "{what}");
        mistakes::is_listed(&machine.page, what, code);
    }
    guide.write(&machine, "", |_, text| text.to_owned());
    machine.start();

    machine.stop_persona();
    let code = "outside-proxy";
    assert_eq!(machine.check(), ["server-down", code, code]);
    let what = "`persona` does not run, or at another address";
    mistakes::is_listed(&machine.page, what, code);
    machine.serve();
    machine.stop();
    let code = "outside-connection";
    assert_eq!(machine.check(), [code; 2]);
    mistakes::is_listed(&machine.page, &format!("{name} does not run"), code);
}

/// The certificate of the domain is for somebody else.
pub(crate) async fn other_certificate(guide: &Guide) {
    let mut machine = guide.set_up().await;
    machine.put_certificate_for_others("/etc/letsencrypt/live/example.org");
    machine.start();

    let code = "outside-certificate";
    assert_eq!(machine.check(), [code]);
    mistakes::is_listed(&machine.page, "the certificate is for another name", code);
}

const DOMAIN: &str = "example.org";
const PROXY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
const BROWSER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
