//! The guide's page about nginx, taken at its word.

use std::fs;
use std::process::Command;

use e2e::namespace::is_entered;
use e2e::servers::packages;

use crate::machine::{self, Machine};
use crate::walk::{self, Guide};

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_host_works_as_the_page_sets_it_up() {
    if !is_entered() {
        return machine::again("nginx_page::the_issuers_host_works_as_the_page_sets_it_up");
    }
    walk::issuer_works(&NGINX, 301).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certbot_finds_its_path_open() {
    if !is_entered() {
        return machine::again("nginx_page::certbot_finds_its_path_open");
    }
    let machine = NGINX.set_up().await;
    machine.sh("mkdir -p /var/www/html/.well-known/acme-challenge");
    fs::write("/var/www/html/.well-known/acme-challenge/token", "proof").unwrap();

    let proof = machine.get("http://id.example.org/.well-known/acme-challenge/token");

    assert_eq!(proof.text(), "proof");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_the_lines_that_are_printed() {
    if !is_entered() {
        return machine::again("nginx_page::the_page_has_the_lines_that_are_printed");
    }
    walk::printed_lines(&NGINX, &["", "cms"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_say_who_speaks_for_the_domain_is_good() {
    if !is_entered() {
        return machine::again("nginx_page::each_way_to_say_who_speaks_for_the_domain_is_good");
    }
    let nothing: fn(&Machine) = |_| ();
    let rows = [
        ("", nothing, 301),
        ("cms", nothing, 502),
        ("elsewhere", nothing, 404),
        ("file", walk::write_the_file, 404),
    ];
    walk::each_way(&NGINX, &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn persona_can_listen_in_each_of_the_ways() {
    if !is_entered() {
        return machine::again("nginx_page::persona_can_listen_in_each_of_the_ways");
    }
    walk::listens(&NGINX).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is() {
    if !is_entered() {
        return machine::again(
            "nginx_page::a_proxy_in_front_is_believed_about_the_browser_and_nobody_else_is",
        );
    }
    let page_says = |machine: &mut Machine| machine.write("/etc/nginx/conf.d/in-front.conf", "");
    walk::in_front(&NGINX, page_says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_of_the_whole_web_server_keeps_nothing_that_it_must_not() {
    if !is_entered() {
        return machine::again(
            "nginx_page::a_cache_of_the_whole_web_server_keeps_nothing_that_it_must_not",
        );
    }
    // nginx's cache takes `proxy_pass` and path for the name of a document, and not the host.
    walk::cache(&NGINX, |_| {
        fs::write("/etc/nginx/conf.d/cache.conf", CACHE).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_mistake_of_the_page() {
    if !is_entered() {
        return machine::again("nginx_page::check_names_each_mistake_of_the_page");
    }
    walk::lines_that_do_not_go(&NGINX, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_what_the_page_says_is_missing() {
    if !is_entered() {
        return machine::again("nginx_page::check_names_what_the_page_says_is_missing");
    }
    let rows = [
        [
            "the location is not there",
            "elsewhere",
            "= /.well-known/browserid",
            "/no",
            "outside-missing",
        ],
        [
            "`proxy_set_header Host $http_host;` is not there",
            "",
            "proxy_set_header Host $http_host;",
            "",
            "outside-missing",
        ],
        [
            "`default_type application/json;` is not there",
            "file",
            "default_type application/json;",
            "",
            "outside-type",
        ],
    ];
    walk::what_is_missing(&NGINX, "nginx", &rows).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_a_certificate_for_another_name() {
    if !is_entered() {
        return machine::again("nginx_page::check_names_a_certificate_for_another_name");
    }
    walk::other_certificate(&NGINX).await;
}

const NGINX: Guide = Guide {
    page: "nginx.md",
    web_server: nginx,
    proxy: "nginx",
    block: |host, kind| {
        (
            format!("/etc/nginx/sites-available/{host}"),
            kind.to_owned(),
        )
    },
    before: "",
    own_authority: None,
    enable: "ln -s ../sites-available/example.org /etc/nginx/sites-enabled/",
    pass: "      proxy_pass http://127.0.0.1:7070;\n",
    anchor: |host| format!("ssl_certificate /etc/letsencrypt/live/{host}/"),
};

fn nginx() -> Command {
    let mut command = Command::new(packages::nginx().unwrap());
    command.args(["-g", "daemon off;"]);
    command
}

const CACHE: &str = "proxy_cache_path /var/cache/nginx-site keys_zone=site:1m;
proxy_cache site;
proxy_cache_valid any 10m;
";
