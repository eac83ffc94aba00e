//! The guide's page about Caddy, taken at its word.

use std::process::Command;

use e2e::namespace::is_entered;
use e2e::servers::packages;

use crate::machine::{self, Machine};
use crate::walk::{self, Guide};

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_host_works_as_the_page_sets_it_up() {
    if !is_entered() {
        return machine::again("caddy_page::the_issuers_host_works_as_the_page_sets_it_up");
    }
    walk::issuer_works(&CADDY, 308).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_the_lines_that_are_printed() {
    if !is_entered() {
        return machine::again("caddy_page::the_page_has_the_lines_that_are_printed");
    }
    walk::printed_lines(&CADDY, &["", "cms"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_say_who_speaks_for_the_domain_is_good() {
    if !is_entered() {
        return machine::again("caddy_page::each_way_to_say_who_speaks_for_the_domain_is_good");
    }
    let nothing: fn(&Machine) = |_| ();
    let rows = [
        ("", nothing, 302),
        ("cms", put_a_program, 502),
        ("elsewhere", nothing, 404),
        ("file", walk::write_the_file, 302),
    ];
    walk::each_way(&CADDY, &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn persona_can_listen_in_each_of_the_ways() {
    if !is_entered() {
        return machine::again("caddy_page::persona_can_listen_in_each_of_the_ways");
    }
    walk::listens(&CADDY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is() {
    if !is_entered() {
        return machine::again(
            "caddy_page::a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is",
        );
    }
    let page_says = |machine: &mut Machine| {
        let pass = machine.page.block("pass", "in-front").unwrap().to_owned();
        CADDY.write(machine, "", |_, text| text.replace(CADDY.pass, &pass));
        machine.settings("in-front");
        machine.stop_persona();
        machine.serve();
    };
    walk::in_front(&CADDY, page_says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_mistake_of_the_page() {
    if !is_entered() {
        return machine::again("caddy_page::check_names_each_mistake_of_the_page");
    }
    walk::lines_that_do_not_go(&CADDY, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_what_the_page_says_is_missing() {
    if !is_entered() {
        return machine::again("caddy_page::check_names_what_the_page_says_is_missing");
    }
    let rows = [
        [
            "the lines are not there",
            "cms",
            "/.well-known/browserid",
            "/no",
            "outside-missing",
        ],
        [
            "`header_up Host` is there, with another host",
            "",
            "header_up -Forwarded",
            "header_up Host www.example.org",
            "outside-missing",
        ],
        [
            "`header Content-Type application/json` is not there",
            "file",
            "header Content-Type application/json",
            "",
            "outside-type",
        ],
    ];
    walk::what_is_missing(&CADDY, "Caddy", &rows).await;
}

const CADDY: Guide = Guide {
    page: "caddy.md",
    web_server: caddy,
    proxy: "caddy",
    block: |host, kind| {
        let kind = format!("{host} {kind}");
        (
            "/etc/caddy/Caddyfile".to_owned(),
            kind.trim_end().to_owned(),
        )
    },
    // An authority of its own instead of one on the network.
    before: "{\nlocal_certs\nskip_install_trust\n}\n",
    own_authority: Some("/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"),
    enable: "true",
    pass: "      reverse_proxy 127.0.0.1:7070 {\n",
    anchor: |host| format!("   @persona path /.well-known/browserid{}", rest(host)),
};

/// A program of a content management system, which nobody runs: whoever is sent to it gets no answer.
fn put_a_program(machine: &Machine) {
    machine.sh("mkdir -p /var/www/html && touch /var/www/html/index.php");
}

/// What follows the first path of a host's printed lines.
fn rest(host: &str) -> &'static str {
    if host == "example.org" { "\n" } else { " " }
}

/// As its systemd unit starts it: as its own user, who may listen at any port.
fn caddy() -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=caddy", "--regid=caddy", "--init-groups"])
        .args([
            "--inh-caps=+net_bind_service",
            "--ambient-caps=+net_bind_service",
        ])
        .arg(packages::caddy().unwrap())
        .args(["run", "--environ", "--config", "/etc/caddy/Caddyfile"])
        .env("HOME", "/var/lib/caddy");
    command
}
