//! `persona client`: applications in the store, and what they have to be told.

use crate::check::Installation;
use crate::program::Folder;
use crate::setup::set_up;

/// An installation with a domain of its own.
fn installed() -> Folder {
    let folder = Folder::new();
    set_up(
        &folder,
        &["-d", "example.org", "-m", "smtps://mail.example.org"],
    );
    folder
}

fn client(folder: &Folder, arguments: &[&str]) -> String {
    folder.run(&[&["client", "--config", "secrets/persona.toml"], arguments].concat())
}

fn add(folder: &Folder, arguments: &[&str]) -> String {
    client(folder, &[&["add"], arguments].concat())
}

/// Adds a client, and gives what is printed with its secret and the hash of it named, and the secret.
fn added(folder: &Folder, arguments: &[&str]) -> (String, String) {
    let told = add(folder, arguments);
    assert!(told.starts_with("exit 0\n"), "{told}");
    let line = told.lines().find(|line| line.starts_with("Client secret"));
    let secret = line.unwrap().split_whitespace().last().unwrap().to_owned();
    assert_eq!(secret.len(), 43, "{secret}");
    (without_hash(&told.replace(&secret, "[SECRET]")), secret)
}

fn without_hash(told: &str) -> String {
    let Some((before, after)) = told.split_once("sha256:") else {
        return told.to_owned();
    };
    let (_, after) = after.split_once('"').unwrap();
    format!("{before}sha256:[HASH]\"{after}")
}

