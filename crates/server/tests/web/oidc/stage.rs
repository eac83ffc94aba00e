//! A site that people sign in to, and what their browsers do on the way.

use protocol::jose::token::{KeySet, UncheckedJwt};
use serde_json::{Map, Value, json};
use testkit::http::Answer;
use testkit::world::{ALICE, Browser, Cast, PASSWORD, World};
use url::Url;
use url::form_urlencoded;

/// The usual client's secret.
pub(super) const SECRET: &str = "cloud-secret-of-forty-three-characters-0123";
/// Where the usual client has its people sent.
pub(super) const CALLBACK: &str = "https://cloud.example.org/callback";
/// The name of the usual client.
pub(super) const CLOUD: &str = "cloud";

/// A secret behind a challenge, and the challenge (RFC 7636, appendix B).
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The usual world with the usual client and these others.
pub(super) async fn world(others: &[Value]) -> World {
    cast(others).open().await
}

pub(super) fn cast(others: &[Value]) -> Cast {
    let cloud = json!({
        "id": CLOUD,
        "name": "Our cloud",
        "secret": SECRET,
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://cloud.example.org/bye"],
    });
    let clients: Vec<Value> = std::iter::once(cloud).chain(others.to_vec()).collect();
    Cast::usual().settings(move |settings| {
        let sections = clients.into_iter();
        settings.client = sections
            .map(|section| serde_json::from_value(section).unwrap())
            .collect();
    })
}

/// The parameters of a plain request of the usual client.
pub(super) fn plain() -> Vec<(&'static str, &'static str)> {
    vec![
        ("client_id", CLOUD),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid email profile"),
        ("state", "st/a te"),
        ("nonce", "n-0S6_WzA2Mj"),
    ]
}

/// The same with some of them changed (a new value) or left out (an empty one).
pub(super) fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all: Vec<(&str, &str)> = plain();
    for change in changes {
        all.retain(|(name, _)| *name != change.0);
        all.push(*change);
    }
    all.retain(|(_, value)| !value.is_empty());
    all
}

/// Sends a browser to the authorization endpoint.
pub(super) async fn ask(browser: &Browser<'_>, parameters: &[(&str, &str)]) -> Answer {
    browser.get(&path(parameters)).await
}

pub(super) fn path(parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(parameters).finish();
    format!("/persona/oidc/authorize?{query}")
}

/// Types address and password into the login page that was shown.
pub(super) async fn sign_in(
    browser: &Browser<'_>,
    page: &Answer,
    who: &str,
    password: &str,
) -> Answer {
    let mut fields = hidden(page);
    fields.push(("email".into(), who.into()));
    fields.push(("password".into(), password.into()));
    post(browser, "/persona/auth/login/", &fields).await
}

/// Presses a button of the page that asks whether the site may know the person.
pub(super) async fn press(browser: &Browser<'_>, page: &Answer, button: &str) -> Answer {
    let mut fields = hidden(page);
    fields.push(("decision".into(), button.into()));
    post(browser, "/persona/oidc/consent/", &fields).await
}

/// Goes where a page goes on to by itself.
pub(super) async fn go_on(browser: &Browser<'_>, page: &Answer) -> Answer {
    let to = onward(page);
    assert!(to.starts_with("/persona/oidc/authorize?"), "{to}");
    browser.get(&to).await
}

/// Reads where a page goes on to by itself.
pub(super) fn onward(page: &Answer) -> String {
    assert_eq!(page.status, 200, "{page:?}");
    let refresh = page.header("refresh").expect("the page goes nowhere");
    refresh.strip_prefix("0;url=").unwrap().to_owned()
}

/// Goes the whole way: alice signs in where she is asked to, agrees where she is asked to, and the site
/// gets its answer.
pub(super) async fn answer_for_alice(
    browser: &Browser<'_>,
    parameters: &[(&str, &str)],
) -> Map<String, Value> {
    let page = ask(browser, parameters).await;
    follow(browser, page).await
}

/// The same from a page that was shown.
pub(super) async fn follow(browser: &Browser<'_>, mut page: Answer) -> Map<String, Value> {
    for _ in 0..6 {
        let text = page.text();
        page = if let Some(answer) = at_once(&page) {
            return answer;
        } else if page.header("refresh").is_some() {
            go_on(browser, &page).await
        } else if text.contains("id=\"consent\"") {
            press(browser, &page, "allow").await
        } else {
            sign_in(browser, &page, ALICE, PASSWORD).await
        };
    }
    panic!("it leads nowhere: {page:?}");
}

