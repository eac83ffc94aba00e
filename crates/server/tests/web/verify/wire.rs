//! The wire: statuses, bodies and the order of members, as sites know them (`browserid.md` §5.5).

use std::fmt::Write as _;
use std::time::Duration;

use protocol::jose::{Signer, jws};
use serde_json::json;
use testkit::http::{Answer, Client, form};
use testkit::world::{ALICE, NOW, PASSWORD, World, user};

use super::SITE;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

async fn send(world: &World, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
    let headers = [("content-type", kind)];
    let headers = if kind.is_empty() { &[][..] } else { &headers };
    Client::new()
        .request(method, &world.url(path), headers, body)
        .await
        .unwrap()
}

/// Sends each request, and shows the answers as one table.
async fn table(world: &World, rows: &[(&str, &str, &str, &[u8])]) -> String {
    let mut shown = String::new();
    for (method, path, kind, body) in rows {
        let answer = send(world, method, path, kind, body).await;
        let text = String::from_utf8_lossy(body);
        let text: String = text.chars().take(50).collect();
        let answered = answer.text();
        writeln!(
            shown,
            "{method} {path} {kind} {text}\n  {} {answered}",
            answer.status
        )
        .unwrap();
    }
    shown
}

#[tokio::test]
async fn the_first_version_answers_forms_as_it_did() {
    let world = World::open().await;

    insta::assert_snapshot!(table(&world, &[
        ("POST", "/verify", FORM, b""),
        ("POST", "/verify", FORM, b"assertion=x"),
        ("POST", "/verify", FORM, b"audience=https://a.example"),
        ("POST", "/verify", FORM, b"assertion=x&audience="),
        ("POST", "/verify", FORM, b"assertion=x&audience=a&audience=b"),
        ("POST", "/verify", FORM, b"assertion=x&audience=https://a.example"),
        ("POST", "/verify?audience=https://b.example", FORM, b"assertion=x&audience=nothing"),
        ("POST", "/verify?assertion=x&audience=https://b.example", "", b""),
        ("POST", "/verify?assertion=x", "", b""),
        ("POST", "/verify", "", b"assertion=x"),
        ("POST", "/verify", "text/plain; charset=utf-8", b"assertion=x"),
        ("POST", "/", FORM, b"assertion=x&audience=https://a.example"),
        ("POST", "/persona/verify/", FORM, b"assertion=x&audience=https://a.example"),
    ]).await, @r#"
        POST /verify application/x-www-form-urlencoded 
          400 {"status":"failure","reason":"missing assertion parameter"}
        POST /verify application/x-www-form-urlencoded assertion=x
          400 {"status":"failure","reason":"missing audience parameter"}
        POST /verify application/x-www-form-urlencoded audience=https://a.example
          400 {"status":"failure","reason":"missing assertion parameter"}
        POST /verify application/x-www-form-urlencoded assertion=x&audience=
          400 {"status":"failure","reason":"missing audience parameter"}
        POST /verify application/x-www-form-urlencoded assertion=x&audience=a&audience=b
          400 {"status":"failure","reason":"malformed request"}
        POST /verify application/x-www-form-urlencoded assertion=x&audience=https://a.example
          200 {"status":"failure","reason":"no certificates provided"}
        POST /verify?audience=https://b.example application/x-www-form-urlencoded assertion=x&audience=nothing
          200 {"status":"failure","reason":"no certificates provided"}
        POST /verify?assertion=x&audience=https://b.example  
          200 {"status":"failure","reason":"no certificates provided"}
        POST /verify?assertion=x  
          415 {"status":"failure","reason":"Unsupported Content-Type: none (expected application/x-www-form-urlencoded or application/json)"}
        POST /verify  assertion=x
          415 {"status":"failure","reason":"Unsupported Content-Type: none (expected application/x-www-form-urlencoded or application/json)"}
        POST /verify text/plain; charset=utf-8 assertion=x
          415 {"status":"failure","reason":"Unsupported Content-Type: text/plain (expected application/x-www-form-urlencoded or application/json)"}
        POST / application/x-www-form-urlencoded assertion=x&audience=https://a.example
          200 {"status":"failure","reason":"no certificates provided"}
        POST /persona/verify/ application/x-www-form-urlencoded assertion=x&audience=https://a.example
          200 {"status":"failure","reason":"no certificates provided"}
        "#);
}

#[tokio::test]
async fn the_first_version_answers_json_as_it_did() {
    let world = World::open().await;

    insta::assert_snapshot!(table(&world, &[
        ("POST", "/verify", JSON, b"{\"assertion\":\"x\",\"audience\":\"https://a.example\"}"),
        ("POST", "/verify", "application/json; charset=utf-8", b"{\"assertion\":\"x\"}"),
        ("POST", "/verify", JSON, b""),
        ("POST", "/verify", JSON, b"{"),
        ("POST", "/verify", JSON, b"null"),
        ("POST", "/verify", JSON, b"[\"x\",\"https://a.example\"]"),
        ("POST", "/verify", JSON, b"\xff"),
        ("POST", "/verify", JSON, b"{\"assertion\":1,\"audience\":2}"),
        ("POST", "/verify", JSON, b"{\"assertion\":null}"),
    ]).await, @r#"
        POST /verify application/json {"assertion":"x","audience":"https://a.example"}
          200 {"status":"failure","reason":"no certificates provided"}
        POST /verify application/json; charset=utf-8 {"assertion":"x"}
          400 {"status":"failure","reason":"missing audience parameter"}
        POST /verify application/json 
          400 {"status":"failure","reason":"missing assertion parameter"}
        POST /verify application/json {
          400 
        POST /verify application/json null
          400 
        POST /verify application/json ["x","https://a.example"]
          400 
        POST /verify application/json �
          400 
        POST /verify application/json {"assertion":1,"audience":2}
          400 {"status":"failure","reason":"malformed request"}
        POST /verify application/json {"assertion":null}
          400 {"status":"failure","reason":"missing assertion parameter"}
        "#);
}

#[tokio::test]
async fn a_body_has_ten_kilobytes_at_most_and_a_question_is_posted() {
    let world = World::open().await;
    let large = [b"assertion=".as_slice(), &vec![b'a'; 10 * 1024 - 9]].concat();
    let fits = &large[..10 * 1024];
    let wide = format!("{{\"a\":\"{}\"}}", "a".repeat(10 * 1024));

    insta::assert_snapshot!(table(&world, &[
        ("POST", "/verify", FORM, &large),
        ("POST", "/verify", FORM, fits),
        ("POST", "/verify", JSON, wide.as_bytes()),
        ("POST", "/v2", JSON, wide.as_bytes()),
        ("POST", "/", FORM, &large),
        ("GET", "/verify", "", b""),
        ("GET", "/persona/verify", "", b""),
        ("GET", "/v2", "", b""),
    ]).await, @r#"
        POST /verify application/x-www-form-urlencoded assertion=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          413 
        POST /verify application/x-www-form-urlencoded assertion=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          400 {"status":"failure","reason":"missing audience parameter"}
        POST /verify application/json {"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          413 
        POST /v2 application/json {"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          413 
        POST / application/x-www-form-urlencoded assertion=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
          413 
        GET /verify  
          405 Method Not Allowed
        GET /persona/verify  
          405 Method Not Allowed
        GET /v2  
          405 Method Not Allowed
        "#);
}

#[tokio::test]
async fn the_second_version_answers_as_it_did() {
    let world = World::open().await;
    let both = |more: &str| {
        format!("{{\"assertion\":\"x\",\"audience\":\"https://a.example\"{more}}}").into_bytes()
    };

    insta::assert_snapshot!(table(&world, &[
        ("POST", "/v2", JSON, b"{}"),
        ("POST", "/v2", JSON, b"{\"assertion\":\"x\"}"),
        ("POST", "/v2", JSON, &both("")),
        ("POST", "/v2", JSON, &both(",\"trustedIssuers\":\"a.example\"")),
        ("POST", "/v2", JSON, &both(",\"trustedIssuers\":[\"a.example\",1]")),
        ("POST", "/v2", JSON, &both(",\"trustedIssuers\":[\"a.example\"]")),
        ("POST", "/persona/v2", JSON, &both(",\"trustedIssuers\":[]")),
        ("POST", "/v2?audience=https://a.example", JSON, b"{\"assertion\":\"x\"}"),
        ("POST", "/v2", JSON, b"{"),
        ("POST", "/v2", "", b""),
        ("POST", "/v2", FORM, b"assertion=x&audience=https://a.example"),
    ]).await, @r#"
        POST /v2 application/json {}
          400 {"status":"failure","reason":"missing assertion parameter"}
        POST /v2 application/json {"assertion":"x"}
          400 {"status":"failure","reason":"missing audience parameter"}
        POST /v2 application/json {"assertion":"x","audience":"https://a.example"}
          200 {"status":"failure","reason":"no certificates provided"}
        POST /v2 application/json {"assertion":"x","audience":"https://a.example","t
          400 {"status":"failure","reason":"trusted issuers must be an array"}
        POST /v2 application/json {"assertion":"x","audience":"https://a.example","t
          400 {"status":"failure","reason":"trusted issuers must be an array of strings"}
        POST /v2 application/json {"assertion":"x","audience":"https://a.example","t
          200 {"status":"failure","reason":"no certificates provided"}
        POST /persona/v2 application/json {"assertion":"x","audience":"https://a.example","t
          200 {"status":"failure","reason":"no certificates provided"}
        POST /v2?audience=https://a.example application/json {"assertion":"x"}
          400 {"status":"failure","reason":"missing audience parameter"}
        POST /v2 application/json {
          400 
        POST /v2  
          415 {"status":"failure","reason":"Unsupported Content-Type: none (expected application/json)"}
        POST /v2 application/x-www-form-urlencoded assertion=x&audience=https://a.example
          415 {"status":"failure","reason":"Unsupported Content-Type: application/x-www-form-urlencoded (expected application/json)"}
        "#);
}

#[tokio::test]
async fn a_success_has_its_members_in_their_order_with_what_else_was_said() {
    let world = World::open().await;
    let key = user();
    let certificate = json!({
        "public-key": key.public_key().to_browserid(),
        "principal": { "email": ALICE, "nickname": "al" },
        "iat": NOW.as_millis(), "exp": NOW.plus(Duration::from_secs(600)).as_millis(),
        "iss": "id.example.org", "group": ["staff"],
    });
    let claim = json!({
        "exp": NOW.plus(Duration::from_secs(120)).as_millis(), "aud": SITE, "colour": "red",
    });
    let certificate = jws::sign(&certificate.to_string(), &*world.keyring().signer()).unwrap();
    let assertion = jws::sign(&claim.to_string(), &key).unwrap();
    let fields = [
        ("assertion", format!("{certificate}~{assertion}")),
        ("audience", format!("{SITE}/")),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));

    let answer = send(&world, "POST", "/verify", FORM, form(&fields).as_bytes()).await;

    insta::assert_snapshot!(answer.text(), @r#"{"audience":"https://shop.example/","expires":1795300120000,"issuer":"id.example.org","email":"alice@example.org","idpClaims":{"group":["staff"],"nickname":"al"},"userClaims":{"colour":"red"},"status":"okay"}"#);
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn every_kind_of_rubbish_is_a_failure_with_a_reason() {
    let world = World::open().await;
    let expires = NOW.plus(Duration::from_secs(120));
    let good = world.assertion((ALICE, PASSWORD), SITE, expires).await;
    let (certificate, assertion) = good.split_once('~').unwrap();
    let mut rubbish: Vec<String> = ["~", "~~", "a~b", "a.b.c~d.e.f", "\0", "é~é", "%00~%00", " "]
        .map(str::to_owned)
        .to_vec();
    rubbish.push(format!("{certificate}~{certificate}"));
    rubbish.push(format!("{assertion}~{assertion}"));
    rubbish.push(format!("{assertion}~{certificate}"));
    rubbish.push(format!("{certificate}~{good}"));
    rubbish.push(format!("{good}~"));
    rubbish.push(format!("{good}\n"));
    rubbish.push("a".repeat(10_000));
    for cut in (0..good.len()).step_by(151) {
        rubbish.push(good.get(..cut.max(1)).unwrap().to_owned());
        let mut changed = good.clone().into_bytes();
        changed[cut] = if changed[cut] == b'A' { b'B' } else { b'A' };
        rubbish.push(String::from_utf8(changed).unwrap());
    }

    for text in &rubbish {
        let fields = [("assertion", text.as_str()), ("audience", SITE)];
        let answer = send(&world, "POST", "/verify", FORM, form(&fields).as_bytes()).await;

        assert_eq!(answer.status, 200, "{text}: {answer:?}");
        let said = answer.json().unwrap();
        assert_eq!(said["status"], "failure", "{text}");
        assert!(!said["reason"].as_str().unwrap().is_empty(), "{text}");
    }
    for audience in [
        "x",
        "https://",
        "https://é\0",
        "//",
        "https://shop.example/path",
    ] {
        let fields = [("assertion", good.as_str()), ("audience", audience)];
        let answer = send(&world, "POST", "/verify", FORM, form(&fields).as_bytes()).await;

        assert_eq!(answer.status, 200, "{audience}: {answer:?}");
        assert_eq!(answer.json().unwrap()["status"], "failure", "{audience}");
    }
}
