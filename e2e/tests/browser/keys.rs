//! Where the person's keys are, and what a script of our own origin could do with them.

use anyhow::Result;
use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn no_script_can_take_a_private_key_out_of_the_browser() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, password) = stage.demo.alice()?;
    stage.sign_in(alice, password).await?;
    let page = format!("{}/persona/login/", stage.demo.issuer);
    stage.browser.open(&page).await?;

    let tried = stage.browser.run(TAKE_THEM_OUT, &[]).await?;

    assert_eq!(
        tried,
        json!({ "people": [alice], "extractable": [false], "taken": ["InvalidAccessError"],
                "elsewhere": 0 })
    );
    Ok(())
}

/// Tries every form in which WebCrypto gives keys away, and looks where keys were kept of old.
const TAKE_THEM_OUT: &str = r#"
return (async () => {
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open("persona");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const entries = await new Promise((resolve) => {
    const request = database.transaction("people").objectStore("people").getAll();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  const keys = entries.map((entry) => entry.pair.privateKey);
  const taken = new Set();
  for (const key of keys) {
    for (const form of ["jwk", "pkcs8"]) {
      await crypto.subtle.exportKey(form, key).then(
        () => taken.add("taken"),
        (error) => taken.add(error.name),
      );
    }
  }
  return {
    people: entries.map((entry) => entry.email),
    extractable: keys.map((key) => key.extractable),
    taken: [...taken],
    elsewhere: localStorage.length + sessionStorage.length,
  };
})();
"#;
