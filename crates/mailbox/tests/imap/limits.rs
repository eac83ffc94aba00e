//! Time and size: one limit for the whole check, and a flat use of memory (`mail.md` §7). Time is
//! paused: what is waited for has passed at once.

use super::*;

const PAUSE: Duration = Duration::from_secs(2);

#[tokio::test(start_paused = true)]
async fn silence_runs_out_of_time_wherever_it_begins() {
    let before = [
        ("no greeting", vec![]),
        ("no answer to CAPABILITY", greeting(BARE_GREETING)),
    ];
    let after = [
        ("no answer to the login", vec![say(GREETING), hear()]),
        ("no answer after a prompt", to_login("+ \r\n")),
        ("remarks and then nothing", to_login("* OK Still here\r\n")),
        ("half an answer", to_login("p1 OK Logged in")),
    ];

    end_in("timeout", false, before).await;
    end_in("timeout", true, after).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_cannot_buy_time_by_being_slow() {
    let slow = |octets: &str| Act::Drip(octets.as_bytes().to_vec(), PAUSE);
    let remarks = "* OK\r\n".repeat(20);

    let before = [("slow greeting", vec![slow(GREETING)])];
    let after = [
        (
            "slow answer",
            vec![say(GREETING), hear(), slow("p1 OK Logged in\r\n")],
        ),
        ("slow remarks", vec![say(GREETING), hear(), slow(&remarks)]),
    ];

    end_in("timeout", false, before).await;
    end_in("timeout", true, after).await;
}

#[tokio::test]
async fn there_is_a_limit_to_what_is_listened_to() {
    let endless = |line: &str| Act::SayForEver(line.repeat(20).into_bytes());
    let megabytes = |begin: &str| say([begin.as_bytes(), &vec![b'x'; 5_000_000]].concat());
    let after = |act: Act| vec![say(GREETING), hear(), act];

    let before = [
        ("endless greeting", vec![endless("* OK ")]),
        ("a greeting of 5 MB", vec![megabytes("* OK ")]),
        (
            "endless capabilities",
            vec![
                say(BARE_GREETING),
                hear(),
                endless("* CAPABILITY IMAP4rev1\r\n"),
            ],
        ),
    ];
    let late = [
        ("endless remarks", after(endless("* OK Still here\r\n"))),
        ("endless other lines", after(endless("* 1 EXISTS\r\n"))),
        ("an answer of 5 MB", after(megabytes("p1 OK "))),
        ("a prompt of 5 MB", after(megabytes("+ "))),
        (
            "101 remarks",
            to_login(format!("{}p1 OK\r\n", "* OK\r\n".repeat(101))),
        ),
    ];

    end_in("gibberish", false, before).await;
    end_in("gibberish", true, late).await;
}
