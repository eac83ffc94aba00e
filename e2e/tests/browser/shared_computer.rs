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
