//! The whole way for one mailbox: its password opens it, a certificate is signed, and whoever
//! has our public key accepts it.
//!
//! It goes by the same journeys as a browser, in this process, so that what works here works there.
//! "Right", "wrong" and "could not ask" are three findings.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use protocol::browserid::{IssuerKeys, UncheckedBundle};
use protocol::email::EmailAddress;
use protocol::jose::{PublicKey, RsaSigner, Signer, jws};
use protocol::origin::Origin;
use protocol::secret::Secret;
use server::clock::Clock;
use server::journey::login::{self, Attempt, LoginError};
use server::journey::provision::{self, Wanted};
use server::journey::session::{self, Computer, SessionToken};
use server::keyring::Keyring;
use server::settings::Settings;
use server::{App, Shared};
use store::Store;

use super::Finding;
use crate::discover::{Dns, Resolver};

/// Signs in with each address in turn. Certificates are verified with the keys that others find.
pub(crate) async fn check(
    settings: &Settings,
    (keyring, published): (Keyring, &[PublicKey]),
    store: Arc<dyn Store>,
    resolver: &Resolver,
    people: Vec<(EmailAddress, Secret<String>)>,
) -> Vec<Finding> {
    let mut settings = settings.clone();
    settings.broker.without_login();
    let shared = Shared::new(&settings, store, Clock::system());
    let shared = shared.map(|shared| shared.asking(Arc::new(Dns::at(resolver.clone()))));
    let app = match shared.and_then(|shared| App::alone(&settings, keyring, &shared)) {
        Ok(app) => Arc::new(app),
        Err(error) => {
            return vec![
                Finding::fail("address-not-asked", "the mail servers", error.to_string())
                    .because("nobody can sign in")
                    .mend("correct the mailbox of that [[domain]] in the settings"),
            ];
        }
    };
    let mut findings = Vec::new();
    for (address, password) in people {
        findings.extend(whole_way(&app, &address, password, published).await);
    }
    findings
}

/// Signs in, gets a certificate, and ends the session, whatever came of the certificate.
async fn whole_way(
    app: &Arc<App>,
    address: &EmailAddress,
    password: Secret<String>,
    published: &[PublicKey],
) -> Vec<Finding> {
    let token = match sign_in(app, address, password).await {
        Ok(token) => token,
        Err(finding) => return vec![finding],
    };
    let certified = certificate(app, address, &token, published).await;
    let mut findings = vec![certified.unwrap_or_else(|trouble| not_certified(address, &trouble))];
    if let Err(error) = session::end(app, &token).await {
        let seen = format!("the session of this check could not be ended: {error}");
        findings.push(
            Finding::warn("address-session-left", address.to_string(), seen)
                .because("it stays in the store until it expires; nobody has its cookie")
                .mend(format!("persona session revoke {address}")),
        );
    }
    findings
}

/// Says of each address that nothing is known about it.
pub(crate) fn not_tried(people: &[(EmailAddress, Secret<String>)]) -> Vec<Finding> {
    let not_tried = |(address, _): &(EmailAddress, Secret<String>)| {
        Finding::fail(
            "address-not-asked",
            address.to_string(),
            "its mail server was not asked",
        )
        .because("nobody can sign in without the key and the store")
        .mend("see what this check says about them")
    };
    people.iter().map(not_tried).collect()
}

async fn sign_in(
    app: &Arc<App>,
    address: &EmailAddress,
    password: Secret<String>,
) -> Result<SessionToken, Finding> {
    let typed = address.to_string();
    let attempt = Attempt {
        address: &typed,
        password,
        client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        former: None,
        computer: Computer::Own,
    };
    match login::log_in(app, attempt).await {
        Ok(opened) => Ok(opened.token),
        Err(error) => Err(not_signed_in(app.settings(), address, &error)),
    }
}

fn not_signed_in(settings: &Settings, address: &EmailAddress, error: &LoginError) -> Finding {
    let domain = address.domain();
    let fail = |code: &str| Finding::fail(code, address.to_string(), error.to_string());
    match error {
        LoginError::Refused => fail("address-refused")
            .because("the password is wrong, or the mail server knows this mailbox by another name")
            .mend(format!(
                "type the password again; if it is right, try login = \"local-part\" or backend_domain in [[domain]] {domain}"
            )),
        LoginError::CouldNotAsk { .. } | LoginError::BrokeOff(_) => fail("address-not-asked")
            .because("whether the password is right is not known")
            .mend("see what this check says about the domain's mail server"),
        LoginError::Undecided { .. } => fail("address-not-asked")
            .because("not everybody was asked about whose alias it may be")
            .mend("see what this check says about the aliases, or use the mailbox's own address"),
        LoginError::DoorUnknown { .. } => fail("address-not-asked")
            .because("whether this domain's mail comes to us is not known")
            .mend("see what this check says about [any_domain], and look at this machine's resolver"),
        LoginError::NotOurs(_) => {
            let ours: Vec<&str> = settings.domain.iter().map(|d| d.name.as_str()).collect();
            fail("address-not-ours")
                .because(format!("the settings have {} alone", ours.join(", ")))
                .mend(format!("add a [[domain]] with name = \"{domain}\" to the settings"))
        }
        LoginError::NotAnAddress(_) | LoginError::UnsuitableName(_) => fail("address-unsuitable")
            .because("this mailbox cannot sign in")
            .mend("use another name of the mailbox"),
        LoginError::UnusablePassword(_) => fail("address-password-unusable")
            .because("the mail server was not asked")
            .mend("type the password again"),
        LoginError::TooMany { .. } | LoginError::Crowded { .. } => fail("address-too-many")
            .because("the mail server was not asked")
            .mend("wait, then run this again"),
        LoginError::Store(_) | LoginError::Session(_) => fail("address-store")
            .because("nobody can sign in")
            .mend("see what this check says about the store"),
    }
}

