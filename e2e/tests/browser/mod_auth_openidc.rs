//! A site of Apache's, behind Debian's `mod_auth_openidc`: nothing of it is ours.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use e2e::portrait::portray;
use e2e::servers::folder::Folder;
use e2e::servers::packages;
use e2e::servers::persona::Persona;
use e2e::servers::ports::{Entrance, Ports};
use e2e::servers::process::Process;
use e2e::webdriver::{Browser, ThirdPartyCookies};
use serde_json::Value;
use testkit::smtp::{Encryption, Mailboxes, SmtpServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_apache_signs_somebody_in_and_keeps_its_tokens_fresh() -> Result<()> {
    let site = Site::open().await?;
    let browser = &site.browser;

    browser.open(&site.page("/")).await?;
    browser.read("#login", "Sign in").await?;
    portray(browser, "oidc-login").await?;
    site.sign_in(ALICE, "wrong").await?;
    browser.see("#problem").await?;
    portray(browser, "oidc-login-refused").await?;
    browser.fill("#password", PASSWORD).await?;
    browser.click("#submit").await?;
    browser.see("#consent #allow").await?;
    portray(browser, "oidc-consent").await?;
    browser.click("#allow").await?;

    assert_eq!(browser.text("#who").await?, ALICE);
    assert_eq!(browser.text("#name").await?, "alice");
    assert_eq!(browser.url().await?, site.page("/"));
    // It has a session of its own, and does not ask us for every page.
    browser.open(&site.page("/?second")).await?;
    assert_eq!(browser.text("#who").await?, ALICE);
    // Told to, it exchanges its refresh token.
    let before = site.session().await?;
    let token = before["access_token"].as_str().context("no token")?;
    let refresh = format!("/callback?refresh=%2F%3Fthird&access_token={token}");
    browser.open(&site.page(&refresh)).await?;
    assert_eq!(browser.url().await?, site.page("/?third"));
    let after = site.session().await?;
    assert_ne!(after["access_token"], before["access_token"]);
    assert_ne!(after["refresh_token"], before["refresh_token"]);
    assert_eq!(after["userinfo"]["email"], ALICE);
    assert_eq!(after["userinfo"]["sub"], after["id_token"]["sub"]);
    Ok(())
}

/// Signing out there signs out here, and the other way round; so does taking back what was agreed to.
#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_at_one_place_is_signed_out_at_the_other() -> Result<()> {
    let site = Site::open().await?;
    let browser = &site.browser;
    let (issuer, out) = (&site.persona.issuer, "#logout button");
    browser.open(&site.page("/")).await?;
    site.sign_in(ALICE, PASSWORD).await?;
    browser.click("#allow").await?;
    assert_eq!(browser.text("#who").await?, ALICE);

    // Anybody may send a browser here; it is only asked.
    browser
        .open(&format!("{issuer}/persona/oidc/logout?client_id=board"))
        .await?;
    browser.see("#sign-out #leave").await?;
    portray(browser, "oidc-sign-out").await?;
    // The site shows its ID token, and has the browser come back; there it begins anew.
    let bye = site.page("/").replace(':', "%3A").replace('/', "%2F");
    browser
        .open(&site.page(&format!("/callback?logout={bye}")))
        .await?;
    browser.see("#login #password").await?;
    site.sign_in(ALICE, PASSWORD).await?;
    assert_eq!(browser.text("#who").await?, ALICE);

    browser.open(&format!("{issuer}/persona/login/")).await?;
    browser.click("#account").await?;
    browser.see(".sites button").await?;
    portray(browser, "account").await?;
    browser.click(".sites button").await?;
    browser.see("#none").await?;
    portray(browser, "account-empty").await?;
    // Whoever has withdrawn is asked anew.
    browser
        .open(&site.page(&format!("/callback?logout={bye}")))
        .await?;
    site.sign_in(ALICE, PASSWORD).await?;
    browser.click("#allow").await?;
    assert_eq!(browser.text("#who").await?, ALICE);

    browser.open(&format!("{issuer}/persona/login/")).await?;
    browser.click(out).await?;
    browser.see("#login #password").await?;
    // The site is told behind the browser's back, within seconds.
    for _ in 0..100 {
        browser.open(&site.page("/")).await?;
        if browser.url().await?.starts_with(issuer) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("the site was not told")
}

/// The site's operator has not asked for this person; the operator of the mail does not let them in.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_use_the_site_is_told_so_and_can_go_back() -> Result<()> {
    let site = Site::open().await?;
    let browser = &site.browser;

    browser.open(&site.page("/")).await?;
    site.sign_in(BOB, PASSWORD).await?;
    browser.see("#consent #switch").await?;
    portray(browser, "oidc-not-allowed").await?;
    browser.click("#deny").await?;

    // The module of Debian 12 takes the issuer's name in an error (RFC 9207 §2) for a sign-in that starts
    // here, and says so; what it was sent is right.
    browser.read("body", "Invalid Request").await?;
    let sent = browser.url().await?;
    assert!(
        sent.starts_with(&site.page("/callback?error=access_denied&")),
        "{sent}"
    );
    assert!(sent.contains("&state="), "{sent}");
    Ok(())
}

