//! What stands on every answer.

use testkit::world::World;

const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

#[tokio::test]
async fn pages_cannot_be_framed_kept_or_scripted_by_others() {
    let world = World::open().await;

    for path in [
        "/persona/login/",
        "/persona/handoff/",
        "/persona/mailed/",
        "/persona/nothing",
    ] {
        let answer = world.browser().get(path).await;

        assert_eq!(
            answer.header("content-security-policy"),
            Some(PAGE_POLICY),
            "{path}"
        );
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            answer.header("referrer-policy"),
            Some("same-origin"),
            "{path}"
        );
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{path}"
        );
        // It would cut the dialog off from the site that opened it.
        assert_eq!(answer.header("cross-origin-opener-policy"), None, "{path}");
    }
}

#[tokio::test]
async fn the_provisioning_page_may_be_framed_by_our_own_dialog_alone() {
    let world = World::open().await;

    let answer = world.browser().get("/persona/provisioning/").await;

    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.ends_with("frame-ancestors 'self'"), "{policy}");
    assert_eq!(answer.header("x-frame-options"), None);
    assert_eq!(answer.all("set-cookie").count(), 0);
}

#[tokio::test]
async fn calls_are_not_kept_and_answers_are_what_they_say() {
    let world = World::open().await;

    for path in [
        "/persona/auth/ping",
        "/persona/auth/has-session/?email=a@b.org",
        "/persona/auth/address/?email=x",
    ] {
        let answer = world.browser().get(path).await;

        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
    }
    assert_eq!(
        world.browser().get("/persona/auth/ping").await.text(),
        "PONG"
    );
    assert_eq!(
        world.browser().get("/persona/auth/ping/").await.text(),
        "PONG"
    );
}

#[tokio::test]
async fn scripts_for_sites_have_fixed_names_and_may_be_loaded_from_anywhere() {
    let world = World::open().await;

    for path in [
        "/persona/include.js",
        "/include.js",
        "/persona/include.d.ts",
        "/provisioning_api.js",
        "/authentication_api.js",
    ] {
        let answer = world.browser().get(path).await;

        assert_eq!(answer.status, 200, "{path}");
        let kind = if path.ends_with(".d.ts") {
            "text/plain; charset=utf-8"
        } else {
            "text/javascript; charset=utf-8"
        };
        assert_eq!(answer.header("content-type"), Some(kind), "{path}");
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("cross-origin")
        );
        assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
        let etag = answer.header("etag").unwrap();
        let again = world
            .browser()
            .get_with(path, &[("if-none-match", etag)])
            .await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
    }
}

#[tokio::test]
async fn pages_load_nothing_from_another_host() {
    let world = World::open().await;

    for path in [
        "/persona/login/",
        "/persona/dialog",
        "/persona/handoff/",
        "/persona/mailed/",
        "/persona/provisioning/",
        "/persona/nothing",
    ] {
        let page = world.browser().get(path).await.text();

        for attribute in ["src=\"", "href=\"", "action=\""] {
            for (_, rest) in page
                .match_indices(attribute)
                .map(|(at, _)| page.split_at(at + attribute.len()))
            {
                assert!(
                    rest.starts_with('/') && !rest.starts_with("//"),
                    "{path}: {}",
                    rest.split('"').next().unwrap()
                );
            }
        }
        for file in page
            .split('"')
            .filter(|text| text.starts_with("/persona/assets/"))
        {
            let asset = world.browser().get(file).await;
            assert_eq!(asset.status, 200, "{file}");
            assert_eq!(
                asset.header("cache-control"),
                Some("public, max-age=31536000, immutable")
            );
        }
    }
}