/// Reads what a site is told, as address or as form, if it is told without anybody being asked.
pub(super) fn at_once(page: &Answer) -> Option<Map<String, Value>> {
    if page.status == 303 {
        return Some(answered(page.header("location").unwrap()));
    }
    let text = page.text();
    let (_, rest) = text.split_once("<form id=\"post\" method=\"post\" action=\"")?;
    let (to, _) = rest.split_once('"').unwrap();
    let fields = hidden(page).into_iter();
    let mut all: Map<String, Value> = fields.map(|(name, value)| (name, json!(value))).collect();
    all.insert("to".into(), json!(unescaped(to)));
    Some(all)
}

/// Reads what an address says to the site that it leads to.
pub(super) fn answered(location: &str) -> Map<String, Value> {
    let url = Url::parse(location).unwrap();
    let text = url.query().or(url.fragment()).unwrap_or_default();
    let pairs = form_urlencoded::parse(text.as_bytes());
    let mut all: Map<String, Value> = pairs
        .map(|(name, value)| (name.into_owned(), json!(value)))
        .collect();
    let mut plain = url.clone();
    plain.set_query(None);
    plain.set_fragment(None);
    all.insert("to".into(), json!(plain.as_str()));
    all
}

/// Gets a code for alice.
pub(super) async fn code(browser: &Browser<'_>, parameters: &[(&str, &str)]) -> String {
    let answer = answer_for_alice(browser, parameters).await;
    answer["code"].as_str().unwrap().to_owned()
}

/// Asks the token endpoint as the usual client.
pub(super) async fn exchange(world: &World, fields: &[(&str, &str)]) -> Answer {
    exchange_as(world, Some((CLOUD, SECRET)), fields).await
}

/// Asks the token endpoint with this name and secret in the header.
pub(super) async fn exchange_as(
    world: &World,
    who: Option<(&str, &str)>,
    fields: &[(&str, &str)],
) -> Answer {
    call(world, "/persona/oidc/token", who, fields).await
}

/// Posts a form to an endpoint for clients.
pub(super) async fn call(
    world: &World,
    path: &str,
    who: Option<(&str, &str)>,
    fields: &[(&str, &str)],
) -> Answer {
    let basic = who.map(|(id, secret)| {
        let text = format!("{id}:{secret}");
        format!("Basic {}", data_encoding::BASE64.encode(text.as_bytes()))
    });
    let headers: Vec<(&str, &str)> = basic
        .iter()
        .map(|line| ("authorization", line.as_str()))
        .collect();
    let client = testkit::http::Client::new();
    let answer = client.post_form(&world.url(path), &headers, fields).await;
    answer.unwrap()
}

/// Exchanges a code of the usual client.
pub(super) async fn redeem(world: &World, code: &str) -> Answer {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    exchange(world, &fields).await
}

/// Reads an answer's body.
pub(super) fn body(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("no JSON: {answer:?}"))
}

/// Reads the tokens of an answer.
pub(super) fn tokens(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    body(answer)
}

/// Believes an ID token as a client does: by the published keys.
pub(super) async fn believed(world: &World, token: &str) -> Map<String, Value> {
    let keys = world.browser().get("/persona/oidc/jwks.json").await;
    let keys = KeySet::read(&keys.body).unwrap();
    let token = UncheckedJwt::read(token).unwrap();
    keys.verify(&token).unwrap().clone()
}

async fn post(browser: &Browser<'_>, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.post(path, &fields).await
}

/// Reads the hidden fields of a page's form.
pub(super) fn hidden(page: &Answer) -> Vec<(String, String)> {
    let text = page.text();
    let inputs = text.split("<input type=\"hidden\" name=\"").skip(1);
    let fields: Vec<_> = inputs
        .map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"").unwrap();
            let (value, _) = rest.split_once('"').unwrap();
            (name.to_owned(), unescaped(value))
        })
        .collect();
    assert!(!fields.is_empty(), "no form: {page:?}");
    // The login page has a second form with the same fields.
    let mut once: Vec<(String, String)> = Vec::new();
    for field in fields {
        if !once.contains(&field) {
            once.push(field);
        }
    }
    once
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#60;", "<").replace("&#62;", ">");
    text.replace("&#34;", "\"").replace("&#38;", "&")
}
