//! What the login page says before anybody has signed in: whose it is, what an address looks like, whose
//! password it wants. It names no domain to strangers that they could not know.

use server::settings::AnyDomainSettings;
use testkit::world::{ALICE, Cast, ISSUER, World};

/// The page for what was typed, as far as a person reads it.
async fn page_for(world: &World, typed: &str) -> String {
    let path = format!("/persona/login/?email={typed}");
    let page = world.browser().get(&path).await.text();
    words(&page)
}

/// What a person reads of a page.
fn words(page: &str) -> String {
    let body = page.split("<main").nth(1).unwrap();
    let texts = body.split('<').filter_map(|piece| piece.split_once('>'));
    let texts: String = texts.map(|(_, text)| text).collect();
    texts.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn hosts(domains: &[&str]) -> Cast {
    Cast::new(ISSUER, domains)
}

#[tokio::test]
async fn the_only_domain_is_named_and_stands_in_the_example() {
    let world = hosts(&["example.net"]).open().await;

    assert!(
        page_for(&world, "")
            .await
            .contains("Sign in with your example.net mailbox Use the password")
    );
    assert!(
        page_for(&world, "alice")
            .await
            .contains("It looks like name@example.net.")
    );
    assert!(page_for(&world, "a@other.test").await.contains(
        "We cannot sign in other.test addresses This page is for example.net addresses. \
         Please look for a typing error, or use such an address."
    ));
}

#[tokio::test]
async fn a_few_domains_are_all_named_and_the_issuers_own_is_the_example() {
    let three = ["example.net", "example.org", "example.com"];
    let world = hosts(&three).open().await;

    assert!(page_for(&world, "").await.contains(
        "Sign in with your email address This page is for example.net, example.org or example.com \
         addresses. Use the password"
    ));
    assert!(
        page_for(&world, "alice")
            .await
            .contains("It looks like name@example.org.")
    );
    assert!(page_for(&world, "a@other.test").await.contains(
        "We cannot sign in other.test addresses This page is for example.net, example.org or \
         example.com addresses."
    ));
    assert!(
        page_for(&world, "dora@example.com")
            .await
            .contains("Sign in with your example.com mailbox Use the password")
    );
}

/// The attack: to read off the page whose mail is hosted.
#[tokio::test]
async fn of_many_domains_and_of_those_with_other_issuers_none_is_told_to_strangers() {
    let customers = ["one.test", "two.test", "three.test", "four.test"];
    let many = hosts(&customers).open().await;
    let apart = hosts(&["one.test", "two.test", "three.test"]).settings(|settings| {
        settings.domain[2].issuer = Some("https://id.three.test".parse().unwrap());
    });
    let apart = apart.open().await;

    let any = hosts(&["one.test"]).settings(|settings| {
        let mailbox = settings.domain[0].mailbox.clone();
        let exchangers = vec!["mail.ours.test".parse().unwrap()];
        settings.any_domain = Some(AnyDomainSettings::new(exchangers, mailbox));
    });
    let any = any.open().await;

    for world in [many, apart, any] {
        for typed in ["", "alice", "a@other.test"] {
            let page = page_for(&world, typed).await;

            assert!(page.contains("Sign in with your email address"), "{page}");
            for customer in customers {
                assert!(!page.contains(customer), "{customer}: {page}");
            }
        }
        assert!(
            page_for(&world, "alice")
                .await
                .contains("It has the name of a mailbox, an @, and the domain of the mailbox.")
        );
        assert!(page_for(&world, "a@other.test").await.contains(
            "This page can ask some mail servers about a password, but not that of other.test."
        ));
    }
}

#[tokio::test]
async fn the_domain_around_the_issuers_host_is_the_example_also_of_many() {
    let world = hosts(&["one.test", "two.test", "three.test", "example.org"])
        .open()
        .await;

    let page = page_for(&world, "alice").await;

    assert!(page.contains("It looks like name@example.org."), "{page}");
    assert!(!page.contains(".test"), "{page}");
}

#[tokio::test]
async fn whose_password_opens_a_shared_address_is_said_of_every_address_of_a_domain_with_aliases() {
    let folder = tempfile::TempDir::new().unwrap();
    let aliases = folder.path().join("aliases");
    std::fs::write(&aliases, "info: alice\n").unwrap();
    let world = Cast::usual().settings(|settings| settings.domain[0].aliases = Some(aliases));
    let world = world.open().await;
    let hint = "For a shared address such as info@example.org, type your own password.";

    for typed in ["info@example.org", ALICE, "nobody@example.org"] {
        let page = page_for(&world, typed).await;
        let refused = words(&world.browser().log_in(typed, "wrong").await.text());

        assert!(page.contains(hint), "{page}");
        assert!(refused.contains(hint), "{refused}");
    }
    for typed in ["", "carol@example.net", "a@other.test"] {
        let page = page_for(&world, typed).await;
        assert!(!page.contains("shared address"), "{page}");
    }
}