#[test]
fn nextcloud_is_set_up_by_two_commands() {
    let (told, _) = added(
        &installed(),
        &[
            "nextcloud",
            "https://cloud.example.org/",
            "--name",
            "Our cloud",
            "--allow",
            "example.org",
            "--allow",
            "@staff",
        ],
    );

    insta::assert_snapshot!(told, @r#"
        exit 0
        --- stdout
        == Here: nextcloud is in the store

        [[client]]
        id = "nextcloud"
        name = "Our cloud"
        secret = "sha256:[HASH]"
        redirect_uris = ["https://cloud.example.org/apps/user_oidc/code"]
        post_logout_redirect_uris = ["https://cloud.example.org/"]
        backchannel_logout_uri = "https://cloud.example.org/apps/user_oidc/backchannel-logout/persona"
        allow = ["example.org", "@staff"]
        pkce = "required"
        scopes = ["openid", "email", "profile", "groups"]

        == There: Nextcloud with the app user_oidc

        Issuer         https://id.example.org
        Discovery      https://id.example.org/.well-known/openid-configuration
        Client id      nextcloud
        Client secret  [SECRET]
        Redirect URI   https://cloud.example.org/apps/user_oidc/code
        Scopes         openid email profile groups

        -- In a shell on the server, as the web server's user, in Nextcloud's directory

        php occ app:install user_oidc
        php occ user_oidc:provider persona --clientid='nextcloud' --clientsecret='[SECRET]' --discoveryuri='https://id.example.org/.well-known/openid-configuration' --scope='openid email profile groups'

        Note: Without pretty URLs the address of return begins with https://cloud.example.org/index.php/apps/: add it with --redirect-uri.

        The secret is shown this once. Here is only its hash.
        --- stderr
        nobody of ours has tried this with Nextcloud 31, user_oidc 8; its own documentation: https://github.com/nextcloud/user_oidc
        "#);
}

#[test]
fn vaultwarden_is_set_up_by_its_environment() {
    let (told, _) = added(
        &installed(),
        &["vaultwarden", "https://vault.example.org", "--trusted"],
    );

    insta::assert_snapshot!(told, @r#"
        exit 0
        --- stdout
        == Here: vaultwarden is in the store

        [[client]]
        id = "vaultwarden"
        secret = "sha256:[HASH]"
        redirect_uris = ["https://vault.example.org/identity/connect/oidc-signin"]
        consent = "never"
        pkce = "required"
        scopes = ["openid", "email", "profile", "offline_access"]

        == There: Vaultwarden

        Issuer         https://id.example.org
        Discovery      https://id.example.org/.well-known/openid-configuration
        Client id      vaultwarden
        Client secret  [SECRET]
        Redirect URI   https://vault.example.org/identity/connect/oidc-signin
        Scopes         openid email profile offline_access

        -- In the environment of the application (.env, compose file)

        DOMAIN=https://vault.example.org
        SSO_ENABLED=true
        SSO_AUTHORITY=https://id.example.org
        SSO_CLIENT_ID=vaultwarden
        SSO_CLIENT_SECRET=[SECRET]
        SSO_SCOPES="email profile offline_access"
        SSO_PKCE=true

        Note: The master password stays: it opens the vault, and the mailbox only says who comes.

        The secret is shown this once. Here is only its hash.
        --- stderr
        nobody of ours has tried this with Vaultwarden 1.35; its own documentation: https://github.com/dani-garcia/vaultwarden/wiki/Enabling-SSO-support-using-OpenId-Connect
        "#);
}

#[test]
fn a_program_on_somebodys_own_machine_has_no_secret() {
    let told = add(&installed(), &["kubelogin"]);

    insta::assert_snapshot!(told, @r#"
        exit 0
        --- stdout
        == Here: kubelogin is in the store

        [[client]]
        id = "kubelogin"
        redirect_uris = ["http://localhost:8000"]
        pkce = "required"

        == There: kubectl with kubelogin

        Issuer         https://id.example.org
        Discovery      https://id.example.org/.well-known/openid-configuration
        Client id      kubelogin
        Client secret  none
        Redirect URI   http://localhost:8000
        Scopes         openid email profile groups offline_access

        -- In the arguments of kube-apiserver

        --oidc-issuer-url=https://id.example.org
        --oidc-client-id=kubelogin
        --oidc-username-claim=email
        --oidc-groups-claim=groups

        -- On the machine of whoever uses kubectl

        kubectl config set-credentials persona \
          --exec-api-version=client.authentication.k8s.io/v1 \
          --exec-interactive-mode=Never \
          --exec-command=kubectl \
          --exec-arg=oidc-login \
          --exec-arg=get-token \
          --exec-arg=--oidc-issuer-url='https://id.example.org' \
          --exec-arg=--oidc-client-id='kubelogin' \
          --exec-arg=--oidc-extra-scope=email \
          --exec-arg=--oidc-extra-scope=groups
        --- stderr
        nobody of ours has tried this with kubelogin 1.33; its own documentation: https://github.com/int128/kubelogin
        "#);
}

#[test]
fn the_store_has_the_hash_of_a_secret_alone() {
    let folder = installed();
    let (_, secret) = added(&folder, &["grafana", "https://grafana.example.org"]);

    let mut octets = Vec::new();
    for file in std::fs::read_dir(folder.path("data")).unwrap() {
        octets.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let has = |text: &str| {
        let mut windows = octets.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    };

    assert!(has("https://grafana.example.org/login/generic_oauth"));
    let hash = protocol::jose::sha256(secret.as_bytes());
    assert!(has(&data_encoding::HEXLOWER.encode(&hash)));
    assert!(!has(&secret));
}

#[test]
fn a_client_is_kept_listed_shown_and_removed() {
    let folder = installed();
    added(&folder, &["miniflux", "https://rss.example.org"]);
    added(&folder, &["generic", "https://a.example/cb", "--id", "a"]);

    insta::assert_snapshot!(client(&folder, &["list"]), @r"
        exit 0
        --- stdout
        a         https://a.example/cb                          store
        miniflux  https://rss.example.org/oauth2/oidc/callback  store
        ");
    insta::assert_snapshot!(client(&folder, &["list", "--json"]), @r#"
        exit 0
        --- stdout
        [{"error":null,"from":"store","id":"a","name":null,"redirect_uris":["https://a.example/cb"]},{"error":null,"from":"store","id":"miniflux","name":null,"redirect_uris":["https://rss.example.org/oauth2/oidc/callback"]}]
        "#);
    insta::assert_snapshot!(without_hash(&client(&folder, &["show", "miniflux"])), @r#"
        exit 0
        --- stdout
        # store
        [[client]]
        id = "miniflux"
        secret = "sha256:[HASH]"
        redirect_uris = ["https://rss.example.org/oauth2/oidc/callback"]
        scopes = ["openid", "email", "profile"]
        "#);
    insta::assert_snapshot!(client(&folder, &["remove", "miniflux"]), @r"
        exit 0
        --- stdout
        miniflux is no longer in the store, and what it was given is worth nothing
        ");
    insta::assert_snapshot!(client(&folder, &["remove", "miniflux"]), @r"
        exit 1
        --- stderr
        miniflux is not in the store
        ");
    insta::assert_snapshot!(client(&folder, &["show", "miniflux"]), @r"
        exit 1
        --- stderr
        there is no client miniflux
        ");
}

#[test]
fn a_client_is_not_replaced_unless_somebody_says_so() {
    let folder = installed();
    let flux = ["miniflux", "https://rss.example.org"];
    let (_, first) = added(&folder, &flux);
    let shown = client(&folder, &["show", "miniflux"]);

    insta::assert_snapshot!(add(&folder, &flux), @r"
        exit 2
        --- stderr
        error: miniflux is in the store already
        hint: persona client show miniflux prints it; --replace takes its place, with a new secret; --id gives this one another name
        ");
    assert_eq!(client(&folder, &["show", "miniflux"]), shown);

    let (_, second) = added(&folder, &[&flux[..], &["--replace"]].concat());
    assert_ne!(first, second);
    assert_ne!(client(&folder, &["show", "miniflux"]), shown);
}

#[test]
fn scripts_get_the_same_as_json() {
    let told = add(&installed(), &["generic", "https://a.example/cb", "--json"]);

    let text = told.strip_prefix("exit 0\n--- stdout\n").unwrap();
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(value["id"], "generic");
    assert_eq!(value["secret"].as_str().unwrap().len(), 43);
    assert_eq!(value["kept"], true);
    assert_eq!(value["redirect_uris"][0], "https://a.example/cb");
    assert_eq!(
        value["discovery"],
        "https://id.example.org/.well-known/openid-configuration"
    );
}

#[test]
fn what_cannot_be_a_client_is_refused_and_nothing_is_kept() {
    let folder = installed();
    for (arguments, expected) in [
        (&["nextclod", "https://a.example"][..], "nextcloud"),
        (&["grafana"], "the URL is missing"),
        (&["grafana", "http://a.example"], "https"),
        (
            &["grafana", "https://a.example/'; id; '"],
            "https://a.example",
        ),
        (&["grafana", "https://a.example", "--id", "a b"], "--id"),
        (&["grafana", "https://a.example", "--allow", "*"], "--allow"),
        (&["grafana", "https://a.example", "--public"], "--public"),
        (&["generic", "javascript:alert(1)"], "scheme"),
        (
            &[
                "grafana",
                "https://a.example",
                "--issuer",
                "https://b.example",
            ],
            "no issuer",
        ),
        (
            &[
                "grafana",
                "https://a.example",
                "--redirect-uri",
                "http://b.example/",
            ],
            "https",
        ),
    ] {
        let told = add(&folder, arguments);

        assert!(told.starts_with("exit 2\n"), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
    }
    assert_eq!(client(&folder, &["list"]), "exit 0\n");
}

#[test]
fn an_installation_without_a_store_puts_its_clients_into_the_settings() {
    let folder = installed();
    let settings = folder.read("secrets/persona.toml");
    let (before, after) = settings.split_once("[storage]\nurl = ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let memory = format!("{before}[storage]\nurl = \"memory:\"\n{after}");
    folder.write("secrets/persona.toml", &memory);

    let told = add(&folder, &["generic", "https://a.example/cb"]);
    assert!(told.contains("put this into the settings"), "{told}");
    let (_, section) = told.split_once("[[client]]").unwrap();
    let (section, _) = section.split_once("\n\n").unwrap();
    folder.write(
        "secrets/persona.toml",
        &format!("{memory}\n[[client]]{section}\n"),
    );

    insta::assert_snapshot!(client(&folder, &["list"]), @r"
        exit 0
        --- stdout
        generic  https://a.example/cb  settings
        ");
}

#[tokio::test]
async fn check_says_who_of_an_allow_list_can_never_come() {
    let installation = Installation::new().await;
    let folder = &installation.folder;
    let settings = folder.read("secrets/persona.toml");
    let more = "groups = \"groups\"\n\n[[client]]\nid = \"a\"\n\
                redirect_uris = [\"https://a.example/\"]\n\
                allow = [\"example.net\", \"bob@example.com\", \"@nobody\", \"@example.org\", \"@admins\"]\n";
    folder.write("groups", "admins: alice@example.org\n");
    let twice = ["generic", "https://a.example/cb", "--id", "a"];
    add(folder, &twice);
    folder.write("secrets/persona.toml", &format!("{settings}{more}"));

    let told = installation.check("", &["--json"]);

    let text = told.split_once("--- stdout\n").unwrap().1;
    let text = text.split("--- stderr").next().unwrap();
    let report: serde_json::Value = serde_json::from_str(text).unwrap();
    let lines = report["findings"].as_array().unwrap().iter();
    let about = lines.filter(|finding| finding["code"].as_str().unwrap().starts_with("client-"));
    let about: Vec<String> = about
        .map(|f| format!("{} {} {}", f["code"], f["seen"], f["mend"]))
        .collect();
    insta::assert_snapshot!(about.join("\n"), @r#"
        "client-twice" "it is in the settings and in the store" "persona client remove a"
        "client-domain" "its allow list names example.net, and example.net is no domain of the settings" "correct allow, or add a [[domain]] with name = \"example.net\""
        "client-domain" "its allow list names bob@example.com, and example.com is no domain of the settings" "correct allow, or add a [[domain]] with name = \"example.com\""
        "client-group" "its allow list names @nobody, and no group file has that group" "correct allow, or write the line nobody: alice@example.org into the file that domain.groups names"
        "client-group" "its allow list names @example.org, and no group file has that group" "write the domain without the @: \"example.org\""
        "#);
}
