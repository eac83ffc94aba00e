//! Each back end signs somebody in and out, and refuses what is not for it.

use anyhow::Result;

use crate::back_end::Language;
use crate::refusals;
use crate::scene::Scene;

#[tokio::test]
async fn the_guides_node_back_end_signs_in_and_out_and_refuses() -> Result<()> {
    all_is_as_the_guide_says(Language::Node).await
}

#[tokio::test]
async fn the_guides_python_back_end_signs_in_and_out_and_refuses() -> Result<()> {
    all_is_as_the_guide_says(Language::Python).await
}

#[tokio::test]
async fn the_guides_php_back_end_signs_in_and_out_and_refuses() -> Result<()> {
    all_is_as_the_guide_says(Language::Php).await
}

#[tokio::test]
async fn the_guides_go_back_end_signs_in_and_out_and_refuses() -> Result<()> {
    all_is_as_the_guide_says(Language::Go).await
}

#[tokio::test]
async fn the_guides_rust_back_end_signs_in_and_out_and_refuses() -> Result<()> {
    all_is_as_the_guide_says(Language::Rust).await
}

async fn all_is_as_the_guide_says(language: Language) -> Result<()> {
    let scene = Scene::set(language).await?;

    a_visitor_signs_in_and_out(&scene).await?;
    refusals::an_assertion_is_accepted_once_with_the_visitors_own_token(&scene).await?;
    refusals::an_assertion_for_another_site_is_refused(&scene).await?;
    refusals::a_question_that_was_not_answered_is_not_a_no(&scene).await?;
    refusals::a_verifier_that_cannot_be_asked_is_not_a_no(scene).await
}

async fn a_visitor_signs_in_and_out(scene: &Scene) -> Result<()> {
    let (browser, site) = (&scene.browser, &scene.back_end.site);

    scene.sign_in("#sign-in button").await?;
    assert_eq!(browser.text("#sign-out b").await?, scene.demo.alice()?.0);
    browser.open(site).await?;
    let again = browser.text("#sign-out p").await?;
    browser.click("#sign-out button").await?;
    browser.see("#sign-in button").await?;
    browser.open(site).await?;
    browser.see("#sign-in button").await?;

    assert_eq!(again, format!("Signed in as {}", scene.demo.alice()?.0));
    Ok(())
}
