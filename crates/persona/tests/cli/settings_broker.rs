//! Bad settings of brokers and of the way out: place, sentence, remedy, and no secret.

use crate::settings::{GOOD, refused};

fn before_the_domain(more: &str) -> String {
    GOOD.replace("[[domain]]", &format!("{more}\n[[domain]]"))
}

#[test]
fn a_relays_password_is_never_repeated() {
    let section =
        "[broker.fallback]\nsmtp = \"smtps://mail.example.org\"\nfrom = \"p@example.org\"\n";

    for more in [
        format!("{section}user = \"p\"\npasswrd = \"hunter2\""),
        format!("{section}password = \"hunter2\""),
        format!("{section}password = \"hunter2"),
        format!("{section}user = \"p\"\npassword = [\"hunter2\"]"),
        format!("{section}user = \"p\"\npassword = {{ hunter2 = \"hunter2\" }}")
            .replace("{ hunter2", "{ path"),
        "[broker]\nfallback = { smtp = \"x\", password = \"hunter2\" }".to_owned(),
        "[broker]\nfallbck = { passwrd = \"hunter2\" }".to_owned(),
    ] {
        let told = refused(&before_the_domain(&more));

        assert!(told.starts_with("exit 2"), "{more}: {told}");
        assert!(!told.contains("hunter2"), "{more}: {told}");
    }
    insta::assert_snapshot!(refused(&before_the_domain(&format!("{section}user = \"p\"\npassword = 271828"))), @r#"
        exit 2
        --- stderr
        error: persona.toml:6:12: `broker.fallback.password`: write a secret as "text in quotes", { file = "/path" } or { env = "NAME" }
        "#);
    insta::assert_snapshot!(refused(&before_the_domain(&format!("{section}user = \"p\"\npassword = {{ file = \"no-such-file\" }}"))), @r"
        exit 2
        --- stderr
        error: broker.fallback.password: no-such-file: No such file or directory (os error 2)
        ");
}

#[test]
fn a_bad_word_about_others_names_its_place() {
    insta::assert_snapshot!(refused(&before_the_domain("[broker]\nfallback = { smtp = \"smtps://mail.example.org\", form = \"x\" }")), @r"
        exit 2
        --- stderr
        error: persona.toml:3:49: unknown key `form` in [broker.fallback]
        hint: did you mean `from`?
        ");
    insta::assert_snapshot!(refused(&before_the_domain("[broker]\ntrusted = [\"http://b.example\"]")), @r#"
        exit 2
        --- stderr
        error: persona.toml:3:12: a trusted broker must be an https origin; plain http is for localhost only
          |
        3 | trusted = ["http://b.example"]
          |            ^^^^^^^^^^^^^^^^^^
        hint: write "https://b.example"
        "#);
    insta::assert_snapshot!(refused(&before_the_domain("[outbound]\nhosts = { \"idp.example\" = \"somewhere\" }")), @r#"
        exit 2
        --- stderr
        error: persona.toml:3:27: `outbound.hosts.idp.example`: invalid socket address syntax
          |
        3 | hosts = { "idp.example" = "somewhere" }
          |                           ^^^^^^^^^^^
        "#);
}
