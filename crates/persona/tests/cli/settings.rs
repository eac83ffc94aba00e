//! Bad settings stop the program before it listens: place, sentence, line, remedy; exit 2.

use crate::program::Folder;

pub(crate) const GOOD: &str = "issuer = \"https://id.example.org\"\n\
                    [[domain]]\n\
                    name = \"example.org\"\n\
                    mailbox = \"smtps://mail.example.org\"\n";

/// Serves with settings that cannot be served with.
pub(crate) fn refused(text: &str) -> String {
    let folder = Folder::new();
    folder.write("persona.toml", text);
    folder.run(&["serve", "--config", "persona.toml"])
}

fn refused_with(name: &str, value: &str) -> String {
    let folder = Folder::new();
    folder.write("persona.toml", GOOD);
    folder.run_with(name, value, &["serve", "--config", "persona.toml"])
}

#[test]
fn an_unknown_key_names_its_line_and_the_nearest_key() {
    insta::assert_snapshot!(refused(&GOOD.replace("mailbox", "mailbx")), @r#"
        exit 2
        --- stderr
        error: persona.toml:4:1: unknown key `mailbx` in [[domain]]
          |
        4 | mailbx = "smtps://mail.example.org"
          | ^^^^^^
        hint: did you mean `mailbox`?
        "#);
}

#[test]
fn an_unknown_section_names_its_line() {
    insta::assert_snapshot!(refused(&format!(
        "{GOOD}[lisen]\naddress = \"127.0.0.1:1\"\n"
    )), @r"
        exit 2
        --- stderr
        error: persona.toml:5:2: unknown key `lisen`
          |
        5 | [lisen]
          |  ^^^^^
        hint: did you mean `listen`?
        ");
}

#[test]
fn a_key_like_no_other_is_told_what_is_known() {
    insta::assert_snapshot!(refused(&format!("{GOOD}[session]\nxyzzy = 1\n")), @r"
        exit 2
        --- stderr
        error: persona.toml:6:1: unknown key `xyzzy` in [session]
          |
        6 | xyzzy = 1
          | ^^^^^
        hint: known here: lifetime, cookie
        ");
}

#[test]
fn a_missing_key_names_its_section_and_an_example() {
    insta::assert_snapshot!(refused(
        "issuer = \"https://id.example.org\"\n[[domain]]\nname = \"example.org\"\n"
    ), @r#"
        exit 2
        --- stderr
        error: persona.toml:2:1: `mailbox` is missing in [[domain]]
          |
        2 | [[domain]]
          | ^^^^^^^^^^
        hint: add a line such as: mailbox = "smtps://mail.example.org"
        "#);
}

#[test]
fn a_missing_issuer_has_no_line() {
    insta::assert_snapshot!(refused(
        "[[domain]]\nname = \"example.org\"\nmailbox = \"smtps://mail.example.org\"\n"
    ), @r#"
        exit 2
        --- stderr
        error: persona.toml: `issuer` is missing
        hint: add a line such as: issuer = "https://id.example.org"
        "#);
}

#[test]
fn a_wrong_type_shows_how_it_is_written() {
    insta::assert_snapshot!(refused(&format!("{GOOD}[session]\nlifetime = 30\n")), @r#"
        exit 2
        --- stderr
        error: persona.toml:6:12: `session.lifetime`: wrong kind of value: integer `30`, expected text in quotes
          |
        6 | lifetime = 30
          |            ^^
        hint: write it like this: lifetime = "12h"
        "#);
}

#[test]
fn a_bad_value_says_what_would_be_good() {
    insta::assert_snapshot!(refused(&format!(
        "{GOOD}[session]\nlifetime = \"a month\"\n"
    )), @r#"
        exit 2
        --- stderr
        error: persona.toml:6:12: `session.lifetime`: "a month" is no length of time: write 10s, 15m, 24h or 30d
          |
        6 | lifetime = "a month"
          |            ^^^^^^^^^
        "#);
}

#[test]
fn a_bad_word_names_the_nearest() {
    insta::assert_snapshot!(refused(&format!("{GOOD}login = \"localpart\"\n")), @r#"
        exit 2
        --- stderr
        error: persona.toml:5:9: `domain[0].login`: unknown word `localpart`, expected `address` or `local-part`
          |
        5 | login = "localpart"
          |         ^^^^^^^^^^^
        hint: did you mean `local-part`?
        "#);
}

#[test]
fn a_bad_mailbox_is_refused_at_once() {
    insta::assert_snapshot!(refused(&GOOD.replace("smtps://", "pop3s://")), @r#"
        exit 2
        --- stderr
        error: persona.toml:4:11: `domain[0].mailbox`: mail servers are asked over smtps://, smtp://, imaps:// or imap://, not pop3s://
          |
        4 | mailbox = "pop3s://mail.example.org"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^
        "#);
    insta::assert_snapshot!(refused(&GOOD.replace("smtps://", "smtps://alice:secret@")), @r"
        exit 2
        --- stderr
        error: persona.toml:4:11: `domain[0].mailbox`: a mailbox URL holds no user name or password: remove everything up to the @
        ");
}

#[test]
fn a_password_in_a_mailbox_url_is_not_repeated() {
    for url in [
        "smtps://alice:secret@mail.example.org",
        "smtps://alice:sec/secret@mail.example.org",
        "smtps://alice:sec?secret@mail.example.org",
        "imaps://alice:secret@mail.example.org",
        "smtps:alice:secret@mail.example.org",
        "alice:secret@mail.example.org",
        "smtps://alice:secret\\u0040mail.example.org",
        "smtps://mail.example.org:465@secret",
    ] {
        let mailbox = "smtps://mail.example.org";
        let parsed = url.replace("\\u0040", "@");
        let inline = format!("domain = [{{ name = \"..\", mailbox = \"{url}\" }}]\n");
        let folder = Folder::new();
        for told in [
            refused(&GOOD.replace(mailbox, url)),
            refused(&GOOD.replace(mailbox, url).replace("mailbox", "mailbx")),
            refused(&GOOD.replace(&format!("{mailbox}\""), url)),
            refused(&format!("issuer = \"https://id.example.org\"\n{inline}")),
            refused_with("PERSONA_DOMAIN__0__MAILBOX", &parsed),
            folder.run(&[
                "setup",
                "-s",
                "s",
                "--data",
                "d",
                "-d",
                "a.example",
                "-m",
                &parsed,
            ]),
        ] {
            assert!(told.starts_with("exit 2"), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
}

#[test]
fn text_that_is_no_toml_names_its_line() {
    insta::assert_snapshot!(refused(&format!("{GOOD}[session\n")), @r"
        exit 2
        --- stderr
        error: persona.toml:5:9: unclosed table, expected `]`
          |
        5 | [session
          |         ^
        ");
}

#[test]
fn a_plain_http_issuer_is_refused() {
    insta::assert_snapshot!(refused(&GOOD.replace("https:", "http:")), @r#"
        exit 2
        --- stderr
        error: persona.toml:1:10: the issuer must be an https origin; plain http is for localhost only
          |
        1 | issuer = "http://id.example.org"
          |          ^^^^^^^^^^^^^^^^^^^^^^^
        hint: issuer = "https://id.example.org"
        "#);
}

#[test]
fn an_issuer_that_is_an_address_is_refused_even_on_this_machine() {
    let address = GOOD.replace("https://id.example.org", "http://127.0.0.1:7070");

    insta::assert_snapshot!(refused(&address), @r#"
        exit 2
        --- stderr
        error: persona.toml:1:10: the issuer must have a name, because certificates carry it; this is an address
          |
        1 | issuer = "http://127.0.0.1:7070"
          |          ^^^^^^^^^^^^^^^^^^^^^^^
        hint: use a name, such as http://id.localhost:7070 to try it on one machine
        "#);
}

#[test]
fn a_domain_is_there_once() {
    let again = GOOD.lines().skip(1).collect::<Vec<_>>().join("\n");

    insta::assert_snapshot!(refused(&format!("{GOOD}{again}\n")), @r#"
        exit 2
        --- stderr
        error: persona.toml:6:8: the domain example.org is there twice
          |
        6 | name = "example.org"
          |        ^^^^^^^^^^^^^
        hint: the other one is at persona.toml:3:8
        hint: keep one of the two [[domain]] sections
        "#);
}

#[test]
fn two_domains_cannot_share_a_server_by_local_part() {
    let one = "[[domain]]\nname = \"a.example\"\nmailbox = \"smtps://mail.example.org\"\nlogin = \"local-part\"\n";
    let other = one.replace("a.example", "b.example");

    insta::assert_snapshot!(refused(&format!(
        "issuer = \"https://id.example.org\"\n{one}{other}"
    )), @r#"
        exit 2
        --- stderr
        error: persona.toml:5:9: a.example is asked by local part alone at mail.example.org, where another domain is asked too, so the users of one could be taken for those of the other
          |
        5 | login = "local-part"
          |         ^^^^^^^^^^^^
        hint: the other one is at persona.toml:8:11
        hint: use login = "address", or a mail server for this domain alone
        "#);
}

#[test]
fn without_a_domain_nothing_is_served() {
    insta::assert_snapshot!(refused("issuer = \"https://id.example.org\"\n"), @r#"
        exit 2
        --- stderr
        error: persona.toml: no mail domain is configured, so there is nobody to vouch for
        hint: add a [[domain]] with name = "example.org" and mailbox = "smtps://mail.example.org"
        "#);
}

#[test]
fn a_variable_is_named_by_its_name() {
    insta::assert_snapshot!(refused_with("PERSONA_LISTEN__ADDRESS", "nowhere"), @r#"
        exit 2
        --- stderr
        error: PERSONA_LISTEN__ADDRESS: `listen.address`: "nowhere" is no address to listen at: write 127.0.0.1:7070, [::1]:7070 or unix:/path
        "#);
}

#[test]
fn an_unknown_variable_is_an_error_too() {
    insta::assert_snapshot!(refused_with("PERSONA_LISTEN__ADRESS", "127.0.0.1:7070"), @r"
        exit 2
        --- stderr
        error: PERSONA_LISTEN__ADRESS: unknown key `adress` in [listen]
        hint: did you mean `address`?
        ");
}

#[test]
fn a_variable_cannot_leave_out_a_domain() {
    insta::assert_snapshot!(refused_with("PERSONA_DOMAIN__3__NAME", "example.net"), @r"
        exit 2
        --- stderr
        error: PERSONA_DOMAIN__3__NAME: there is no number 3: the list has 1, and counting starts at 0
        ");
}

#[test]
fn a_bad_log_level_is_named() {
    insta::assert_snapshot!(refused_with("PERSONA_LOG", "loud"), @r#"
        exit 2
        --- stderr
        error: PERSONA_LOG: "loud" is not known here
        hint: use one of: error, warn, info, debug, trace
        "#);
}

#[test]
fn a_flag_is_named_by_its_name() {
    let folder = Folder::new();
    folder.write("persona.toml", GOOD);

    insta::assert_snapshot!(folder.run(&[
        "serve",
        "--config",
        "persona.toml",
        "--listen",
        "nowhere"
    ]), @r#"
        exit 2
        --- stderr
        error: --listen: `listen.address`: "nowhere" is no address to listen at: write 127.0.0.1:7070, [::1]:7070 or unix:/path
        "#);
}

#[test]
fn no_settings_at_all_say_how_to_make_them() {
    insta::assert_snapshot!(Folder::new().run(&["serve", "--config", "persona.toml"]), @r"
        exit 2
        --- stderr
        error: there are no settings at persona.toml
        hint: make them: persona setup --domain example.org --mailbox smtps://mail.example.org
        hint: or name the file: --config FILE, or PERSONA_CONFIG=FILE
        ");
}

#[test]
fn the_environment_can_name_the_file() {
    let told = Folder::new().run_with("PERSONA_CONFIG", "elsewhere.toml", &["serve"]);

    assert!(
        told.starts_with("exit 2\n--- stderr\nerror: there are no settings at elsewhere.toml\n"),
        "{told}"
    );
}

#[test]
fn a_file_cannot_steer_the_terminal() {
    let told = refused(&GOOD.replace("issuer", "# \u{1b}[2J\n\"\\u001b[2Jissuer\""));

    assert!(!told.contains('\u{1b}'), "{told:?}");
    assert!(told.starts_with("exit 2"), "{told}");
}

#[test]
fn what_is_promised_for_later_is_no_typing_mistake() {
    let admin = format!("{GOOD}[admin]\naddress = \"127.0.0.1:7071\"\n");
    let tls = format!("{GOOD}[listen]\ntls = {{ certificate = \"c\" }}\n");

    insta::assert_snapshot!(refused(&admin), @r"
        exit 2
        --- stderr
        error: persona.toml:5:2: `admin` is not built yet
          |
        5 | [admin]
          |  ^^^^^
        hint: this version does without it: leave it out until a version that has it
        ");
    insta::assert_snapshot!(refused(&tls), @r#"
        exit 2
        --- stderr
        error: persona.toml:6:1: `tls` in [listen] is not built yet
          |
        6 | tls = { certificate = "c" }
          | ^^^
        hint: this version does without it: leave it out until a version that has it
        "#);
}
