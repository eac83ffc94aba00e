//! The site's answers over real HTTP, with a verifier that says what it is told to.

use protocol::origin::Origin;
use testkit::http::{Answer, Client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;

/// A running site. Its verifier answers once, with `verdict`, and hands on what it was asked.
struct Running {
    origin: String,
    asked: oneshot::Receiver<String>,
    browser: Client,
}

impl Running {
    /// Starts a site; `SITE` in the verdict stands for its origin.
    async fn start(verdict: &str) -> Self {
        let verifier = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer_address = verifier.local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let origin = format!("http://shop.localhost:{port}");
        let issuer = format!("http://id.localhost:{}", issuer_address.port());
        let places = Places {
            issuer: Origin::parse(&issuer).unwrap(),
            issuer_address,
            site: Origin::parse(&origin).unwrap(),
        };
        let (tell, asked) = oneshot::channel();
        tokio::spawn(answer_once(
            verifier,
            verdict.replace("SITE", &origin),
            tell,
        ));
        tokio::spawn(Site::new(&places).serve(listener));
        Self {
            origin,
            asked,
            browser: Client::with_cookies(),
        }
    }

    async fn page(&self) -> Answer {
        self.browser
            .get(&format!("{}/", self.origin))
            .await
            .unwrap()
    }

    async fn csrf(&self) -> String {
        let page = self.page().await.text();
        let (_, rest) = page.split_once("data-csrf=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    async fn sign_in(&self, from: &str, csrf: &str) -> Answer {
        let url = format!("{}/sign-in", self.origin);
        let call = json!({ "assertion": "a~b", "csrf": csrf });
        self.browser
            .post_json(&url, &[("origin", from)], &call)
            .await
            .unwrap()
    }

    fn cookie(&self) -> Option<String> {
        self.browser.cookie("shop.localhost", "shop_session")
    }
}

async fn answer_once(listener: TcpListener, verdict: String, tell: oneshot::Sender<String>) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"}") {
        stream.read_buf(&mut heard).await.unwrap();
    }
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
        verdict.len()
    );
    stream
        .write_all(format!("{head}{verdict}").as_bytes())
        .await
        .unwrap();
    tell.send(String::from_utf8(heard).unwrap()).unwrap();
}

#[tokio::test]
async fn a_verified_assertion_signs_in_under_a_new_session() {
    let site = Running::start(GOOD).await;
    let csrf = site.csrf().await;
    let before = site.cookie().unwrap();

    let answer = site.sign_in(&site.origin, &csrf).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json().unwrap(),
        json!({ "email": "jo'e@demo.localhost" })
    );
    let cookie = answer.header("set-cookie").unwrap();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert_ne!(site.cookie().unwrap(), before);
    let page = site.page().await.text();
    assert!(page.contains("Signed in as <strong id=\"who\">jo&#39;e@demo.localhost</strong>"));

    let stale = Client::new();
    let headers = [("cookie", format!("shop_session={before}"))];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let page = stale
        .request("GET", &format!("{}/", site.origin), &headers, b"")
        .await
        .unwrap();
    assert!(
        page.text().contains("id=\"sign-in\""),
        "the session before sign-in is dead"
    );

    let asked = site.asked.await.unwrap();
    let question = json!({ "assertion": "a~b", "audience": site.origin });
    assert!(
        asked.starts_with("POST /persona/verify HTTP/1.1\r\nhost: id.localhost:"),
        "{asked}"
    );
    assert!(asked.ends_with(&question.to_string()), "{asked}");
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let site = Running::start(GOOD).await;
    let csrf = site.csrf().await;
    site.sign_in(&site.origin, &csrf).await;
    let csrf = site.csrf().await;
    let url = format!("{}/sign-out", site.origin);
    let from = [("origin", site.origin.as_str())];

    let forged = site
        .browser
        .post_form(&url, &from, &[("csrf", "x")])
        .await
        .unwrap();
    let answer = site
        .browser
        .post_form(&url, &from, &[("csrf", &csrf)])
        .await
        .unwrap();

    assert_eq!(forged.status, 403);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
    assert_eq!(site.cookie(), None);
    assert!(site.page().await.text().contains("id=\"sign-in\""));
}

#[tokio::test]
async fn a_refused_assertion_is_explained_and_signs_nobody_in() {
    let site = Running::start(r#"{"status":"failure","reason":"expired"}"#).await;
    let csrf = site.csrf().await;
    let before = site.cookie();

    let answer = site.sign_in(&site.origin, &csrf).await;

    assert_eq!(
        (answer.status, answer.text().as_str()),
        (403, r#"{"error":"expired"}"#)
    );
    assert_eq!(site.cookie(), before);
    assert!(site.page().await.text().contains("id=\"sign-in\""));
}

#[tokio::test]
async fn a_verdict_for_another_site_is_no_sign_in() {
    let verdict = r#"{"status":"okay","audience":"http://x.localhost","email":"a@b.localhost"}"#;
    let site = Running::start(verdict).await;
    let csrf = site.csrf().await;

    let answer = site.sign_in(&site.origin, &csrf).await;

    assert_eq!(answer.status, 502);
    assert!(site.page().await.text().contains("id=\"sign-in\""));
}

#[tokio::test]
async fn calls_from_elsewhere_are_refused_before_the_verifier_is_asked() {
    let mut site = Running::start("{}").await;
    let csrf = site.csrf().await;

    let other_site = site.sign_in("http://evil.localhost", &csrf).await;
    let no_token = site.sign_in(&site.origin, "").await;
    let host = [("host", "evil.localhost"), ("origin", site.origin.as_str())];
    let url = format!("{}/", site.origin);
    let rebound = site.browser.request("GET", &url, &host, b"").await.unwrap();

    assert_eq!(
        [other_site.status, no_token.status, rebound.status],
        [403, 403, 421]
    );
    assert!(site.asked.try_recv().is_err(), "nothing was asked");
}

#[tokio::test]
async fn bodies_and_paths_that_no_page_sends_are_refused() {
    let site = Running::start("{}").await;
    site.csrf().await;
    let from = [("origin", site.origin.as_str())];
    let long = "x".repeat(LARGEST_BODY + 1);

    for (method, path, body, status) in [
        ("POST", "/sign-in", long.as_str(), 413),
        ("POST", "/sign-in", "[]", 403),
        ("POST", "/sign-in", "{", 403),
        ("POST", "/sign-out", "", 403),
        ("GET", "/sign-in", "", 404),
        ("PUT", "/", "", 404),
        ("GET", "/../page.html", "", 404),
        ("GET", "/site.css", "", 200),
        ("GET", "/site.js", "", 200),
        ("GET", "/icon.svg", "", 200),
    ] {
        let url = format!("{}{path}", site.origin);
        let answer = site
            .browser
            .request(method, &url, &from, body.as_bytes())
            .await
            .unwrap();
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

const GOOD: &str = r#"{"status":"okay","audience":"SITE","email":"jo'e@demo.localhost"}"#;
