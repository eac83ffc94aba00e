//! The examples of `docs/reference/calls.md`, each asked of a running server in the page's order.

use serde_json::Value;
use testkit::http::Answer;
use testkit::world::{ISSUER, PASSWORD, World, user};

const PAGE: &str = include_str!("../../../../docs/reference/calls.md");

/// One example: what is asked, and what is answered.
#[derive(Debug)]
struct Example {
    method: &'static str,
    path: &'static str,
    accept: Option<&'static str>,
    body: String,
    status: u16,
    kind: Option<&'static str>,
    answer: String,
}

#[tokio::test]
async fn every_example_of_the_page_of_calls_is_what_the_server_does() {
    let world = World::open().await;
    let browser = world.browser();
    let csrf = browser.form_token().await;
    let key = protocol::jose::Signer::public_key(&user()).to_browserid();
    let examples = examples();
    assert_eq!(examples.len(), PAGE.matches("```http").count());
    for example in &examples {
        let body = example
            .body
            .replace("{PASSWORD}", PASSWORD)
            .replace("{CSRF}", &csrf)
            .replace("{KEY}", &key.to_string());
        let mut headers = vec![
            ("host", "id.example.org"),
            ("origin", ISSUER),
            ("content-type", "application/json"),
        ];
        headers.extend(example.accept.map(|accept| ("accept", accept)));
        let url = world.url(example.path);
        let asked = browser
            .client
            .request(example.method, &url, &headers, body.as_bytes());

        assert_answer(example, &asked.await.unwrap());
    }
}

/// Compares whole answers: JSON member by member, text as it is.
fn assert_answer(example: &Example, answer: &Answer) {
    assert_eq!(answer.status, example.status, "{example:?}: {answer:?}");
    if let Some(kind) = example.kind {
        assert_eq!(answer.header("content-type"), Some(kind), "{example:?}");
    }
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = answer.text();
    match serde_json::from_str::<Value>(&example.answer) {
        Ok(Value::Object(promised)) => {
            let Value::Object(given) = answer.json().unwrap() else {
                panic!("{example:?}: {text}");
            };
            assert_eq!(given.len(), promised.len(), "{example:?}: {text}");
            for (name, value) in &promised {
                if value != "…" {
                    assert_eq!(given.get(name), Some(value), "{example:?}: {text}");
                }
            }
        }
        _ if example.answer == "…" => assert!(!text.is_empty(), "{example:?}"),
        _ => assert_eq!(text, example.answer, "{example:?}"),
    }
}

fn examples() -> Vec<Example> {
    let blocks = PAGE.split("```http\n").skip(1);
    blocks
        .map(|block| {
            let (block, _) = block.split_once("\n```").unwrap();
            let (question, answer) = block.split_once("→ ").unwrap();
            let (head, body) = question.split_once("\n\n").unwrap_or((question, ""));
            let (first, headers) = head.split_once('\n').unwrap_or((head, ""));
            let (method, path) = first.split_once(' ').unwrap();
            let (status, answer) = answer.split_once("\n\n").unwrap_or((answer, ""));
            let (status, kind) = match status.split_once(' ') {
                Some((status, kind)) => (status, Some(kind)),
                None => (status, None),
            };
            Example {
                method,
                path,
                accept: headers.trim().strip_prefix("Accept: "),
                body: body.trim().to_owned(),
                status: status.trim().parse().unwrap(),
                kind,
                answer: answer.to_owned(),
            }
        })
        .collect()
}
