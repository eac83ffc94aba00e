//! Back-Channel Logout 1.0: sites are told who is no longer signed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use protocol::email::{Domain, EmailAddress};
use protocol::jose::token::UncheckedJwt;
use serde_json::{Map, Value, json};
use server::settings::Settings;
use store::{SqliteStore, Store};
use testkit::certificates::{Authority, Quality};
use testkit::https::{HttpsServer, Reply};
use testkit::world::{ALICE, Browser, Cast, ISSUER, NOW, World};
use url::form_urlencoded;

use super::super::standing::watch;
use super::stage::{CALLBACK, CLOUD, SECRET, believed, code, exchange_as, tokens, with};

const CLOUD_HOST: &str = "cloud.example.org";
const SHOP_HOST: &str = "shop.example.org";
const SHOP_CALLBACK: &str = "https://shop.example.org/callback";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Two sites that listen, and one that does not.
struct Sites {
    server: HttpsServer,
    moods: Arc<Mutex<HashMap<String, Reply>>>,
    ca: Authority,
    store: Arc<dyn Store>,
}

/// What a site has heard.
struct Heard {
    host: String,
    head: String,
    token: String,
}

impl Sites {
    async fn start() -> Self {
        let ca = Authority::new().unwrap();
        let names = [CLOUD_HOST, SHOP_HOST];
        let identity = ca.issue(&names, Quality::Good).unwrap();
        let moods: Arc<Mutex<HashMap<String, Reply>>> = Arc::default();
        let known = Arc::clone(&moods);
        let server = HttpsServer::start(&identity, move |request| {
            let known = known.lock().unwrap();
            let mood = known.get(&host(request)).cloned();
            mood.unwrap_or_else(|| Reply::new("200 OK", &[], ""))
        });
        Self {
            server: server.await.unwrap(),
            moods,
            ca,
            store: Arc::new(SqliteStore::open_in_memory().unwrap()),
        }
    }

    fn answer(&self, host: &str, reply: Reply) {
        let mut moods = self.moods.lock().unwrap();
        moods.insert(host.to_owned(), reply);
    }

    async fn world(&self) -> World {
        self.world_with(|_| {}).await
    }

    async fn world_with(&self, change: impl FnOnce(&mut Settings) + Send + 'static) -> World {
        let clients = [
            json!({
                "id": CLOUD, "secret": SECRET, "redirect_uris": [CALLBACK],
                "backchannel_logout_uri": "https://cloud.example.org/backchannel?x=1",
            }),
            json!({
                "id": "shop", "secret": SECRET, "redirect_uris": [SHOP_CALLBACK],
                "backchannel_logout_uri": "https://shop.example.org",
                "subject_type": "pairwise", "id_token_signed_response_alg": "ES256",
            }),
            json!({ "id": "deaf", "secret": SECRET, "redirect_uris": ["https://deaf.example/"] }),
        ];
        let (ca, place) = (self.ca.pem_file().to_owned(), self.server.address());
        let cast = Cast::usual().store(Arc::clone(&self.store));
        let cast = cast.settings(move |settings| {
            let sections = clients.into_iter();
            settings.client = sections
                .map(|section| serde_json::from_value(section).unwrap())
                .collect();
            settings.outbound.ca = Some(ca);
            for name in [CLOUD_HOST, SHOP_HOST] {
                let name = Domain::parse(name).unwrap();
                settings.outbound.hosts.insert(name, place);
            }
            change(settings);
        });
        cast.open().await
    }

    /// Waits until so much was heard, and gives it.
    async fn heard(&self, least: usize) -> Vec<Heard> {
        let requests = self.server.arrived(least).await;
        let heard = |request: String| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let mut fields = form_urlencoded::parse(body.as_bytes());
            let (name, token) = fields.next().unwrap();
            assert_eq!((&*name, fields.next()), ("logout_token", None));
            Heard {
                host: host(head),
                head: head.replace('\r', ""),
                token: token.into_owned(),
            }
        };
        requests.into_iter().map(heard).collect()
    }

    /// Tells how often each site was asked, once there are so many requests.
    async fn counts(&self, least: usize) -> (usize, usize) {
        let heard = self.heard(least).await;
        let count = |host: &str| heard.iter().filter(|heard| heard.host == host).count();
        (count(CLOUD_HOST), count(SHOP_HOST))
    }
}

fn host(request: &str) -> String {
    let mut lines = request.lines();
    let host = lines.find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

/// Signs alice in to a site, and gives what its ID token says.
async fn sign_in_to(world: &World, browser: &Browser<'_>, client: &str) -> Map<String, Value> {
    sign_in_for(world, browser, client, "openid").await
}

async fn sign_in_for(
    world: &World,
    browser: &Browser<'_>,
    client: &str,
    scope: &str,
) -> Map<String, Value> {
    let callback = match client {
        CLOUD => CALLBACK,
        "shop" => SHOP_CALLBACK,
        _ => "https://deaf.example/",
    };
    let changes = [
        ("client_id", client),
        ("redirect_uri", callback),
        ("scope", scope),
    ];
    let code = code(browser, &with(&changes)).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", callback),
    ];
    let given = tokens(&exchange_as(world, Some((client, SECRET)), &fields).await);
    believed(world, given["id_token"].as_str().unwrap()).await
}

