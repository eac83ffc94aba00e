//! `persona check` compares the mail server that is asked with what a real DNS server says.

use std::process::Output;

use e2e::namespace;
use e2e::servers::dnsmasq::Dnsmasq;
use serde_json::Value;

use crate::finding::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn check_says_whether_dns_still_names_the_mail_server() {
    if !namespace::is_entered() {
        return namespace::again("moved::check_says_whether_dns_still_names_the_mail_server")
            .unwrap();
    }
    let scene = Scene::with("mail.small.test").await;
    set_up(&scene, "smtps://mail.small.test");
    for (what, records, found) in CASES {
        let _names = scene.names(records);

        let found_now = about_records(&scene.persona(&["check", "--json"]));

        assert_eq!(found_now, [*found], "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_from_dns_is_no_failure() {
    if !namespace::is_entered() {
        return namespace::again("moved::no_answer_from_dns_is_no_failure").unwrap();
    }
    // Takes questions, and answers none.
    let _silent = std::net::UdpSocket::bind("127.0.0.1:53").unwrap();
    let scene = Scene::with("mail.small.test").await;
    std::fs::write(scene.folder.join("hosts"), "192.0.2.25 mail.small.test\n").unwrap();
    let hosts = scene.folder.join("hosts").display().to_string();
    let mount = std::process::Command::new("mount")
        .args(["--bind", &hosts, "/etc/hosts"])
        .status();
    assert!(mount.unwrap().success());
    set_up(&scene, "smtps://mail.small.test");

    let check = scene.persona(&["check", "--json"]);

    assert_eq!(about_records(&check), [("mailbox-records-unknown", "ok")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_of_ones_own_network_is_compared_with_nothing() {
    if !namespace::is_entered() {
        return namespace::again(
            "moved::a_mail_server_of_ones_own_network_is_compared_with_nothing",
        )
        .unwrap();
    }
    let scene = Scene::with("mail.small.test").await;
    let _names: Dnsmasq = scene.names(&[
        "host-record=mail.inside.test,10.0.0.5",
        "host-record=mx.other.test,203.0.113.9",
        "mx-host=small.test,mx.other.test,10",
    ]);
    for inside in [
        "smtps://mail.inside.test",
        "smtps://10.0.0.5",
        "smtp://127.0.0.1:9",
    ] {
        set_up(&scene, inside);

        let found = about_records(&scene.persona(&["check", "--json"]));

        assert_eq!(found, [("", ""); 0], "{inside}");
    }
}

fn set_up(scene: &Scene, mailbox: &str) {
    let setup = scene.persona(&["setup", "--restart", "-d", "small.test", "-m", mailbox]);
    assert!(setup.status.success(), "{setup:?}");
}

/// The findings that are about records, with their outcomes.
fn about_records(check: &Output) -> Vec<(&'static str, &'static str)> {
    let report: Value = serde_json::from_slice(&check.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let known = findings.filter_map(|finding| {
        let is =
            |known: &&(&str, &str)| finding["code"] == known.0 && finding["outcome"] == known.1;
        KNOWN.iter().find(is).copied()
    });
    known.collect()
}

const SAME: (&str, &str) = ("mailbox-records", "ok");
const MOVED: (&str, &str) = ("mailbox-moved", "warn");
const PROVIDER: (&str, &str) = ("mailbox-provider", "warn");
const KNOWN: [(&str, &str); 4] = [SAME, MOVED, PROVIDER, ("mailbox-records-unknown", "ok")];

type Case = (
    &'static str,
    &'static [&'static str],
    (&'static str, &'static str),
);

const CASES: &[Case] = &[
    ("nothing is named", &[], SAME),
    ("itself", &["mx-host=small.test,mail.small.test,10"], SAME),
    (
        "another machine of the domain's takes the letters",
        &[
            "mx-host=small.test,mx1.small.test,10",
            "host-record=mx1.small.test,203.0.113.9",
        ],
        SAME,
    ),
    (
        "another name of the same machine",
        &[
            "mx-host=small.test,mx.other.test,10",
            "host-record=mx.other.test,192.0.2.25",
        ],
        SAME,
    ),
    (
        "another machine",
        &[
            "mx-host=small.test,mx.other.test,10",
            "host-record=mx.other.test,203.0.113.9",
        ],
        MOVED,
    ),
    (
        "another machine that has no address",
        &["mx-host=small.test,mx.other.test,10"],
        MOVED,
    ),
    (
        "somebody else's filter for letters, and itself for logging in",
        &[
            "mx-host=small.test,mx.other.test,10",
            "srv-host=_imaps._tcp.small.test,mail.small.test,993",
        ],
        SAME,
    ),
    (
        "itself for letters, and another machine for logging in",
        &[
            "mx-host=small.test,mail.small.test,10",
            "srv-host=_imaps._tcp.small.test,mail.other.test,993",
        ],
        MOVED,
    ),
    (
        "a provider who lets nobody ask",
        &["mx-host=small.test,aspmx.l.google.com,1"],
        PROVIDER,
    ),
    ("no letters at all", &["mx-host=small.test,.,0"], SAME),
];
