//! `persona setup --docroot`: the document as a file of a web site that stays in charge of its host.

use e2e::servers::accounts::ALICE;
use e2e::servers::web_server::{OWN_PAGE, OWN_TEXT, Program};
use serde_json::json;

use crate::stage::{Stage, Wanted, json_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_domains_own_site_says_who_speaks_for_it() {
    for program in Program::ALL {
        let flags = vec!["-w", "https://www.example.test/", "-r", "{}"];
        let wanted = Wanted {
            flags,
            ..Wanted::of(program)
        };
        let mut stage = Stage::set(wanted).await;
        stage.persona.stop();

        let answer = stage.get("https://example.test/.well-known/browserid");

        assert_eq!(json_of(&answer), json!({ "authority": "id.example.test" }));
        let own = stage.get(&format!("https://example.test{OWN_PAGE}"));
        assert_eq!((own.status, own.text()), (200, OWN_TEXT.to_owned()));
        stage.is_not_found_by_the_web_server("https://example.test/.well-known/browserid.txt");
        stage.is_not_found_by_the_web_server("https://example.test/persona/auth/ping");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_domains_own_site_leads_programs_to_the_issuer() {
    for program in Program::ALL {
        let flags = vec!["-w", "https://www.example.test/", "-r", "{}", "--webfinger"];
        let wanted = Wanted {
            flags,
            ..Wanted::of(program)
        };
        let stage = Stage::set(wanted).await;
        let path = "/.well-known/webfinger?resource=acct:alice%40example.test";

        let file = stage.get(&format!("https://example.test{path}"));
        let asked = stage.issuer(path);
        let configuration = stage.issuer("/.well-known/openid-configuration");

        assert_eq!(file.header("content-type"), Some("application/jrd+json"));
        assert_eq!(file.header("access-control-allow-origin"), Some("*"));
        let links = file.json().unwrap()["links"].clone();
        assert_eq!(links[0]["href"], "https://id.example.test", "{program:?}");
        assert_eq!(asked.json().unwrap()["links"], links, "{program:?}");
        assert_eq!(json_of(&configuration)["issuer"], links[0]["href"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issuers_own_document_can_be_a_file_and_says_the_same() {
    for program in Program::ALL {
        let wanted = Wanted {
            issuer: "https://example.test",
            flags: vec!["-w", "https://example.test", "-r", "{}"],
            ..Wanted::of(program)
        };
        let stage = Stage::set(wanted).await;
        let http = testkit::http::Client::with_cookies();
        let served = stage.persona.get(&http, "/.well-known/browserid").await;

        let file = stage.issuer("/.well-known/browserid");
        let signed_in = stage.sign_in("/persona/auth/login/");

        assert!(json_of(&file)["public-key"].is_object());
        assert_eq!(file.text(), served.unwrap().text(), "{program:?}");
        assert_eq!(signed_in.status, 303, "{program:?}: {signed_in:?}");
        let session = format!("/persona/auth/has-session/?email={ALICE}");
        assert_eq!(stage.issuer(&session).text(), "OK", "{program:?}");
    }
}

/// A content management system answers for every address that is no file, and hides what begins with
/// a dot. Its site has a document root that is none: what is written there is not what it serves.
#[tokio::test(flavor = "multi_thread")]
async fn a_content_management_system_keeps_all_but_our_paths() {
    for (program, own) in [
        (Program::Nginx, CMS_NGINX),
        (Program::Apache, CMS_APACHE),
        (Program::Caddy, CMS_CADDY),
    ] {
        let flags = vec!["-w", "https://example.test", "-r", "{}"];
        let wanted = Wanted {
            flags,
            own,
            ..Wanted::of(program)
        };
        let stage = Stage::set(wanted).await;
        stage.web.put("front.html", FRONT).unwrap();

        let delegation = stage.get("https://example.test/.well-known/browserid");
        let document = stage.issuer("/.well-known/browserid");
        let signed_in = stage.sign_in("/persona/auth/login/");

        assert_eq!(
            json_of(&delegation),
            json!({ "authority": "id.example.test" })
        );
        assert!(json_of(&document)["public-key"].is_object());
        assert_eq!(signed_in.status, 303, "{program:?}: {signed_in:?}");
        for theirs in [
            "https://example.test/persona/login/",
            "https://example.test/articles/7",
            "https://id.example.test/articles/7",
        ] {
            let answer = stage.get(theirs);
            assert_eq!(
                (answer.status, answer.text()),
                (200, FRONT.to_owned()),
                "{program:?} {theirs}"
            );
        }
    }
}

/// The same where the system's rules are in a file of its document root, and ours is there as well.
#[tokio::test(flavor = "multi_thread")]
async fn rules_in_an_htaccess_file_do_not_take_the_document_away() {
    let wanted = Wanted {
        flags: vec!["-w", "https://example.test", "-r", "{}"],
        own: "DocumentRoot \"{}\"\n<Directory \"{}\">\nAllowOverride All\nRequire all granted\n\
              </Directory>\n",
        ..Wanted::of(Program::Apache)
    };
    let stage = Stage::set(wanted).await;
    let folder = &stage.persona.folder;
    folder.write("site/front.html", FRONT).unwrap();
    folder.write("site/.htaccess", CMS_HTACCESS).unwrap();

    let delegation = stage.get("https://example.test/.well-known/browserid");
    let theirs = stage.get("https://example.test/.well-known/browserid.txt");
    let signed_in = stage.sign_in("/persona/auth/login/");

    assert_eq!(
        json_of(&delegation),
        json!({ "authority": "id.example.test" })
    );
    assert_eq!((theirs.status, theirs.text()), (200, FRONT.to_owned()));
    assert_eq!(signed_in.status, 303, "{signed_in:?}");
}

const FRONT: &str = "The page of a content management system.\n";

const CMS_NGINX: &str = r"
location / { try_files $uri /front.html; }
location ~ /\. { deny all; }
";

const CMS_APACHE: &str = r#"
RewriteEngine On
RewriteCond %{DOCUMENT_ROOT}%{REQUEST_URI} !-f
RewriteRule ^ /front.html [L]
<DirectoryMatch "/\.">
Require all denied
</DirectoryMatch>
"#;

const CMS_HTACCESS: &str = r"
RewriteEngine On
RewriteCond %{REQUEST_URI} !^/front\.html$
RewriteRule ^ front.html [L]
";

const CMS_CADDY: &str = "
handle {
try_files {path} /front.html
file_server
}
";
