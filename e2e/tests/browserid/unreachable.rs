//! A domain whose issuer cannot be asked is not a domain without one (`browserid.md` §1.5, F4).

use anyhow::Result;
use e2e::servers::postfix::Postfix;
use e2e::webdriver::ThirdPartyCookies::AsDefault;

use crate::mailed;
use crate::stage::{BOB, NO_ISSUER};

#[tokio::test(flavor = "multi_thread")]
async fn no_code_is_mailed_for_a_domain_whose_issuer_does_not_answer() -> Result<()> {
    let relay = Postfix::delivering_to(NO_ISSUER)?;
    let mut stage = mailed::set(&relay, AsDefault).await?;
    stage.two.stop();

    stage.begin(BOB).await?;

    let title = stage.browser.read("#ask-problem-title", "two.test").await?;
    assert_eq!(title, "two.test is not answering");
    assert!(relay.letters()?.is_empty());
    Ok(())
}
