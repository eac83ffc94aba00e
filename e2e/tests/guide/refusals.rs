//! What a back end must not accept, asked without a browser (`browserid.md` §8.1, F5 and F13).

use anyhow::{Context, Result};
use testkit::http::{Answer, Client};

use crate::book::Book;
use crate::scene::Scene;

/// An assertion needs the token of the visitor's own page, and is spent when it was accepted.
pub(crate) async fn an_assertion_is_accepted_once_with_the_visitors_own_token(
    scene: &Scene,
) -> Result<()> {
    let site = scene.back_end.site.as_str();
    let (alice, _) = scene.demo.alice()?;
    let assertion = scene.fresh_assertion(site, "#sign-in button").await?;
    let thief = Visitor::arrives(site).await?;
    let mut visitor = Visitor::arrives(site).await?;
    let earlier = visitor.session()?;

    let elsewhere = "http://shop3.localhost";
    for (origin, token) in [
        (Some(site), ""),
        (Some(site), thief.token.as_str()),
        (Some(elsewhere), visitor.token.as_str()),
        (None, visitor.token.as_str()),
    ] {
        let answer = visitor.post("/sign-in", origin, token, &assertion).await?;
        assert_eq!(answer.status, 403, "{origin:?} {token:?} {answer:?}");
        assert!(!visitor.reads_page().await?.contains(alice));
    }

    let answer = visitor.sign_in(&assertion).await?;
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_guarded(&answer);
    assert_ne!(visitor.session()?, earlier);
    assert!(visitor.reads_page().await?.contains(&format!(">{alice}<")));
    let cookie = format!("{COOKIE}={earlier}");
    let headers = [("cookie", cookie.as_str())];
    let before = Client::new().request("GET", site, &headers, b"").await?;
    assert!(!before.text().contains(alice));

    let replay = thief.sign_in(&assertion).await?;
    assert_refused(&replay, "this assertion was used before")?;
    let forced = visitor.post("/sign-out", Some(elsewhere), &visitor.token, "");
    assert_eq!(forced.await?.status, 403);
    assert!(visitor.reads_page().await?.contains(alice));
    visitor.token = form_token(&visitor.reads_page().await?)?;
    let left = visitor.post("/sign-out", Some(site), &visitor.token, "");
    assert_eq!(left.await?.status, 303);
    assert!(!visitor.reads_page().await?.contains(alice));
    Ok(())
}

/// What somebody else's site was given is worth nothing here.
pub(crate) async fn an_assertion_for_another_site_is_refused(scene: &Scene) -> Result<()> {
    let other = scene.fresh_assertion(&scene.demo.site, "#sign-in").await?;
    let visitor = Visitor::arrives(&scene.back_end.site).await?;

    let answer = visitor.sign_in(&other).await?;

    // Both are on this machine, where the ports tell them apart before the hosts do.
    assert_refused(&answer, "audience mismatch: port mismatch")
}

/// Has the verifier say that it was asked wrongly, which it says with "failure" and another status.
pub(crate) async fn a_question_that_was_not_answered_is_not_a_no(scene: &Scene) -> Result<()> {
    let visitor = Visitor::arrives(&scene.back_end.site).await?;

    let answer = visitor.sign_in("").await?;

    assert_eq!(answer.status, 503, "{answer:?}");
    Ok(())
}

/// Takes the verifier away.
pub(crate) async fn a_verifier_that_cannot_be_asked_is_not_a_no(scene: Scene) -> Result<()> {
    let site = scene.back_end.site.as_str();
    let assertion = scene.fresh_assertion(site, "#sign-in button").await?;
    let visitor = Visitor::arrives(site).await?;
    let (alice, _) = scene.demo.alice()?;
    let alice = alice.to_owned();
    scene.demo.interrupt()?;

    let answer = visitor.sign_in(&assertion).await?;

    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(!visitor.reads_page().await?.contains(&alice));
    Ok(())
}

/// Somebody with cookies, a page, and no browser.
struct Visitor {
    client: Client,
    site: String,
    token: String,
}

impl Visitor {
    async fn arrives(site: &str) -> Result<Self> {
        let client = Client::with_cookies();
        let page = client.get(site).await?;
        assert_guarded(&page);
        Ok(Self {
            client,
            site: site.to_owned(),
            token: form_token(&page.text())?,
        })
    }

    async fn sign_in(&self, assertion: &str) -> Result<Answer> {
        self.post("/sign-in", Some(&self.site), &self.token, assertion)
            .await
    }

    async fn post(
        &self,
        path: &str,
        origin: Option<&str>,
        token: &str,
        assertion: &str,
    ) -> Result<Answer> {
        let headers = origin.map(|origin| ("origin", origin));
        let fields = [("token", token), ("assertion", assertion)];
        let url = format!("{}{path}", self.site);
        let posted = self.client.post_form(&url, headers.as_slice(), &fields);
        Ok(posted.await?)
    }

    async fn reads_page(&self) -> Result<String> {
        Ok(self.client.get(&self.site).await?.text())
    }

    fn session(&self) -> Result<String> {
        let cookie = self.client.cookie("shop2.localhost", COOKIE);
        cookie.context("the site has set no cookie")
    }
}

/// The site's cookie, which scripts, other sites and neighbouring hosts are kept from.
fn assert_guarded(answer: &Answer) {
    let cookie = answer.header("set-cookie").unwrap_or_default();
    let cookie = cookie.to_ascii_lowercase();
    for part in [
        "__host-session=",
        "; path=/",
        "; secure",
        "; httponly",
        "; samesite=lax",
    ] {
        assert!(cookie.contains(part), "{part}: {answer:?}");
    }
}

/// The back end says the verifier's reason, and the guide explains it.
fn assert_refused(answer: &Answer, reason: &str) -> Result<()> {
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.text().contains(reason), "{answer:?}");
    let kind = answer.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/plain"), "{answer:?}");
    let row = format!("| `{reason}`");
    assert!(Book::open()?.text().contains(&row), "{row}");
    Ok(())
}

fn form_token(page: &str) -> Result<String> {
    let mut parts = page.split(r#"name="token" value=""#);
    let after = parts.nth(1).context("the page has no token")?;
    let token = after.split('"').next().unwrap_or_default();
    Ok(token.to_owned())
}

const COOKIE: &str = "__Host-session";
