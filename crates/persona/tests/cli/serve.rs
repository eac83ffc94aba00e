//! `persona serve`: it listens where it is told, answers, logs, and stops in good order.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::{Receiver, Sender, channel};

use testkit::http::{Answer, Client};

use crate::check::{Installation, RIGHT, as_sent};
use crate::program::mode;

/// The address that the server says it listens at.
pub(crate) fn address_in(log: &str) -> String {
    let rest = log.split("address=").nth(1).unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

pub(crate) const ANY_PORT: [&str; 4] = [
    "--config",
    "secrets/persona.toml",
    "--listen",
    "127.0.0.1:0",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_and_stops_in_good_order_at_either_signal() {
    for signal in ["TERM", "INT"] {
        let installation = Installation::new().await;
        let server = installation.folder.serve(&ANY_PORT);
        let url = format!("http://{}/persona/auth/ping", address_in(&server.log));

        let answer = Client::new().get(&url).await.unwrap();
        let (code, log) = server.stop(signal);

        assert_eq!(answer.text().trim(), "PONG");
        assert_eq!(code, Some(0), "{log}");
        assert!(
            log.contains("stopping") && log.lines().last().unwrap().ends_with("stopped"),
            "{log}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_one_line_and_no_value_forges_another() {
    let installation = Installation::new().await;
    let server = installation.folder.serve(&ANY_PORT);
    let origin = format!("http://{}", address_in(&server.log));
    let before = server.log.lines().count();
    let paths = [
        "/persona/auth/ping",
        "/a%0AERROR%20forged%20outcome=opened",
        "/a\"outcome=\"opened",
        "/a\"%20outcome=opened",
    ];

    for path in paths {
        let agent = [("user-agent", "x\" outcome=\"opened")];
        Client::new()
            .request("GET", &format!("{origin}{path}"), &agent, b"")
            .await
            .unwrap();
    }
    let (_, log) = server.stop("TERM");

    let lines: Vec<&str> = log.lines().skip(before).collect();
    let requests: Vec<&str> = lines
        .iter()
        .filter(|line| line.contains(" INFO request "))
        .map(|line| line.split("path=").nth(1).unwrap())
        .map(|rest| rest.split(" status=").next().unwrap())
        .collect();
    assert_eq!(
        requests,
        [
            "/persona/auth/ping",
            r#""/a%0AERROR%20forged%20outcome=opened""#,
            r#""/a\"outcome=\"opened""#,
            r#""/a\"%20outcome=opened""#,
        ],
        "{log}"
    );
    assert_eq!(lines.len(), paths.len() + 2, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_can_be_json() {
    let installation = Installation::new().await;
    let server = installation
        .folder
        .serve(&[&ANY_PORT[..], &["--log-format", "json"]].concat());

    let (_, log) = server.stop("TERM");

    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["message"].is_string(), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_a_killed_server_left_is_taken_over_and_a_live_one_is_not() {
    let installation = Installation::new().await;
    let killed = installation.serve();
    killed.stop("KILL");
    assert!(installation.folder.path("http.sock").exists());

    let server = installation.serve();
    assert_eq!(mode(&installation.folder.path("http.sock")), 0o666);
    let told = installation.folder.run(&[
        "serve",
        "--config",
        "secrets/persona.toml",
        "--log-level",
        "error",
    ]);
    let (code, _) = server.stop("TERM");

    insta::assert_snapshot!(told, @r"
        exit 3
        --- stderr
        error: nothing can listen at unix:[DIR]/http.sock: Address already in use (os error 98)
        hint: another server answers there, or [DIR]/http.sock is no socket: remove it, or choose another listen.address
        ");
    assert_eq!(code, Some(0));
    assert!(!installation.folder.path("http.sock").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_said_to_be() {
    let installation = Installation::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();

    let told = installation.folder.run(&[
        "serve",
        "--config",
        "secrets/persona.toml",
        "--listen",
        &address.to_string(),
    ]);

    insta::assert_snapshot!(told.replace(&format!(":{}", address.port()), ":[PORT]"), @r"
        exit 3
        --- stderr
        error: nothing can listen at 127.0.0.1:[PORT]: Address already in use (os error 98)
        hint: another program is there: find it with ss -ltnp sport = :[PORT], or choose another listen.address
        ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_keys_or_store_it_does_not_begin() {
    let installation = Installation::new().await;
    let missing = |flag: &str, value: &str| {
        installation
            .folder
            .run(&["serve", "--config", "secrets/persona.toml", flag, value])
    };

    insta::assert_snapshot!(missing("--keys", "/nowhere/keys"), @r"
        exit 3
        --- stderr
        error: there is no key /nowhere/keys/browserid.pem; `persona setup` makes one
        hint: keys.directory in the settings names the place
        ");
    insta::assert_snapshot!(missing("--storage", "sqlite:/nowhere/persona.db"), @r"
        exit 3
        --- stderr
        error: the store sqlite:/nowhere/persona.db cannot be opened: there is no directory /nowhere for the store; make it, owned by the user that runs this program
        hint: storage.url in the settings names it; `persona setup` makes it
        ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn systemd_is_told_when_it_is_ready_and_when_it_stops() {
    let installation = Installation::new().await;
    let path = installation.folder.path("notify.sock");
    let systemd = UnixDatagram::bind(&path).unwrap();
    let hear = || {
        let mut buffer = [0; 64];
        let count = systemd.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    };

    let server =
        installation
            .folder
            .serve_with("NOTIFY_SOCKET", &path.display().to_string(), &ANY_PORT);
    let ready = hear();
    server.stop("TERM");

    assert_eq!((ready.as_str(), hear().as_str()), ("READY=1", "STOPPING=1"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_can_be_said_on_the_command_line() {
    let installation = Installation::new().await;
    let folder = &installation.folder;
    let keys = folder.path("secrets/keys").display().to_string();
    let storage = format!("sqlite:{}", folder.path("data/persona.db").display());
    let mailbox = format!("smtp://{}", installation.mail.address());
    folder.write("empty.toml", "");

    let server = folder.serve(&[
        "--config",
        "empty.toml",
        "--issuer",
        "http://other.localhost",
        "--listen",
        "127.0.0.1:0",
        "--keys",
        &keys,
        "--storage",
        &storage,
        "--domain",
        "example.org",
        "--mailbox",
        &mailbox,
    ]);

    let url = format!("http://{}/.well-known/browserid", address_in(&server.log));
    let answer = Client::new()
        .request("GET", &url, &[("host", "other.localhost")], b"")
        .await;
    assert_eq!(answer.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_typed_into_the_page_is_in_no_log() {
    let installation = Installation::new().await;
    let server = installation
        .folder
        .serve(&[&ANY_PORT[..], &["--log-level", "trace"]].concat());
    let origin = format!("http://{}", address_in(&server.log));
    let (answer, token) = log_in(&origin).await;
    let (_, log) = server.stop("TERM");

    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(log.contains("outcome=opened"), "{log}");
    let encoded = testkit::http::percent(RIGHT);
    let [plain, login] = as_sent("alice@example.org", RIGHT);
    for secret in [RIGHT, &encoded, &token, &plain, &login] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_under_way_is_answered_before_the_end() {
    let installation = Installation::new().await;
    let mail = PausedMailServer::start();
    let place = ["--domain", "example.org", "--mailbox", &mail.url];
    let mut server = installation.folder.serve(&[&ANY_PORT[..], &place].concat());
    let origin = format!("http://{}", address_in(&server.log));

    let login = tokio::spawn(async move { log_in(&origin).await.0 });
    tokio::task::block_in_place(|| mail.asked.recv().unwrap());
    server.send("TERM");
    server.wait_for("stopping");
    mail.go_on.send(()).unwrap();

    assert_eq!(login.await.unwrap().status, 303);
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
}

/// Logs alice in with the right password, as a browser does; gives the answer and the page's token.
pub(crate) async fn log_in(origin: &str) -> (Answer, String) {
    let host = ("host", "id.localhost");
    let url = format!("{origin}/persona/login/");
    let page = Client::new()
        .request("GET", &url, &[host], b"")
        .await
        .unwrap();
    let cookies: Vec<&str> = page
        .all("set-cookie")
        .map(|cookie| cookie.split(';').next().unwrap())
        .collect();
    let text = page.text();
    let token = text.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap().to_owned();
    let fields = [
        ("email", "alice@example.org"),
        ("password", RIGHT),
        ("csrf", &token),
    ];
    let cookies = cookies.join("; ");
    let headers = [
        host,
        ("cookie", &cookies),
        ("origin", "http://id.localhost"),
    ];
    let url = format!("{origin}/persona/auth/login/");
    let answer = Client::new()
        .post_form(&url, &headers, &fields)
        .await
        .unwrap();
    (answer, token)
}

/// A mail server that thinks about one password until it is told to go on, and then says yes.
pub(crate) struct PausedMailServer {
    pub(crate) url: String,
    pub(crate) asked: Receiver<()>,
    pub(crate) go_on: Sender<()>,
}

impl PausedMailServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (tell_asked, asked) = channel();
        let (go_on, may_go_on) = channel();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let say = |text: &str| (&stream).write_all(text.as_bytes()).unwrap();
            say("220 mail.example.org ESMTP\r\n");
            lines.next();
            say("250-mail.example.org\r\n250 AUTH PLAIN\r\n");
            lines.next();
            tell_asked.send(()).unwrap();
            may_go_on.recv().unwrap();
            say("235 2.7.0 Authentication successful\r\n");
            // Until the client has left.
            lines.for_each(drop);
        });
        Self { url, asked, go_on }
    }
}
