//! `/.well-known/webfinger`

use testkit::http::Answer;
use testkit::world::{ALICE, Cast, World};

async fn ask(world: &World, host: &str, query: &str) -> Answer {
    let path = format!("/.well-known/webfinger{query}");
    let headers = [("host", host), ("accept", "application/jrd+json")];
    world.browser().get_with(&path, &headers).await
}

#[tokio::test]
async fn an_address_of_each_hosted_domain_leads_to_the_issuer() {
    let world = World::open().await;

    for host in ["example.org", "id.example.org", "www.example.org"] {
        let query = format!("?resource=acct:{ALICE}");
        let answer = ask(&world, host, &query).await;

        assert_eq!(answer.status, 200, "{host}");
        assert_eq!(answer.header("content-type"), Some("application/jrd+json"));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let expected = serde_json::json!({
            "subject": "acct:alice@example.org",
            "links": [{
                "rel": "http://openid.net/specs/connect/1.0/issuer",
                "href": "https://id.example.org",
            }],
        });
        assert_eq!(answer.json().unwrap(), expected, "{host}");
    }
    for resource in [
        "mailto:anybody@example.net",
        "acct%3Aanybody%40EXAMPLE.net",
        "https://id.example.org",
        "https://id.example.org/",
    ] {
        let answer = ask(&world, "example.org", &format!("?resource={resource}")).await;

        assert_eq!(answer.status, 200, "{resource}");
        let link = answer.json().unwrap()["links"][0]["href"].clone();
        assert_eq!(link, "https://id.example.org", "{resource}");
    }
}

#[tokio::test]
async fn whether_there_is_a_mailbox_is_not_told_and_nobody_is_asked() {
    let world = World::open().await;
    let about = async |who: &str| {
        let query = format!("?resource=acct:{who}");
        let answer = ask(&world, "example.org", &query).await;
        let headers = answer.headers.clone();
        (
            answer.status,
            answer.text().replace(who, "somebody"),
            headers.len(),
        )
    };

    let alice = about(ALICE).await;
    let nobody = about("no.such.person+x@example.org").await;

    assert_eq!(alice, nobody);
    assert!(world.mail.sessions().await.unwrap().is_empty());
}

#[tokio::test]
async fn others_domains_and_sites_are_not_found() {
    let world = World::open().await;

    for resource in [
        "acct:alice@elsewhere.example",
        "acct:alice@mail.example.org",
        "acct:example.org@evil.example",
        "https://evil.example",
        "https://id.example.org.evil.example/",
        "http://id.example.org",
    ] {
        let answer = ask(&world, "example.org", &format!("?resource={resource}")).await;

        assert_eq!(answer.status, 404, "{resource}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}

#[tokio::test]
async fn a_question_that_names_nobody_is_a_bad_one() {
    let world = World::open().await;

    for query in [
        "",
        "?rel=http://openid.net/specs/connect/1.0/issuer",
        "?resource=alice@example.org",
        "?resource=acct:a@example.org&resource=acct:b@example.org",
        "?resource=acct:%FF@example.org",
    ] {
        let answer = ask(&world, "example.org", query).await;

        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
}

#[tokio::test]
async fn only_the_relations_that_are_asked_for_are_told() {
    let world = World::open().await;

    for (rel, expected) in [
        ("http://openid.net/specs/connect/1.0/issuer", 1),
        (
            "http%3A%2F%2Fopenid.net%2Fspecs%2Fconnect%2F1.0%2Fissuer&rel=other",
            1,
        ),
        ("other", 0),
        // Nobody has said that brokers may come.
        ("https://portier.io/specs/auth/1.0/idp", 0),
    ] {
        let query = format!("?resource=acct:{ALICE}&rel={rel}");
        let answer = ask(&world, "example.org", &query).await.json().unwrap();

        assert_eq!(answer["links"].as_array().unwrap().len(), expected, "{rel}");
    }
}

#[tokio::test]
async fn each_domain_leads_to_its_own_issuer() {
    let cast = Cast::usual().settings(|settings| {
        let mut domains = settings.domain.iter_mut();
        let carols = domains.find(|domain| domain.name.as_str() == "example.net");
        carols.unwrap().issuer = Some("https://id.example.net".parse().unwrap());
    });
    let world = cast.open().await;

    for (host, domain, expected) in [
        ("example.org", "example.org", "https://id.example.org"),
        ("example.net", "example.net", "https://id.example.net"),
        ("id.example.net", "example.net", "https://id.example.net"),
    ] {
        let query = format!("?resource=acct:somebody@{domain}");
        let answer = ask(&world, host, &query).await.json().unwrap();

        assert_eq!(answer["links"][0]["href"], expected, "{host}");
    }
    for (host, domain) in [
        ("example.org", "example.net"),
        ("id.example.net", "example.org"),
    ] {
        let query = format!("?resource=acct:somebody@{domain}");

        assert_eq!(ask(&world, host, &query).await.status, 404, "{host}");
    }
}
