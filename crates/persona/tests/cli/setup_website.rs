//! `persona setup` for a web site that stays in charge of its host: `--website`, `--docroot`, and the
//! lines for each web server.

use std::os::unix::fs::symlink;

use crate::program::{Folder, mode};
use crate::setup::{TWO_DOMAINS, contents, set_up};

const SITE: [&str; 4] = [
    "-w",
    "https://www.example.org/shop",
    "-m",
    "smtps://mail.example.org",
];

#[test]
fn the_domain_is_taken_from_the_web_site() {
    let folder = Folder::new();

    let told = set_up(&folder, &SITE);

    assert!(told.starts_with("exit 0"), "{told}");
    assert!(told.ends_with("the domain is example.org, that of --website\n"));
    let settings = folder.read("secrets/persona.toml");
    assert!(settings.contains("name = \"example.org\""), "{settings}");
    assert!(settings.contains("issuer = \"https://id.example.org\""));
}

#[test]
fn a_web_site_that_is_none_or_not_of_these_domains_is_refused() {
    let folder = Folder::new();
    insta::assert_snapshot!(set_up(&folder, &["-w", "example.org", "-m", "smtps://m.example.org"]), @r"
        exit 2
        --- stderr
        error: --website: example.org is not the address of a web site
        hint: write it as a browser shows it, such as https://www.example.org
        ");
    insta::assert_snapshot!(set_up(&folder, &[&TWO_DOMAINS[..], &["-w", "https://shop.example"]].concat()), @r"
        exit 2
        --- stderr
        error: --website: shop.example is neither the issuer's host nor one of the domains
        hint: add a [[domain]] for shop.example to the settings, or say --domain shop.example
        ");
    insta::assert_snapshot!(set_up(&folder, &[&SITE[..], &["-r", "a{b}"]].concat()), @r"
        exit 2
        --- stderr
        the domain is example.org, that of --website
        error: --docroot: [DIR]/a{b} has a character that means something else to web servers
        hint: name another directory, or make a symbolic link to it
        ");
    assert!(contents(&folder).is_empty());
}

#[test]
fn a_document_root_gets_the_delegation_for_everybody_to_read() {
    let folder = Folder::new();

    let told = set_up(&folder, &[&SITE[..], &["-r", "site"]].concat());

    let (listed, _) = told.split_once("\nLeft to do:").unwrap();
    insta::assert_snapshot!(listed, @r"
        exit 0
        --- stdout
        wrote  0750  [DIR]/secrets
        wrote  0750  [DIR]/secrets/keys
        wrote  0640  [DIR]/secrets/keys/browserid.pem
        wrote  0750  [DIR]/secrets/keys/oidc
        wrote  0640  [DIR]/secrets/keys/oidc/subject.key
        wrote  0640  [DIR]/secrets/keys/oidc/rs256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/oidc/es256-[TIME].pem
        wrote  0640  [DIR]/secrets/keys/oidc/eddsa-[TIME].pem
        wrote  0770  [DIR]/data
        wrote  0660  [DIR]/data/persona.db
        wrote  0755  [DIR]/site
        wrote  0755  [DIR]/site/.well-known
        wrote  0644  [DIR]/site/.well-known/browserid
        wrote  0640  [DIR]/secrets/persona.toml
        ");
    assert_eq!(
        folder.read("site/.well-known/browserid"),
        r#"{"authority":"id.example.org"}"#
    );
    assert_eq!(mode(&folder.path("site/.well-known/browserid")), 0o644);
    assert_eq!(mode(&folder.path("site/.well-known")), 0o755);
}

/// Web servers run as somebody else, whatever the operator's own umask says.
#[test]
fn everybody_may_read_the_document_whoever_hides_what_they_make() {
    let folder = Folder::new();
    let setup = format!(
        "umask 077; exec {} setup -s secrets --data data -r site {}",
        env!("CARGO_BIN_EXE_persona"),
        SITE.join(" ")
    );

    let status = std::process::Command::new("sh")
        .args(["-c", &setup])
        .current_dir(folder.path(""))
        .output()
        .unwrap()
        .status;

    assert!(status.success());
    assert_eq!(mode(&folder.path("site/.well-known/browserid")), 0o644);
    assert_eq!(mode(&folder.path("site/.well-known")), 0o755);
    assert_eq!(mode(&folder.path("site")), 0o755);
}

/// The attack: whoever may write into the document root makes a link there, and root follows it.
#[test]
fn a_link_in_the_document_root_leads_setup_nowhere() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("site")).unwrap();
    std::fs::create_dir(folder.path("elsewhere")).unwrap();
    symlink(folder.path("elsewhere"), folder.path("site/.well-known")).unwrap();

    let told = set_up(&folder, &[&SITE[..], &["-r", "site"]].concat());

    insta::assert_snapshot!(told, @r"
        exit 3
        --- stderr
        the domain is example.org, that of --website
        error: [DIR]/site/.well-known is a symbolic link, and is not followed
        hint: make it a directory, or let the web server pass /.well-known/browserid on
        ");
    assert_eq!(
        std::fs::read_dir(folder.path("elsewhere")).unwrap().count(),
        0
    );
    assert!(!folder.path("secrets").exists(), "all is taken back");
}

/// The attack: what is there has no end, and is read by root.
#[test]
fn a_document_that_is_no_file_is_not_read() {
    for target in ["/dev/zero", "nowhere"] {
        let folder = Folder::new();
        std::fs::create_dir_all(folder.path("site/.well-known")).unwrap();
        symlink(target, folder.path("site/.well-known/browserid")).unwrap();

        let told = set_up(&folder, &[&SITE[..], &["-r", "site"]].concat());

        assert!(told.starts_with("exit 0"), "{told}");
        assert!(
            told.contains("site/.well-known/browserid stays, but says something else"),
            "{told}"
        );
    }
}

#[test]
fn the_issuers_document_root_gets_the_key() {
    let folder = Folder::new();
    let issuer = ["-i", "https://example.org", "-r", "site"];

    let told = set_up(&folder, &[&SITE[..], &issuer].concat());

    assert!(told.starts_with("exit 0"), "{told}");
    let document = folder.read("site/.well-known/browserid");
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["public-key"]["algorithm"], "RS", "{document}");
    assert_eq!(document["authentication"], "/persona/login/");
    assert_eq!(document["provisioning"], "/persona/provisioning/");
}

#[test]
fn a_document_that_is_there_stays_unless_all_is_redone() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("site/.well-known")).unwrap();
    folder.write("site/.well-known/browserid", "{\"disabled\":true}");
    set_up(&folder, &SITE);
    let before = contents(&folder);

    let kept = set_up(&folder, &["-r", "site"]);
    assert_eq!(contents(&folder), before);
    let redone = set_up(&folder, &["--restart", "-r", "site"]);
    let again = set_up(&folder, &["-r", "site"]);

    let (_, talk) = kept.split_once("--- stderr\n").unwrap();
    assert_eq!(
        talk,
        "[DIR]/site/.well-known/browserid stays, but says something else than this installation \
         would; --restart replaces it\n"
    );
    assert!(redone.contains("moved  0644  [DIR]/site/.well-known/browserid.replaced-1"));
    assert!(redone.contains("wrote  0644  [DIR]/site/.well-known/browserid"));
    assert!(!redone.contains("--- stderr"), "{redone}");
    assert!(again.contains("kept   0644  [DIR]/site/.well-known/browserid"));
    assert!(!again.contains("--- stderr"), "{again}");
    let delegation = r#"{"authority":"id.example.org"}"#;
    assert_eq!(folder.read("site/.well-known/browserid"), delegation);
}

