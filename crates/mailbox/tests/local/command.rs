//! What a program is told, and what its end means.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process;
use std::time::Duration;

use mailbox::{Question, Refusal, Unavailable, Verdict};

use super::{answer, ask, login, open, open_with, password};

/// Kept as a file: a program that has just been written may be busy.
fn program() -> String {
    format!(
        "command:{}/tests/local/program.sh",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[tokio::test]
async fn the_exit_status_is_the_verdict() {
    let check = open(&program());

    for (local, expected) in [
        ("opens", "opens"),
        ("refuses", "refused: 1"),
        ("status-0", "opens"),
        ("status-1", "refused: 1"),
        ("status-2", "cannot tell: program"),
        ("status-111", "cannot tell: program"),
        ("status-127", "cannot tell: program"),
        ("status-255", "cannot tell: program"),
        ("killed", "cannot tell: program"),
    ] {
        assert_eq!(answer(&*check, local, "x").await, expected, "{local}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_listen_may_decide_all_the_same() {
    for (program, expected) in [
        ("command:/bin/true", "opens"),
        ("command:/bin/false", "refused: 1"),
    ] {
        assert_eq!(answer(&*open(program), "alice", "x").await, expected);
    }
}

#[tokio::test]
async fn a_program_is_told_three_lines_and_sees_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("told");
    let check = open(&program());
    let (login, password) = (login("tells"), password(path.to_str().unwrap()));

    for (client, seen) in [
        (None, ""),
        (Some("192.0.2.7"), "192.0.2.7"),
        (Some("::ffff:192.0.2.7"), "192.0.2.7"),
        (Some("2001:db8::1"), "2001:db8::1"),
    ] {
        let question = Question {
            client: client.map(|client| client.parse().unwrap()),
            ..Question::new(&login, &password)
        };
        assert_eq!(check.check(question).await, Ok(Verdict::Opens));

        let told = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<_> = told.lines().collect();
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                format!("0 arguments, tells@example.test, {seen}, 0 octets more").as_str(),
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "PWD=/",
            ]
        );
    }
}

#[tokio::test]
async fn what_it_says_is_for_the_log_and_escaped() {
    let check = open(&program());

    for _ in 0..10 {
        let Err(unavailable) = ask(&*check, "status-75", "geheim").await else {
            panic!("75 is no verdict");
        };
        let path = program().replace("command:", "");
        assert_eq!(
            unavailable.to_string(),
            format!(
                "the program {path} gave no verdict: exit status: 75; it said: it is \\x1b[31mred"
            )
        );
        assert_eq!(
            ask(&*check, "refuses", "geheim").await,
            Ok(Verdict::Refused(Refusal {
                code: "1".to_owned(),
                enhanced: None,
                text: "not today".to_owned(),
            }))
        );
    }
}

#[tokio::test]
async fn a_program_that_repeats_what_it_was_told_does_not_bring_it_into_the_log() {
    let Ok(Verdict::Refused(refusal)) = ask(&*open(&program()), "traces", "Geheimnis").await else {
        panic!("test says 1");
    };

    assert_eq!(refusal.text, "+ test [*] = [*]");
}

#[tokio::test]
async fn a_flood_of_words_is_let_pass_and_cut() {
    let Ok(Verdict::Refused(refusal)) = ask(&*open(&program()), "floods", "x").await else {
        panic!("its exit status is 1");
    };

    assert!(refusal.text.len() < 250, "{}", refusal.text.len());
}

#[tokio::test]
async fn when_its_time_is_up_it_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(
        process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let check = open_with(&program(), Duration::from_millis(500));
    let end = {
        let pipe = pipe.clone();
        // The pipe ends when nobody has it open for writing any more.
        tokio::task::spawn_blocking(move || fs::read(pipe))
    };

    let asked = ask(&*check, "hangs", pipe.to_str().unwrap()).await;

    let Err(Unavailable::Program { why, .. }) = asked else {
        panic!("{asked:?}");
    };
    assert_eq!(why, "it was still running when its time was up");
    assert_eq!(end.await.unwrap().unwrap(), b"");
}

#[tokio::test]
async fn nobody_waits_for_what_a_program_leaves_behind() {
    let check = open_with(&program(), Duration::from_secs(4));

    assert_eq!(answer(&*check, "leaves", "x").await, "opens");
}

#[tokio::test]
async fn many_are_asked_at_once_and_too_many_are_told_so() {
    let check = open(&program());
    let asked = (0..200).map(|number| {
        let check = check.clone();
        tokio::spawn(async move {
            let local = if number % 2 == 0 { "opens" } else { "refuses" };
            (number % 2 == 0, answer(&*check, local, "x").await)
        })
    });

    let mut busy = 0;
    for asked in asked.collect::<Vec<_>>() {
        match asked.await.unwrap() {
            (true, answer) if answer == "opens" => {}
            (false, answer) if answer == "refused: 1" => {}
            (_, answer) if answer == "cannot tell: busy" => busy += 1,
            (right, answer) => panic!("{right}: {answer}"),
        }
    }
    assert_eq!(busy, 200 - 80, "sixteen run, sixty-four wait");
}

#[tokio::test]
async fn what_cannot_be_run_cannot_tell_and_is_seen_before() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("check");
    let check = open(&format!("command:{}", program.display()));

    assert_eq!(answer(&*check, "opens", "x").await, "cannot tell: program");
    assert!(check.probe().await.is_err());

    fs::write(&program, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o644)).unwrap();
    assert_eq!(answer(&*check, "opens", "x").await, "cannot tell: program");
    assert!(check.probe().await.is_err());

    fs::set_permissions(&program, Permissions::from_mode(0o777)).unwrap();
    assert_eq!(answer(&*check, "opens", "x").await, "cannot tell: program");
    assert!(check.probe().await.is_ok());
    let remarks = check.remarks().await;
    assert_eq!(remarks.len(), 1);
    assert_eq!(remarks[0].mend, format!("chmod go-w {}", program.display()));
}
