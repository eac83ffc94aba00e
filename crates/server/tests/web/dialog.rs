//! `GET /persona/dialog` and its alias `/sign_in`

use testkit::world::World;

#[tokio::test]
async fn the_dialog_is_one_page_under_two_names() {
    let world = World::open().await;
    let browser = world.browser();

    let page = browser.get("/persona/dialog").await;

    assert_eq!(page.status, 200);
    assert_eq!(
        browser.get("/sign_in?AUTH_RETURN").await.text(),
        page.text()
    );
    assert!(
        page.text().contains("<noscript>"),
        "without scripts it says so"
    );
    assert_eq!(page.all("set-cookie").count(), 0);
}