/// Gets a certificate for a fresh key, makes an assertion with it, and verifies both.
async fn certificate(
    app: &App,
    address: &EmailAddress,
    token: &SessionToken,
    published: &[PublicKey],
) -> Result<Finding, String> {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let session = session::live(app, token, here)
        .await
        .map_err(|error| error.to_string())?;
    let who = session.map(|session| session.who);
    let (signer, _) = RsaSigner::generate().map_err(|error| error.to_string())?;
    let wanted = Wanted {
        email: &address.to_string(),
        public_key: &signer.public_key().to_browserid_text(),
        duration_seconds: None,
    };
    let certificate = provision::certify(app, who.as_ref(), &wanted, here)
        .await
        .map_err(|error| error.to_string())?;
    let now = Clock::system().now();
    let site = Origin::parse(SITE).map_err(|error| error.to_string())?;
    let payload = serde_json::json!({
        "exp": now.plus(Duration::from_secs(120)).as_millis(),
        "aud": SITE,
    });
    let assertion = jws::sign(&payload.to_string(), &signer).map_err(|error| error.to_string())?;
    let keys = IssuerKeys {
        issuer: app.authority(),
        keys: published,
    };
    let opened = match &who {
        Some(who) if *who.address() != address.canonical() => {
            format!("the password of {} opens it", who.address())
        }
        Some(_) | None => "the password opens it".to_owned(),
    };
    let verified = UncheckedBundle::read(&format!("{}~{assertion}", certificate.as_str()))
        .and_then(|bundle| bundle.verify(&keys, &site, now))
        .map_err(|error| error.to_string())?;
    Ok(Finding::ok(
        "address-certified",
        address.to_string(),
        format!("{opened}, and {} certifies it", verified.issuer()),
    ))
}

fn not_certified(address: &EmailAddress, trouble: &str) -> Finding {
    Finding::fail("address-not-certified", address.to_string(), trouble)
        .because("the password opens the mailbox, but no site would accept the certificate")
        .mend("see what this check says about the keys")
}

/// A site that does not exist (RFC 2606): the assertion is never sent anywhere.
const SITE: &str = "https://check.invalid";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use server::keyring::Generated;
    use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

    use super::*;
    use crate::config;

    #[tokio::test]
    async fn the_session_is_ended_also_when_the_certificate_is_no_good() {
        let folder = tempfile::tempdir().unwrap();
        let mailboxes = Mailboxes::new(Encryption::None).with("alice@example.org", "secret");
        let mail = SmtpServer::honest(Ipv4Addr::LOCALHOST.into(), mailboxes)
            .await
            .unwrap();
        let text = format!(
            "issuer = \"https://id.example.org\"\n\
             storage.url = \"sqlite:{}\"\n\
             [[domain]]\nname = \"example.org\"\nmailbox = \"smtp://{}\"\n",
            folder.path().join("persona.db").display(),
            mail.address()
        );
        let settings = config::read(Path::new("persona.toml"), &text, &[]).unwrap();
        let Generated::New(keyring) = Keyring::generate(folder.path(), None).unwrap() else {
            panic!("there was a key");
        };
        let store = store::open(&settings.storage.url).unwrap();
        let app = App::new(&settings, Arc::clone(&store), keyring, Clock::system()).unwrap();
        let address = EmailAddress::parse("alice@example.org").unwrap();
        let (other, _) = RsaSigner::generate().unwrap();

        let password = Secret::new("secret".to_owned());
        let findings = whole_way(
            &Arc::new(app),
            &address,
            password,
            std::slice::from_ref(other.public_key()),
        )
        .await;

        let codes: Vec<&str> = findings.iter().map(|found| found.code.as_str()).collect();
        assert_eq!(codes, ["address-not-certified"]);
        assert_eq!(store.sessions().await.unwrap(), []);
    }
}
