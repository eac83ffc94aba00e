//! A server on an address that is not this machine's loopback, which is where clear text ends.
//!
//! The address exists in a network namespace of the test's own, with no way out: the test runs this
//! program once more inside one.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::process::Command;

use e2e::servers::MailServer as _;
use e2e::servers::SERVER_NAME;
use e2e::servers::accounts::{ALICE, ALICE_PASSWORD};
use e2e::servers::dovecot::Failures;
use e2e::servers::ports::Entrance;
use e2e::servers::postfix::Postfix;
use mailbox::{TlsRequired, Unavailable, Verdict};

use super::asking::ask;

#[tokio::test]
async fn no_clear_text_leaves_this_machine() {
    if TcpListener::bind((ELSEWHERE, 0)).is_err() {
        return again_in_a_namespace("outside_loopback::no_clear_text_leaves_this_machine");
    }
    let addresses = [IpAddr::V4(ELSEWHERE)];
    let server = Postfix::start_as(SERVER_NAME, Failures::Quick, &addresses).unwrap();
    let host = ELSEWHERE.to_string();

    let port = server.ports().of(Entrance::Clear);
    let clear = ask(&format!("smtp://{host}:{port}"), ALICE, ALICE_PASSWORD).await;

    assert_eq!(
        clear,
        Err(Unavailable::TlsRequired(TlsRequired::NotOffered))
    );
    assert_eq!(clear.unwrap_err().reason(), "tls-required");
    assert_eq!(server.logins_sent().unwrap(), 0);

    // The same server is asked as soon as it offers encryption.
    let secure = server.url_at("smtp", &host, Entrance::Submission);
    assert_eq!(
        ask(&secure, ALICE, ALICE_PASSWORD).await,
        Ok(Verdict::Opens)
    );
}

/// Runs one test of this program in a new network namespace that has the address, and believes it.
fn again_in_a_namespace(test: &str) {
    let script = format!(
        "ip link set lo up && ip address add {ELSEWHERE}/32 dev lo && \
         exec \"$0\" --exact {test} --nocapture"
    );

    let output = Command::new("unshare")
        .args(["--net", "--", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .output()
        .expect("unshare is in Debian's util-linux");

    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "in a network namespace (unshare needs root, ip is in Debian's iproute2):\n\
         {said}\n{complaint}"
    );
}

/// An address of the block for documentation (RFC 5737), which is nobody's.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 25);
