//! The guide's page about Apache, taken at its word.

use std::fs;
use std::process::Command;

use e2e::namespace::is_entered;
use serde_json::json;

use crate::machine::{self, Machine};
use crate::stage::json_of;
use crate::walk::{self, Guide};

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_host_works_as_the_page_sets_it_up() {
    if !is_entered() {
        return machine::again("apache_page::the_issuers_host_works_as_the_page_sets_it_up");
    }
    walk::issuer_works(&APACHE, 301).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certbot_finds_its_path_open() {
    if !is_entered() {
        return machine::again("apache_page::certbot_finds_its_path_open");
    }
    let machine = APACHE.set_up().await;
    machine.sh("mkdir -p /var/www/html/.well-known/acme-challenge");
    fs::write("/var/www/html/.well-known/acme-challenge/token", "proof").unwrap();

    let proof = machine.get("http://id.example.org/.well-known/acme-challenge/token");

    assert_eq!(proof.text(), "proof");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_the_lines_that_are_printed() {
    if !is_entered() {
        return machine::again("apache_page::the_page_has_the_lines_that_are_printed");
    }
    walk::printed_lines(&APACHE, &["", "cms"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_say_who_speaks_for_the_domain_is_good() {
    if !is_entered() {
        return machine::again("apache_page::each_way_to_say_who_speaks_for_the_domain_is_good");
    }
    let nothing: fn(&Machine) = |_| ();
    let rows = [
        ("", nothing, 301),
        ("cms", put_a_system as fn(&Machine), 200),
        ("file", walk::write_the_file, 301),
    ];
    walk::each_way(&APACHE, &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_line_beside_it_does_at_a_hosters() {
    if !is_entered() {
        return machine::again("apache_page::a_file_with_a_line_beside_it_does_at_a_hosters");
    }
    let mut machine = APACHE.set_up().await;
    put_a_system(&machine);
    machine.sh("mkdir -p /var/www/html/.well-known");
    machine.write("/var/www/html/.well-known/browserid", "");
    machine.write("/var/www/html/.well-known/.htaccess", "");
    // The system's site, with nothing of ours in it.
    APACHE.write(&machine, "cms", |_, text| {
        text.replace("browserid)$", "no)$")
    });
    machine.start();

    let said = json_of(&machine.get("https://example.org/.well-known/browserid"));

    assert_eq!(said, json!({ "authority": "id.example.org" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn persona_can_listen_in_each_of_the_ways() {
    if !is_entered() {
        return machine::again("apache_page::persona_can_listen_in_each_of_the_ways");
    }
    walk::listens(&APACHE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is() {
    if !is_entered() {
        return machine::again(
            "apache_page::a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is",
        );
    }
    let page_says = |machine: &mut Machine| {
        machine.write("/etc/apache2/conf-available/in-front.conf", "");
        machine.do_as_told("in-front");
    };
    walk::in_front(&APACHE, page_says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_of_the_whole_web_server_keeps_nothing_that_it_must_not() {
    if !is_entered() {
        return machine::again(
            "apache_page::a_cache_of_the_whole_web_server_keeps_nothing_that_it_must_not",
        );
    }
    let a_cache = |machine: &Machine| {
        machine.sh("a2enmod cache cache_disk");
        let lines = "CacheEnable disk \"/\"\nCacheQuickHandler on\n";
        fs::write("/etc/apache2/conf-enabled/cache.conf", lines).unwrap();
    };
    walk::cache(&APACHE, a_cache).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_mistake_of_the_page() {
    if !is_entered() {
        return machine::again("apache_page::check_names_each_mistake_of_the_page");
    }
    walk::lines_that_do_not_go(&APACHE, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_what_the_page_says_is_missing() {
    if !is_entered() {
        return machine::again("apache_page::check_names_what_the_page_says_is_missing");
    }
    let rows = [
        [
            "the lines are not there",
            "cms",
            "browserid)$",
            "no)$",
            "outside-missing",
        ],
        [
            "`ProxyPreserveHost On` is not there",
            "",
            "ProxyPreserveHost On",
            "",
            "outside-missing",
        ],
        [
            "`ForceType application/json` is not there",
            "file",
            "ForceType application/json",
            "",
            "outside-type",
        ],
    ];
    walk::what_is_missing(&APACHE, "Apache", &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_a_certificate_for_another_name() {
    if !is_entered() {
        return machine::again("apache_page::check_names_a_certificate_for_another_name");
    }
    walk::other_certificate(&APACHE).await;
}

const APACHE: Guide = Guide {
    page: "apache.md",
    web_server: apache,
    proxy: "apache",
    block: |host, kind| {
        (
            format!("/etc/apache2/sites-available/{host}.conf"),
            kind.to_owned(),
        )
    },
    before: "",
    own_authority: None,
    enable: "a2ensite example.org",
    pass: "      ProxyPassMatch \"http://127.0.0.1:7070\"\n",
    anchor: |host| format!("SSLCertificateFile /etc/letsencrypt/live/{host}/"),
};

/// The program of a content management system, which answers for every address that is no file.
fn put_a_system(machine: &Machine) {
    machine.sh("mkdir -p /var/www/html && rm -f /var/www/html/index.html");
    fs::write("/var/www/html/index.php", "The system's page.").unwrap();
    machine.write("/var/www/html/.htaccess", "");
}

fn apache() -> Command {
    let mut command = Command::new("apache2ctl");
    command.args(["-D", "FOREGROUND"]);
    command
}
