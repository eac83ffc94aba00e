//! A site that is up to something: it gets no assertion for another site, and none that nobody meant to
//! give it (`browserid.md` §6.2, §6.3 and §8.1, F5, F16, F17, F19).

use anyhow::Result;
use data_encoding::BASE64;
use e2e::pages::{Answering, Reply, fixed};
use serde_json::json;

use crate::stage::{ALICE, ALICE_PASSWORD, ONE, SHOP, Stage, Wanted};

#[tokio::test(flavor = "multi_thread")]
async fn no_site_can_frame_the_dialog_the_login_page_or_the_question() -> Result<()> {
    let framing = |path: &str| Reply::html(format!("<iframe src='{ONE}{path}'></iframe>"));
    let pages = vec![
        ("/dialog", framing("/persona/dialog")),
        ("/login", framing("/persona/login/")),
        ("/handoff", framing("/persona/handoff/")),
        ("/mailed", framing("/persona/mailed/?k=x")),
    ];
    let stage = with_evil(fixed(pages)).await?;

    for path in ["/dialog", "/login", "/handoff", "/mailed"] {
        stage.browser.open(&format!("{EVIL}{path}")).await?;
        stage.browser.turn_to_frame("iframe").await?;
        let shown = stage.browser.run("return location.href", &[]).await?;
        assert_eq!(shown, "chrome-error://chromewebdata/", "{path}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dialog_hears_its_opener_alone_and_names_it_by_what_the_browser_says() -> Result<()> {
    // A frame of another origin finds the window by its name, and speaks first.
    let page = format!(
        "<button id='go'>Go</button><iframe src='{OTHER}/frame'></iframe><script>
         go.onclick = () => {{ window.popup = open('{ONE}/persona/dialog', 'popup'); }};
         onmessage = (event) => {{
           if (event.origin === '{ONE}') return frames[0].postMessage('speak', '{OTHER}');
           if (event.data !== 'spoken') return;
           popup.postMessage(JSON.stringify({REQUEST}), '{ONE}');
         }};</script>"
    );
    let inner = format!(
        "<script>onmessage = () => {{
           open('', 'popup').postMessage(JSON.stringify({REQUEST}), '{ONE}');
           parent.postMessage('spoken', '*');
         }};</script>"
    );
    let stage = Stage::set(Wanted {
        others: vec![
            ("evil.example", fixed(vec![("/", Reply::html(page))])),
            (
                "other.evil.example",
                fixed(vec![("/frame", Reply::html(inner))]),
            ),
        ],
        ..Wanted::default()
    })
    .await?;

    stage.browser.open(EVIL).await?;
    stage.browser.click("#go").await?;
    stage.browser.turn_to_popup(&stage.shop).await?;

    assert_eq!(stage.browser.text("#site").await?, "evil.example");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_takes_the_openers_place_meanwhile_is_noticed() -> Result<()> {
    let waiting = format!(
        "<p id='told'></p><script>onmessage = (event) => {{
           const {{ a, d }} = JSON.parse(event.data);
           if (a === 'ready') event.source.postMessage(JSON.stringify({REQUEST}), '{ONE}');
           else told.textContent += d?.assertion ? 'assertion' : '';
         }};</script>"
    );
    let stage = with_evil(fixed(vec![("/", Reply::html(waiting))])).await?;
    let popup = stage.open_dialog().await?;
    stage.name_oneself(ALICE).await?;
    stage.browser.see("#login #password").await?;

    stage.browser.turn_to(&stage.shop).await?;
    // By a link, as the site itself could: typing an address would part the two windows.
    let leave = "location.assign(arguments[0])";
    stage.browser.run(leave, &[EVIL.into()]).await?;
    stage.reach(EVIL).await?;
    stage.browser.turn_to(&popup).await?;
    stage.give_password(ALICE_PASSWORD).await?;

    assert_eq!(stage.stopped().await?, "Another site is asking now");
    stage.browser.turn_to(&stage.shop).await?;
    let told = stage.browser.run("return told.textContent", &[]).await?;
    assert_eq!(told, "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_return_from_the_login_page_signs_nobody_in() -> Result<()> {
    let opening = |end: &str| {
        Reply::html(format!(
            "<button id='go'>Go</button><p id='told'></p><script>
             go.onclick = () => {{ window.popup = open('{ONE}/persona/dialog{end}', 'popup'); }};
             onmessage = (event) => {{
               const {{ a }} = JSON.parse(event.data);
               if (a === 'ready') popup.postMessage(JSON.stringify({REQUEST}), '{ONE}');
               else told.textContent = a;
             }};</script>"
        ))
    };
    let pages = vec![
        ("/query", opening("?AUTH_RETURN")),
        ("/fragment", opening("#AUTH_RETURN")),
        ("/handed", opening("#state=s1&certificate=a.b.c")),
    ];
    let stage = with_evil(fixed(pages)).await?;
    stage.begin(ALICE).await?;
    stage.give_password(ALICE_PASSWORD).await?;
    stage.arrive(ALICE, "id.one.example").await?;

    for path in ["/query", "/fragment", "/handed"] {
        stage.browser.open(&format!("{EVIL}{path}")).await?;
        stage.browser.click("#go").await?;
        stage.browser.turn_to_popup(&stage.shop).await?;
        // Somebody is signed in here, and still has to say yes to this site.
        stage.browser.see("#people .person-button:enabled").await?;
        assert_eq!(stage.browser.text("#site").await?, "evil.example");
        stage.browser.close_window().await?;
        stage.browser.turn_to(&stage.shop).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_that_somebody_puts_into_a_link_is_not_taken() -> Result<()> {
    let stage = Stage::set(Wanted::default()).await?;
    stage.begin(ALICE).await?;
    stage.give_password(ALICE_PASSWORD).await?;
    stage.arrive(ALICE, "id.one.example").await?;
    let assertion = stage.browser.run("return window.assertion", &[]).await?;
    let assertion = assertion.as_str().unwrap_or_default();
    assert!(assertion.contains('~'), "{assertion}");

    for state in ["forged", ""] {
        let link = format!("{SHOP}/?{state}#persona_state={state}&persona_assertion={assertion}");
        stage.browser.open(&link).await?;
        stage.browser.see("#sign-in").await?;
        assert_eq!(stage.called().await?, ["ready"]);
        assert_eq!(stage.browser.run("return who.textContent", &[]).await?, "");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_site_says_of_itself_is_text_and_a_picture_and_never_runs() -> Result<()> {
    let svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='document.title=1'>\
               <script>top.ran = window.ran = parent.ran = true</script></svg>";
    let logo = format!(
        "data:image/svg+xml;base64,{}",
        BASE64.encode(svg.as_bytes())
    );
    let name = "<img src=x onerror=\"window.ran=true\"><b>Bank</b>";
    let stage = Stage::set(Wanted::default()).await?;
    let options =
        json!({ "siteName": name, "siteLogo": logo, "backgroundColor": "red;x:url(//e)" });
    let set = "window.options = arguments[0]";
    stage.browser.run(set, &[options]).await?;

    stage.open_dialog().await?;
    stage.browser.see("#ask #email").await?;

    let shown = stage.browser.text("#site-name").await?;
    assert_eq!(shown, "<img src=x onerror=\"window.ran=true\"><b>Bank</b>");
    assert_eq!(stage.browser.text("#site").await?, "shop.example");
    let ran = "return [window.ran === true, document.title === '1', band.hidden]";
    let expected = json!([false, false, true]);
    assert_eq!(stage.browser.run(ran, &[]).await?, expected);
    Ok(())
}

async fn with_evil(answering: Answering) -> Result<Stage> {
    Stage::set(Wanted {
        others: vec![("evil.example", answering)],
        ..Wanted::default()
    })
    .await
}

pub(crate) const EVIL: &str = "https://evil.example";
const OTHER: &str = "https://other.evil.example";
const REQUEST: &str = r#"{ a: "request", d: { method: "get", params: { rp_api: "get" } } }"#;
