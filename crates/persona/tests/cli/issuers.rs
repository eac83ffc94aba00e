//! Several issuers in one installation: `setup` makes each a key, `serve` serves all of them, `check`
//! looks at each.

use crate::check::{Installation, RIGHT};

/// Gives example.net an issuer of its own, by hand as an operator does.
fn add_example_net(installation: &Installation) {
    let settings = installation.folder.read("secrets/persona.toml");
    let added = format!(
        "{settings}\n[[domain]]\nname = \"example.net\"\nmailbox = \"smtp://{}\"\n\
         issuer = \"http://id-net.localhost\"\n",
        installation.mail.address()
    );
    installation.folder.write("secrets/persona.toml", &added);
}

fn serve_arguments() -> [&'static str; 3] {
    ["serve", "--config", "secrets/persona.toml"]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serve_names_the_issuer_whose_key_is_missing() {
    let installation = Installation::new().await;
    add_example_net(&installation);

    insta::assert_snapshot!(installation.folder.run(&serve_arguments()), @r"
        exit 3
        --- stderr
        error: there is no key [DIR]/secrets/keys/id-net.localhost/browserid.pem; `persona setup` makes one
        hint: it is the key of http://id-net.localhost: keys in its [[domain]] names the place
        ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setup_makes_the_key_of_an_issuer_that_was_added() {
    let installation = Installation::new().await;
    add_example_net(&installation);

    let told = crate::setup::set_up(&installation.folder, &[]);

    insta::assert_snapshot!(installation.without_port(&told), @r"
        exit 0
        --- stdout
        kept   0640  [DIR]/secrets/keys/browserid.pem
        kept   0640  [DIR]/secrets/keys/oidc/subject.key
        kept   0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        kept   0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        kept   0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        wrote  0750  [DIR]/secrets/keys/id-net.localhost
        wrote  0640  [DIR]/secrets/keys/id-net.localhost/browserid.pem
        wrote  0750  [DIR]/secrets/keys/id-net.localhost/oidc
        wrote  0640  [DIR]/secrets/keys/id-net.localhost/oidc/subject.key
        wrote  0640  [DIR]/secrets/keys/id-net.localhost/oidc/rs256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/id-net.localhost/oidc/es256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/id-net.localhost/oidc/eddsa-[TIME].pem
        kept   0660  [DIR]/data/persona.db
        kept   0640  [DIR]/secrets/persona.toml

        Left to do:

        1. Start the server:      persona serve --config [DIR]/secrets/persona.toml
        2. See whether all works: persona check --config [DIR]/secrets/persona.toml ADDRESS
        3. Open in a browser here: http://id.localhost/persona/login/
        4. Open in a browser here: http://id-net.localhost/persona/login/
        5. To change anything: edit [DIR]/secrets/persona.toml (`persona reference` explains it), and start the server again
        ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_looks_at_each_issuer() {
    let installation = Installation::new().await;
    add_example_net(&installation);
    crate::setup::set_up(&installation.folder, &[]);
    let server = installation.serve();

    let told = installation.check(
        &format!("{RIGHT}\n{RIGHT}\n"),
        &["--password-stdin", "alice@example.org", "dora@example.net"],
    );

    insta::assert_snapshot!(told, @r"
        exit 0
        --- stdout
        ok    secrets/persona.toml: http://id.localhost vouches for example.org
        warn  secrets/persona.toml: the issuer is http://id.localhost; that is fine for trying on this machine only: no browser elsewhere gets here [settings-issuer-http]
        ok    secrets/persona.toml: http://id-net.localhost vouches for example.net
        warn  secrets/persona.toml: the issuer is http://id-net.localhost; that is fine for trying on this machine only: no browser elsewhere gets here [settings-issuer-http]
        ok    [DIR]/secrets/keys/browserid.pem: the signing key is there
        ok    [DIR]/secrets/keys/oidc: the keys for OpenID Connect are there
        ok    [DIR]/secrets/keys/id-net.localhost/browserid.pem: the signing key is there
        ok    [DIR]/secrets/keys/id-net.localhost/oidc: the keys for OpenID Connect are there
        ok    sqlite:[DIR]/data/persona.db: it opens; 0 sign-ins are kept
        ok    example.org: smtp://127.0.0.1:[PORT] answers in clear text, on this machine, and takes PLAIN, LOGIN
        ok    example.net: smtp://127.0.0.1:[PORT] answers in clear text, on this machine, and takes PLAIN, LOGIN
        ok    unix:[DIR]/http.sock: the server answers
        ok    support document of id.localhost: asked at unix:[DIR]/http.sock as id.localhost: it has the key that signs
        ok    page /persona/login/: asked at unix:[DIR]/http.sock as id.localhost: it is there
        ok    page /persona/provisioning/: asked at unix:[DIR]/http.sock as id.localhost: it is there
        ok    support document of example.org: asked at unix:[DIR]/http.sock as example.org: it names id.localhost
        ok    support document of id-net.localhost: asked at unix:[DIR]/http.sock as id-net.localhost: it has the key that signs
        ok    page /persona/login/: asked at unix:[DIR]/http.sock as id-net.localhost: it is there
        ok    page /persona/provisioning/: asked at unix:[DIR]/http.sock as id-net.localhost: it is there
        ok    support document of example.net: asked at unix:[DIR]/http.sock as example.net: it names id-net.localhost
        ok    alice@example.org: the password opens it, and id.localhost certifies it
        ok    dora@example.net: the password opens it, and id-net.localhost certifies it
        nothing is wrong here; not looked at: what a browser on this machine sees (to see it: open http://id.localhost/persona/login/ http://id-net.localhost/persona/login/)
        a word in [ ] at the end of a line has a section in docs/reference/findings.md
        ");
    drop(server);
}
