//! Time and size: one limit for the whole check, and a flat use of memory (`mail.md` §7).

use testkit::smtp::{Act, FullListener};

use super::*;

const PAUSE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn silence_runs_out_of_time_wherever_it_begins() {
    let until_auth = vec![say(GREETING), hear(), say(OFFER), hear()];
    let rows = [
        both_ways("timeout", "no banner", vec![], false),
        both_ways("timeout", "no answer to EHLO", greeting(GREETING), false),
        both_ways("timeout", "no answer to AUTH", until_auth, true),
        both_ways("timeout", "no answer after 334", to_auth("334 \r\n"), true),
    ];

    all_end(rows.concat()).await;
}

#[tokio::test]
async fn a_server_cannot_buy_time_by_being_slow() {
    let lines = "220-welcome\r\n".repeat(99);
    let slow = |octets: &str| Act::Drip(octets.as_bytes().to_vec(), PAUSE);
    let slow_ehlo = vec![say(GREETING), hear(), slow(OFFER)];
    let slow_auth = vec![
        say(GREETING),
        hear(),
        say(OFFER),
        hear(),
        slow("235 2.7.0 ok\r\n"),
    ];
    let rows = [
        both_ways("timeout", "slow banner", vec![slow(GREETING)], false),
        both_ways("timeout", "slow lines", vec![slow(&lines)], false),
        both_ways("timeout", "slow answer to EHLO", slow_ehlo, false),
        both_ways("timeout", "slow 235", slow_auth, true),
    ];

    all_end(rows.concat()).await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_to_an_end_runs_out_of_time() {
    // The beginning of a record that promises 16 000 octets.
    let record = [
        &b"\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c\x03\x03"[..],
        &[0; 500],
    ]
    .concat();
    let slow_record = Act::Drip(record, PAUSE);
    let server = SmtpServer::scripted(vec![slow_record], None).await.unwrap();
    let ca = Authority::new().unwrap();
    let url = format!(
        "smtps://{}?ca={}",
        server.address(),
        ca.pem_file().display()
    );

    let answer = ask(&url, &impatient()).await;

    assert_eq!(word(&answer), "timeout", "{answer:?}");
}

#[tokio::test]
async fn an_address_that_does_not_answer_runs_out_of_the_time_to_connect() {
    let full = FullListener::start().await.unwrap();
    let options = Options {
        connect_limit: Duration::from_millis(300),
        ..patient()
    };

    let answer = ask(&format!("smtp://{}", full.address()), &options).await;

    assert_eq!(
        answer.unwrap_err().to_string(),
        "the mail server let the time run out before a connection was made"
    );
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let server = SmtpServer::scripted(vec![], None).await.unwrap();
    let url = format!("smtp://{}", server.address());
    server.stop().await;

    let answer = ask(&url, &impatient()).await;

    assert_eq!(word(&answer), "refused-connection", "{answer:?}");
}

#[tokio::test]
async fn there_is_a_limit_to_what_is_listened_to() {
    let endless = |line: &str| Act::SayForEver(line.repeat(20).into_bytes());
    let megabytes = |code: &str| say([code.as_bytes(), &vec![b'x'; 5_000_000]].concat());
    let to_ehlo = |act: Act| vec![say(GREETING), hear(), act];
    let to_auth = |act: Act| vec![say(GREETING), hear(), say(OFFER), hear(), act];
    let lines = greeting("220-x\r\n".repeat(5000));
    let rows = [
        both_ways(
            "gibberish",
            "endless banner",
            vec![endless("220-x\r\n")],
            false,
        ),
        both_ways(
            "gibberish",
            "endless EHLO",
            to_ehlo(endless("250-x\r\n")),
            false,
        ),
        both_ways(
            "gibberish",
            "endless 235",
            to_auth(endless("235-x\r\n")),
            true,
        ),
        both_ways("gibberish", "5000 lines", lines, false),
        both_ways(
            "gibberish",
            "a banner of 5 MB",
            vec![megabytes("220 ")],
            false,
        ),
        both_ways(
            "gibberish",
            "an EHLO line of 5 MB",
            to_ehlo(megabytes("250-")),
            false,
        ),
        both_ways(
            "gibberish",
            "a 235 of 5 MB",
            to_auth(megabytes("235 ")),
            true,
        ),
    ];

    all_end(rows.concat()).await;
}