async fn sign_out(browser: &Browser<'_>) {
    let csrf = browser.form_token().await;
    let answer = browser
        .post("/persona/auth/logout/", &[("csrf", &csrf)])
        .await;
    assert_eq!(answer.status, 303);
}

fn alice() -> EmailAddress {
    EmailAddress::parse(ALICE).unwrap()
}

#[tokio::test]
async fn sites_hear_of_a_log_out_in_tokens_that_the_published_keys_verify() {
    let sites = Sites::start().await;
    let world = sites.world().await;
    let browser = world.alice().await;
    let cloud = sign_in_to(&world, &browser, CLOUD).await;
    let shop = sign_in_to(&world, &browser, "shop").await;
    assert_ne!(cloud["sub"], shop["sub"], "pairwise");

    sign_out(&browser).await;
    world.tell().await;

    let mut heard = sites.heard(2).await;
    heard.sort_by(|one, other| one.host.cmp(&other.host));
    assert_eq!(heard.len(), 2);
    let length = heard[0].head.lines().last().unwrap().to_owned();
    insta::assert_snapshot!(heard[0].head.replace(&length, "content-length: …"), @r"
    POST /backchannel?x=1 HTTP/1.1
    host: cloud.example.org
    content-type: application/x-www-form-urlencoded
    user-agent: persona
    connection: close
    content-length: …
    ");
    assert!(heard[1].head.starts_with("POST / HTTP/1.1\n"));
    let mut names = Vec::new();
    for (heard, (client, told)) in heard.iter().zip([(CLOUD, &cloud), ("shop", &shop)]) {
        let kind = UncheckedJwt::read(&heard.token).unwrap();
        assert_eq!(kind.kind(), Some("logout+jwt"));
        let mut claims = believed(&world, &heard.token).await;
        names.push(claims.remove("jti").unwrap());
        let now = NOW.to_seconds().as_seconds();
        assert_eq!(
            Value::Object(claims),
            json!({
                "iss": ISSUER, "aud": client, "sub": told["sub"], "sid": told["sid"],
                "iat": now, "exp": now + 120,
                "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
            })
        );
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn only_the_sites_of_the_session_hear_of_it_and_once() {
    let sites = Sites::start().await;
    let world = sites.world().await;
    let (here, there) = (world.alice().await, world.alice().await);
    sign_in_to(&world, &here, CLOUD).await;
    sign_in_to(&world, &here, "deaf").await;
    sign_in_to(&world, &there, "shop").await;

    sign_out(&here).await;
    world.tell().await;

    assert_eq!(sites.counts(1).await, (1, 0));
    world.clock.advance(2 * DAY);
    world.tell().await;
    assert_eq!(sites.counts(1).await, (1, 0));
    // Whoever does not listen is not waited for.
    let later = world.clock.now().to_seconds().plus(30 * DAY);
    let left = sites.store.take_notices(10, DAY, later).await.unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn a_site_that_does_not_take_it_is_asked_again_later_and_holds_no_other_up() {
    let moved = Reply::new("302 Go", &["location: https://shop.example.org/x"], "");
    for mood in [
        Reply::Silence,
        Reply::new("500 Oh", &[], ""),
        Reply::new("400 No", &[], ""),
        moved,
        Reply::Octets(b"nonsense\r\n\r\n".to_vec()),
    ] {
        let sites = Sites::start().await;
        let world = sites.world().await;
        let browser = world.alice().await;
        sign_in_to(&world, &browser, CLOUD).await;
        sign_in_to(&world, &browser, "shop").await;
        sites.answer(CLOUD_HOST, mood.clone());

        sign_out(&browser).await;
        world.tell().await;
        assert_eq!(sites.counts(2).await, (1, 1), "{mood:?}");
        world.clock.advance(MINUTE / 4);
        world.tell().await;
        assert_eq!(sites.counts(2).await, (1, 1), "{mood:?}: at once");
        world.clock.advance(MINUTE / 4);
        world.tell().await;
        assert_eq!(sites.counts(3).await, (2, 1), "{mood:?}");
        world.clock.advance(MINUTE);
        world.tell().await;
        assert_eq!(sites.counts(3).await, (2, 1), "{mood:?}: the waits grow");
        sites.answer(CLOUD_HOST, Reply::new("204 No Content", &[], ""));
        world.clock.advance(MINUTE);
        world.tell().await;
        assert_eq!(sites.counts(4).await, (3, 1), "{mood:?}");
        world.clock.advance(7 * DAY);
        world.tell().await;

        assert_eq!(sites.counts(4).await, (3, 1), "{mood:?}: it was told");
    }
}

/// A token of the second try is new: the first one is too old by then.
#[tokio::test]
async fn a_site_that_never_answers_is_given_up() {
    let sites = Sites::start().await;
    let world = sites.world().await;
    let browser = world.alice().await;
    sign_in_to(&world, &browser, CLOUD).await;
    sites.answer(CLOUD_HOST, Reply::new("503 Later", &[], ""));
    sign_out(&browser).await;

    for _ in 0..10 {
        world.tell().await;
        world.clock.advance(DAY);
    }

    let heard = sites.heard(7).await;
    assert_eq!(heard.len(), 7);
    let last = believed(&world, &heard[6].token).await;
    let tried = NOW.to_seconds().plus(6 * DAY).as_seconds();
    assert_eq!(last["iat"], json!(tried));
}

/// One answer that does not come is waited for, and not one for each person.
#[tokio::test]
async fn a_site_that_is_silent_is_asked_once_a_round() {
    let sites = Sites::start().await;
    let world = sites.world().await;
    sites.answer(CLOUD_HOST, Reply::new("500 Oh", &[], ""));
    for _ in 0..3 {
        let browser = world.alice().await;
        sign_in_to(&world, &browser, CLOUD).await;
    }

    sites.store.end_sessions_of(&alice()).await.unwrap();
    world.tell().await;

    assert_eq!(sites.counts(1).await, (1, 0));
    sites.answer(CLOUD_HOST, Reply::new("200 OK", &[], ""));
    world.clock.advance(MINUTE);
    world.tell().await;
    assert_eq!(sites.counts(4).await, (4, 0));
}

#[tokio::test]
async fn a_site_with_somebody_elses_certificate_hears_nothing() {
    let sites = Sites::start().await;
    let stranger = Authority::new().unwrap();
    let ca = stranger.pem_file().to_owned();
    let world = sites
        .world_with(move |settings| settings.outbound.ca = Some(ca))
        .await;
    let browser = world.alice().await;
    sign_in_to(&world, &browser, CLOUD).await;

    sign_out(&browser).await;
    world.tell().await;

    assert_eq!(sites.server.asked(), [] as [String; 0]);
}

/// `persona session revoke` ends sessions in the store, beside the server.
#[tokio::test]
async fn sites_hear_of_what_the_operator_revokes() {
    let sites = Sites::start().await;
    let world = sites.world().await;
    let (one, two) = (world.alice().await, world.alice().await);
    let cloud = sign_in_to(&world, &one, CLOUD).await;
    let shop = sign_in_for(&world, &two, "shop", "openid offline_access").await;
    sign_out(&two).await;
    world.tell().await;
    let first = sites.heard(1).await;
    assert_eq!(
        believed(&world, &first[0].token).await["sid"],
        shop["sid"],
        "its session has ended, its access has not"
    );

    sites.store.end_sessions_of(&alice()).await.unwrap();
    world.tell().await;

    let heard = sites.heard(3).await;
    assert_eq!(heard.len(), 3);
    for heard in &heard[1..] {
        let claims = believed(&world, &heard.token).await;
        if heard.host == CLOUD_HOST {
            assert_eq!(claims["sid"], cloud["sid"]);
        } else {
            assert_eq!(claims.get("sid"), None, "all that is left");
            assert_eq!(claims["sub"], shop["sub"]);
        }
    }
}

#[tokio::test]
async fn sites_hear_of_a_mailbox_that_is_gone() {
    let sites = Sites::start().await;
    let world = sites.world_with(|settings| watch(settings, "1h")).await;
    let browser = world.alice().await;
    let cloud = sign_in_to(&world, &browser, CLOUD).await;
    world.mail.take_away(ALICE);

    for _ in 0..4 {
        world.clock.advance(20 * MINUTE);
        world.sweep().await;
    }
    world.tell().await;

    let heard = sites.heard(1).await;
    assert_eq!(heard.len(), 1);
    assert_eq!(believed(&world, &heard[0].token).await["sid"], cloud["sid"]);
}

/// Where sessions are in their cookies alone, what sites were given is still in the store.
#[tokio::test]
async fn sites_hear_of_sessions_that_are_not_stored() {
    let sites = Sites::start().await;
    let world = sites
        .world_with(|settings| settings.storage.url = "memory:".parse().unwrap())
        .await;
    let browser = world.alice().await;
    let cloud = sign_in_to(&world, &browser, CLOUD).await;

    sign_out(&browser).await;
    world.tell().await;

    let heard = sites.heard(1).await;
    assert_eq!(heard.len(), 1);
    assert_eq!(believed(&world, &heard[0].token).await["sid"], cloud["sid"]);
}