#[test]
fn a_document_root_that_is_a_file_leaves_nothing_behind() {
    let folder = Folder::new();
    folder.write("site", "this is a file");

    let told = set_up(&folder, &[&SITE[..], &["-r", "site"]].concat());

    assert!(told.starts_with("exit 3"), "{told}");
    assert_eq!(contents(&folder).len(), 1);
}

#[test]
fn each_web_server_has_its_own_lines() {
    let folder = Folder::new();
    set_up(&folder, &SITE);
    let lines = |proxy: &str| {
        let told = set_up(&folder, &["-r", "site", "--proxy", proxy]);
        let (_, left) = told.split_once("\n2. ").unwrap();
        left.split_once("\n3. ").unwrap().0.to_owned()
    };

    insta::assert_snapshot!(lines("apache"), @r#"
        Hand these paths to the server; the web server keeps all others.
           For Apache, in the <VirtualHost> of https://id.example.org, above rewrite lines of its own
           (once before: a2enmod proxy proxy_http headers):

           <LocationMatch "^/(\.well-known/browserid|\.well-known/openid-configuration|persona/.*|include\.js|include\.d\.ts|verify|v2|sign_in|provisioning_api\.js|authentication_api\.js)$">
              ProxyPassMatch "http://127.0.0.1:7070"
              ProxyPreserveHost On
              ProxyAddHeaders On
              RequestHeader unset X-Forwarded-For
              RequestHeader unset Forwarded
              Require all granted
           </LocationMatch>
           <IfModule mod_rewrite.c>
              RewriteEngine On
              RewriteRule "^/(\.well-known/browserid|\.well-known/openid-configuration|persona/.*|include\.js|include\.d\.ts|verify|v2|sign_in|provisioning_api\.js|authentication_api\.js)$" "-" [END]
           </IfModule>

           and, so that the domain's own file says who speaks for it, in the <VirtualHost> of
           https://example.org:

           AliasMatch "^/\.well-known/browserid$" "[DIR]/site/.well-known/browserid"
           <LocationMatch "^/\.well-known/browserid$">
              ForceType application/json
              Require all granted
           </LocationMatch>
           <IfModule mod_rewrite.c>
              RewriteEngine On
              RewriteRule "^/(\.well-known/browserid)$" "-" [END]
           </IfModule>

           Another web server: persona setup --config [DIR]/secrets/persona.toml --proxy nginx, apache, caddy, traefik or all
        "#);
    insta::assert_snapshot!(lines("caddy"), @r#"
        Hand these paths to the server; the web server keeps all others.
           For Caddy, in the site block of https://id.example.org:

           @persona path /.well-known/browserid /.well-known/openid-configuration /persona/* /include.js /include.d.ts /verify /v2 /sign_in /provisioning_api.js /authentication_api.js
           handle @persona {
              reverse_proxy 127.0.0.1:7070 {
                 header_up -Forwarded
              }
           }

           and, so that the domain's own file says who speaks for it, in the site block of
           https://example.org:

           handle /.well-known/browserid {
              root * "[DIR]/site"
              header Content-Type application/json
              file_server
           }

           Another web server: persona setup --config [DIR]/secrets/persona.toml --proxy nginx, apache, caddy, traefik or all
        "#);
    let traefik = lines("traefik");
    assert!(
        traefik.contains(
            "For Traefik, in a file of its file provider, for https://id.example.org\n   \
             (written from its documentation, and not tried):\n"
        ),
        "{traefik}"
    );
    assert!(
        traefik.contains(
            "# Traefik serves no files: lead /.well-known/browserid to a web server that has "
        ),
        "{traefik}"
    );
    let all = lines("all");
    for name in ["nginx", "Apache", "Caddy", "Traefik"] {
        assert!(all.contains(&format!("   For {name}, in ")), "{all}");
    }
}

#[test]
fn a_web_site_answers_webfinger_where_that_is_wanted() {
    let folder = Folder::new();

    let told = set_up(
        &folder,
        &[
            &SITE[..],
            &["-r", "site", "--webfinger", "--proxy", "caddy"],
        ]
        .concat(),
    );

    assert!(
        told.contains("wrote  0644  [DIR]/site/.well-known/webfinger"),
        "{told}"
    );
    let answer = folder.read("site/.well-known/webfinger");
    assert_eq!(
        answer,
        r#"{"links":[{"href":"https://id.example.org","rel":"http://openid.net/specs/connect/1.0/issuer"}]}"#
    );
    let (_, lines) = told
        .split_once("so that the domain's own file says")
        .unwrap();
    let (lines, _) = lines.split_once("\n3. ").unwrap();
    insta::assert_snapshot!(lines, @r#"
         who speaks for it, in the site block of
           https://example.org:

           handle /.well-known/browserid {
              root * "[DIR]/site"
              header Content-Type application/json
              file_server
           }
           handle /.well-known/webfinger {
              root * "[DIR]/site"
              header Content-Type application/jrd+json
              header Access-Control-Allow-Origin *
              file_server
           }

           Another web server: persona setup --config [DIR]/secrets/persona.toml --proxy nginx, apache, caddy, traefik or all
        "#);
    let passed = set_up(&folder, &["--webfinger", "--proxy", "caddy"]);
    assert!(
        passed.contains("   @persona path /.well-known/browserid /.well-known/webfinger\n"),
        "{passed}"
    );
    let without = set_up(&folder, &["--proxy", "caddy"]);
    assert!(!without.contains("webfinger"), "{without}");
}

/// It cannot be tried here, so at least the page has what is printed.
#[test]
fn the_page_about_traefik_has_the_lines_that_are_printed() {
    let folder = Folder::new();
    let named = ["-d", "example.org", "-m", "smtps://mail.example.org"];

    let told = set_up(&folder, &[&named[..], &["--proxy", "traefik"]].concat());

    let without_indent = |text: &str| {
        let lines = text.lines().map(str::trim);
        lines.collect::<Vec<_>>().join("\n")
    };
    let page = without_indent(include_str!("../../../../docs/guide/traefik.md"));
    let blocks = told.split("\n\n").map(without_indent);
    let blocks: Vec<String> = blocks.filter(|block| block.starts_with("http:")).collect();
    assert_eq!(blocks.len(), 2, "{told}");
    for block in blocks {
        assert!(page.contains(&block), "{block}");
    }
}
