//! A computer that others use too: after the sign-in it is as if nobody had been there.

use anyhow::Result;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn on_a_shared_computer_nothing_is_kept_and_the_session_ends() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;

    stage.open_dialog().await?;
    browser.click("#shared").await?;
    stage.name_oneself(alice).await?;
    stage.give_password(password).await?;
    stage.arrive(alice).await?;

    browser
        .open(&format!("{}/persona/login/", stage.demo.issuer))
        .await?;
    browser.see("#login #password").await?;
    assert_eq!(
        browser.run(KEPT, &[]).await?,
        json!({ "people": 0, "pending": 0 })
    );
    Ok(())
}

#[tokio::test]
async fn on_ones_own_computer_the_keys_are_kept_for_the_next_time() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;

    stage.sign_in(alice, password).await?;

    browser
        .open(&format!("{}/persona/login/", stage.demo.issuer))
        .await?;
    browser.see("#logout").await?;
    assert_eq!(
        browser.run(KEPT, &[]).await?,
        json!({ "people": 1, "pending": 0 })
    );
    Ok(())
}

#[tokio::test]
async fn who_tries_again_only_after_minutes_still_signs_in() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = &stage.browser;
    let (alice, password) = stage.demo.alice()?;
    let login = format!("{}/persona/login/", stage.demo.issuer);
    browser.open(&format!("{login}?email={alice}")).await?;
    stage.give_password(password).await?;
    browser.see("#logout").await?;
    browser.open(&stage.demo.site).await?;

    stage.open_dialog().await?;
    browser.see("#ask #email").await?;
    browser.run(AS_THREE_MINUTES_AGO, &[]).await?;
    browser.click("#shared").await?;
    stage.name_oneself(alice).await?;
    let title = browser.read("#stop-title", "signed in").await?;
    browser.run("window.threeMinutesLater()", &[]).await?;
    browser.click_and_go("#again").await?;

    assert_eq!(title, "You are still signed in here");
    stage.arrive(alice).await?;
    browser.open(&login).await?;
    browser.see("#login #password").await?;
    Ok(())
}

/// Lets the dialog sign three minutes ago, when the session could not be ended, until it is told that
/// they have passed.
const AS_THREE_MINUTES_AGO: &str = r#"
const [ask, now] = [window.fetch, Date.now];
let past = true;
window.fetch = async (path, options) => {
  if (past && path.startsWith("/persona/login/")) throw new TypeError("no network");
  const answer = await ask(path, options);
  if (past && path.startsWith("/persona/auth/check/")) Date.now = () => now() - 180_000;
  return answer;
};
window.threeMinutesLater = () => {
  past = false;
  Date.now = now;
};"#;

/// Counts what the dialog has put into the browser's database.
pub(crate) const KEPT: &str = r#"
const settled = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
return (async () => {
  const database = await settled(indexedDB.open("persona"));
  const count = (name) =>
    settled(database.transaction(name).objectStore(name).count());
  return { people: await count("people"), pending: await count("pending") };
})();"#;
