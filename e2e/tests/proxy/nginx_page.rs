//! The guide's page about nginx, taken at its word.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::Command;

use e2e::namespace::is_entered;
use e2e::servers::packages;
use e2e::servers::web_server::server_blocks;
use serde_json::json;

use crate::machine::{self, ISSUER, Machine, SETTINGS, flush};
use crate::mistakes;
use crate::stage::json_of;

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_host_works_as_the_page_sets_it_up() {
    if !is_entered() {
        return machine::again("nginx_page::the_issuers_host_works_as_the_page_sets_it_up");
    }
    let mut machine = set_up(DOMAIN, "").await;
    machine.sh("mkdir -p /var/www/html/.well-known/acme-challenge");
    fs::write("/var/www/html/.well-known/acme-challenge/token", "proof").unwrap();

    let findings = machine.check();
    let here = machine::sign_in(&machine.browser(Ipv4Addr::LOCALHOST));
    let over_ipv6 = machine::sign_in(&machine.browser(Ipv6Addr::LOCALHOST));
    let clear = machine.get("http://id.example.org/persona/login/");
    let proof = machine.get("http://id.example.org/.well-known/acme-challenge/token");
    let browser = machine.browser(Ipv4Addr::LOCALHOST).coming_from(BROWSER);
    let line = machine.logged(&browser, "/persona/here", &["X-Forwarded-For: 192.0.2.66"]);

    assert_eq!(findings, [""; 0]);
    assert_eq!(here, (303, "OK".to_owned()));
    assert_eq!(over_ipv6, (303, "OK".to_owned()));
    assert_eq!(clear.status, 301);
    assert_eq!(
        clear.header("location"),
        Some("https://id.example.org/persona/login/")
    );
    assert_eq!(proof.text(), "proof");
    assert!(line.contains("client=198.51.100.7"), "{line}");
    machine.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_the_lines_that_are_printed() {
    if !is_entered() {
        return machine::again("nginx_page::the_page_has_the_lines_that_are_printed");
    }
    let machine = Machine::with(PAGE, nginx).await;

    let printed = server_blocks(&machine.set_up()).unwrap();
    let file = "persona setup --website https://example.org --docroot /var/www/html --proxy nginx";
    let printed_for_a_file = server_blocks(&machine.sh(file)).unwrap();

    for block in printed {
        let kinds = if block.host == "example.org" {
            &["", "cms"][..]
        } else {
            &[""]
        };
        let page = format!("/etc/nginx/sites-available/{}", block.host);
        for kind in kinds {
            let page = flush(machine.page.block(&page, kind).unwrap());
            assert!(page.contains(&flush(&block.lines)), "{}", block.lines);
        }
    }
    let of_domain = |block: &&e2e::servers::web_server::ServerBlock| block.host == "example.org";
    let lines = &printed_for_a_file.iter().find(of_domain).unwrap().lines;
    let page = flush(machine.page.block(DOMAIN, "file").unwrap());
    assert!(page.contains(&flush(lines)), "{lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_say_who_speaks_for_the_domain_is_good() {
    if !is_entered() {
        return machine::again("nginx_page::each_way_to_say_who_speaks_for_the_domain_is_good");
    }
    let mut machine = set_up(DOMAIN, "").await;
    let document = "https://example.org/.well-known/browserid";
    for (kind, elsewhere) in [("", 301), ("cms", 502), ("elsewhere", 404), ("file", 404)] {
        if kind == "file" {
            let file = "--website https://example.org --docroot /var/www/html";
            machine.sh(&format!("persona setup --proxy nginx {file}"));
        }
        machine.write(DOMAIN, kind);
        machine.start();

        let said = json_of(&machine.get(document));
        let other = machine.get("https://example.org/article");

        assert_eq!(said, json!({ "authority": "id.example.org" }), "{kind}");
        assert_eq!(other.status, elsewhere, "{kind}: {other:?}");
        assert_eq!(machine.check(), [""; 0], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn persona_can_listen_in_each_of_the_ways() {
    if !is_entered() {
        return machine::again("nginx_page::persona_can_listen_in_each_of_the_ways");
    }
    let mut machine = set_up(DOMAIN, "").await;
    // Between two addresses of one machine: what goes to the one comes from the other.
    machine.sh("ip route change local 10.0.0.5 dev lo src 10.0.0.7 table local");
    let before = fs::read_to_string(SETTINGS).unwrap();
    for kind in ["socket", "ipv6", "machine"] {
        fs::write(SETTINGS, &before).unwrap();
        machine.settings(kind);
        let pass = machine.page.block("proxy_pass", kind).unwrap().to_owned();
        let usual = "      proxy_pass http://127.0.0.1:7070;\n";
        machine.write_changed(ISSUER_SITE, "", |text| text.replace(usual, &pass));
        machine.write_changed(DOMAIN, "", |text| text.replace(usual, &pass));
        machine.stop_persona();
        machine.serve();
        machine.start();

        let printed = server_blocks(&machine.sh("persona setup --proxy nginx")).unwrap();
        let browser = machine.browser(Ipv4Addr::LOCALHOST);
        let signed_in = machine::sign_in(&browser);
        let line = machine.logged(&browser.coming_from(BROWSER), "/persona/here", &[]);

        let page = flush(&fs::read_to_string(ISSUER_SITE).unwrap());
        let own = printed.iter().find(|block| block.host == "id.example.org");
        assert!(page.contains(&flush(&own.unwrap().lines)), "{page}");
        assert_eq!(signed_in, (303, "OK".to_owned()), "{kind}");
        assert!(line.contains("client=198.51.100.7"), "{kind}: {line}");
        assert_eq!(machine.check(), [""; 0], "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is() {
    if !is_entered() {
        return machine::again(
            "nginx_page::a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is",
        );
    }
    let mut machine = set_up(DOMAIN, "").await;
    let proxy = machine.browser(Ipv4Addr::LOCALHOST).coming_from(PROXY);
    let stranger = machine.browser(Ipv4Addr::LOCALHOST).coming_from(BROWSER);
    let told = "X-Forwarded-For: 192.0.2.66, 198.51.100.77";

    let before = machine.logged(&proxy, "/persona/before", &[told]);
    machine.write("/etc/nginx/conf.d/in-front.conf", "");
    machine.start();
    let after = machine.logged(&proxy, "/persona/after", &[told]);
    let made_up = machine.logged(&stranger, "/persona/made-up", &[told]);

    assert!(before.contains("client=203.0.113.9"), "{before}");
    assert!(after.contains("client=198.51.100.77"), "{after}");
    assert!(made_up.ends_with("client=198.51.100.7"), "{made_up}");
}

/// nginx's cache takes `proxy_pass` and path for the name of a document, and not the host.
#[tokio::test(flavor = "multi_thread")]
async fn a_cache_of_the_whole_web_server_keeps_nothing_that_it_must_not() {
    if !is_entered() {
        return machine::again(
            "nginx_page::a_cache_of_the_whole_web_server_keeps_nothing_that_it_must_not",
        );
    }
    let mut machine = set_up(DOMAIN, "").await;
    fs::write("/etc/nginx/conf.d/cache.conf", CACHE).unwrap();
    machine.start();
    let document = "/.well-known/browserid";
    let browser = machine.browser(Ipv4Addr::LOCALHOST);

    for _ in 0..2 {
        let own = json_of(&machine.get(&format!("{ISSUER}{document}")));
        let delegation = json_of(&machine.get(&format!("https://example.org{document}")));
        assert!(own["public-key"].is_object(), "{own}");
        assert_eq!(delegation, json!({ "authority": "id.example.org" }));
    }
    let session = format!("{ISSUER}/persona/auth/has-session/?email=alice@example.org");
    assert_eq!(browser.get(&session).unwrap().status, 404);
    assert_eq!(machine::sign_in(&browser), (303, "OK".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_mistake_of_the_page() {
    if !is_entered() {
        return machine::again("nginx_page::check_names_each_mistake_of_the_page");
    }
    let mut machine = set_up(DOMAIN, "").await;
    let mistakes = mistakes::of(&machine.page);
    assert_eq!(mistakes.len(), 5);

    for mistake in mistakes {
        let file = format!("/etc/nginx/sites-available/{}", mistake.host);
        let name = format!("server_name {};\n   ssl_", mistake.host);
        let with = format!("{}\n{name}", mistake.lines);
        machine.write_changed(&file, "", |text| text.replace(&name, &with));
        machine.start();

        assert_eq!(machine.check(), [mistake.code.as_str()], "{with}");
        machine.write(&file, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_what_the_page_says_is_missing() {
    if !is_entered() {
        return machine::again("nginx_page::check_names_what_the_page_says_is_missing");
    }
    let mut machine = set_up(DOMAIN, "").await;
    machine.sh("persona setup --website https://example.org --docroot /var/www/html");
    for (what, kind, lines, code) in [
        (
            "the location is not there",
            "",
            "= /.well-known/browserid",
            "outside-missing",
        ),
        (
            "`proxy_set_header Host $http_host;` is not there",
            "",
            "proxy_set_header Host $http_host;",
            "outside-missing",
        ),
        (
            "`default_type application/json;` is not there",
            "file",
            "default_type application/json;",
            "outside-type",
        ),
    ] {
        let instead = if lines.starts_with('=') { "/no" } else { "" };
        machine.write_changed(DOMAIN, kind, |text| {
            let text = text.replace(lines, instead);
            text.replace("return 301", "return 404; #")
        });
        machine.start();

        assert_eq!(machine.check(), [code], "{what}");
        mistakes::is_listed(&machine.page, what, code);
    }
    machine.write(DOMAIN, "");
    machine.write_changed(DOMAIN, "", |text| text.replace("e.org/", "e.net/"));
    machine.put_certificate_for_others("/etc/letsencrypt/live/example.net");
    machine.start();
    assert_eq!(machine.check(), ["outside-certificate"]);
    let what = "the certificate is for another name";
    mistakes::is_listed(&machine.page, what, "outside-certificate");
    machine.write(DOMAIN, "");
    machine.start();

    machine.stop_persona();
    assert_eq!(
        machine.check(),
        ["server-down", "outside-proxy", "outside-proxy"]
    );
    let what = "`persona` does not run, or at another address";
    mistakes::is_listed(&machine.page, what, "outside-proxy");
    machine.serve();
    machine.stop();
    assert_eq!(machine.check(), ["outside-connection"; 2]);
    mistakes::is_listed(&machine.page, "nginx does not run", "outside-connection");
}

async fn set_up(domain: &str, kind: &str) -> Machine {
    let mut machine = Machine::with(PAGE, nginx).await;
    machine.set_up();
    machine.write(ISSUER_SITE, "");
    machine.write(domain, kind);
    machine.do_as_told("enable");
    machine.sh("ln -s ../sites-available/example.org /etc/nginx/sites-enabled/");
    machine.serve();
    machine.start();
    machine
}

fn nginx() -> Command {
    let mut command = Command::new(packages::nginx().unwrap());
    command.args(["-g", "daemon off;"]);
    command
}

const PAGE: &str = "nginx.md";
const ISSUER_SITE: &str = "/etc/nginx/sites-available/id.example.org";
const DOMAIN: &str = "/etc/nginx/sites-available/example.org";
const PROXY: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
const BROWSER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

const CACHE: &str = "proxy_cache_path /var/cache/nginx-site keys_zone=site:1m;
proxy_cache site;
proxy_cache_valid any 10m;
";
