//! A server on an address that is not this machine's loopback, which is where clear text ends.
//!
//! The address exists in a network namespace of the test's own, with no way out: the test runs this
//! program once more inside one.

use std::net::IpAddr;

use e2e::namespace::{self, ELSEWHERE};
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
    if !namespace::is_entered() {
        return namespace::again("outside_loopback::no_clear_text_leaves_this_machine").unwrap();
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