/// Apache with the module, our server, and a browser with nobody signed in.
struct Site {
    browser: Browser,
    port: u16,
    _apache: Process,
    persona: Persona,
    _mail: SmtpServer,
    _folder: Folder,
}

impl Site {
    async fn open() -> Result<Self> {
        let mailboxes = Mailboxes::new(Encryption::None)
            .with(ALICE, PASSWORD)
            .with(BOB, PASSWORD);
        let mail = SmtpServer::honest([127, 0, 0, 1].into(), mailboxes).await?;
        let port = Ports::choose()?.of(Entrance::Submission);
        let mut persona = Persona::prepare("http://id.localhost:{port}")?;
        let made = persona.setup(&["demo.localhost"], &format!("smtp://{}", mail.address()))?;
        assert!(made.status.success(), "{made:?}");
        persona.add_settings(&format!(
            "\n[[client]]\nid = \"board\"\nname = \"The notice board\"\nsecret = \"{SECRET}\"\n\
             redirect_uris = [\"http://localhost:{port}/callback\"]\nallow = [\"{ALICE}\"]\n\
             post_logout_redirect_uris = [\"http://localhost:{port}/\"]\n\
             backchannel_logout_uri = \"http://localhost:{port}/callback?logout=backchannel\"\n"
        ))?;
        persona.serve()?;
        let folder = Folder::make()?;
        let command = apache(&folder, port, &persona.issuer)?;
        let mut apache = Process::start("apache", &command, folder.path())?;
        apache.wait_for_ports(&[([127, 0, 0, 1], port).into()])?;
        Ok(Self {
            browser: Browser::start(ThirdPartyCookies::AsDefault).await?,
            port,
            _apache: apache,
            persona,
            _mail: mail,
            _folder: folder,
        })
    }

    fn page(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }

    async fn sign_in(&self, address: &str, password: &str) -> Result<()> {
        self.browser.fill("#email", address).await?;
        self.browser.fill("#password", password).await?;
        self.browser.click("#submit").await
    }

    /// What the module knows of the person who is signed in.
    async fn session(&self) -> Result<Value> {
        self.browser.open(&self.page("/callback?info=json")).await?;
        Ok(serde_json::from_str(&self.browser.text("body").await?)?)
    }
}

fn apache(folder: &Folder, port: u16, issuer: &str) -> Result<Command> {
    folder.subfolder("site", None)?;
    folder.write("site/index.html", PAGE)?;
    let load = |name: &&str| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n");
    let modules: String = LOADED.iter().map(load).collect();
    let module = packages::mod_auth_openidc()?;
    let here = folder.path().display();
    let file = folder.write(
        "apache.conf",
        &format!(
            "ServerRoot \"{here}\"\nListen 127.0.0.1:{port}\n{modules}\
             LoadModule auth_openidc_module {}\n{GENERAL}\
             DocumentRoot \"{here}/site\"\n\
             OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration\n\
             OIDCClientID board\nOIDCClientSecret {SECRET}\n\
             OIDCRedirectURI http://localhost:{port}/callback\n",
            module.display()
        ),
    )?;
    let mut command = Command::new(packages::apache()?);
    command.args(["-D", "FOREGROUND", "-f"]).arg(file);
    Ok(command)
}

/// What the site shows to whoever is signed in.
const PAGE: &str = "<!DOCTYPE html><html lang=en><title>The notice board</title>
<p>Signed in as <b id=who><!--#echo var=\"REMOTE_USER\" --></b>,
called <b id=name><!--#echo var=\"OIDC_CLAIM_preferred_username\" --></b>.
";

const GENERAL: &str = "ServerName localhost
DefaultRuntimeDir .
PidFile apache.pid
ErrorLog /dev/stderr
User www-data
Group www-data
DirectoryIndex index.html
OIDCCryptoPassphrase a-passphrase-of-one-test
OIDCPKCEMethod S256
OIDCScope \"openid email profile offline_access\"
OIDCRemoteUserClaim email
OIDCInfoHook access_token refresh_token id_token userinfo
<Location />
AuthType openid-connect
Require claim email_verified:true
Options +Includes
</Location>
<Files index.html>
ForceType text/html
SetOutputFilter INCLUDES
</Files>
";

const LOADED: [&str; 6] = [
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_user",
    "dir",
    "include",
];
const MODULES: &str = "/usr/lib/apache2/modules";

const ALICE: &str = "alice@demo.localhost";
const BOB: &str = "bob@demo.localhost";
const PASSWORD: &str = "a password";
const SECRET: &str = "notice-board-secret-of-forty-three-characters";
