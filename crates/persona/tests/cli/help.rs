//! Help, manual pages and completions: made from the definitions, so they name what is really there.

use crate::program::Folder;

/// Every command with the options that `product.md` and `docs/` tell people to type.
const PROMISED: &[(&[&str], &[&str])] = &[
    (&["demo"], &["--port"]),
    (
        &["setup"],
        &[
            "-d, --domain",
            "-w, --website",
            "-m, --mailbox",
            "-i, --issuer",
            "-r, --docroot",
            "-s, --secrets",
            "--data",
            "-l, --listen",
            "-g, --group",
            "--proxy",
            "--webfinger",
            "-n, --dry-run",
            "-f, --restart",
            "-v, --verbose",
            "--resolver",
            "-h, --help",
        ],
    ),
    (
        &["check"],
        &["--password-stdin", "--json", "--resolver", "[ADDRESS]..."],
    ),
    (
        &["serve"],
        &[
            "--issuer",
            "--listen",
            "--keys",
            "--storage",
            "--domain",
            "--mailbox",
        ],
    ),
    (&["verify"], &["<AUDIENCE>", "[FILE]", "--json"]),
    (&["alias"], &["list", "add", "remove"]),
    (&["alias", "list"], &["--json"]),
    (&["alias", "add"], &["<ALIAS>", "<TARGET>..."]),
    (&["alias", "remove"], &["<ALIAS>", "[TARGET]..."]),
    (&["key"], &["list", "rotate"]),
    (&["key", "list"], &["--json"]),
    (&["key", "rotate"], &["--algorithm"]),
    (&["client"], &["list", "show", "add", "remove", "profiles"]),
    (
        &["client", "add"],
        &[
            "<PROFILE>",
            "[URL]",
            "--id",
            "--name",
            "--allow",
            "--redirect-uri",
            "--public",
            "--trusted",
            "--issuer",
            "--replace",
            "--json",
        ],
    ),
    (&["client", "list"], &["--json"]),
    (&["client", "show"], &["<ID>", "--json"]),
    (&["client", "remove"], &["<ID>"]),
    (&["client", "profiles"], &["--json"]),
    (&["session"], &["list", "revoke"]),
    (&["session", "list"], &["--json"]),
    (&["session", "revoke"], &["[ADDRESS|ID]", "--all"]),
    (&["completions"], &["<SHELL>"]),
    (&["man"], &["<DIR>"]),
    (&["reference"], &["--sample"]),
];

#[test]
fn setup_names_all_that_can_check_passwords() {
    let help = Folder::new().run(&["setup", "--help"]);
    let (_, mailbox) = help.split_once("--mailbox").unwrap();
    let (mailbox, _) = mailbox.split_once("--resolver").unwrap();

    for scheme in [
        "smtps", "smtp", "imaps", "imap", "ldaps", "ldap", "dovecot", "file", "command",
    ] {
        let is_named = |word: &str| word.starts_with(&format!("{scheme}:"));
        assert!(mailbox.split_whitespace().any(is_named), "{scheme}: {help}");
    }
}

#[test]
fn every_command_helps_with_its_real_options_and_an_example() {
    let folder = Folder::new();
    for (command, options) in PROMISED {
        let help = folder.run(&[command, &["--help"][..]].concat());

        assert!(
            help.starts_with("exit 0\n--- stdout\n"),
            "{command:?}: {help}"
        );
        for option in options
            .iter()
            .chain(&["--config <FILE>", "--log-level", "Examples:"])
        {
            assert!(
                help.contains(option),
                "{command:?} does not name {option}:\n{help}"
            );
        }
    }
}

#[test]
fn every_option_that_help_names_is_promised_here() {
    let folder = Folder::new();
    let common = ["config", "log-level", "log-format", "help", "version"];
    for (command, options) in PROMISED {
        let help = folder.run(&[command, &["--help"][..]].concat());

        let named = help
            .lines()
            .filter(|line| line.starts_with(' ') && line.trim_start().starts_with('-'))
            .filter_map(|line| line.split_once("--"))
            .map(|(_, rest)| rest.split([' ', '\n']).next().unwrap())
            .filter(|name| !name.is_empty() && !common.contains(name));
        for name in named {
            let promised = options
                .iter()
                .any(|option| option.ends_with(&format!("--{name}")));
            assert!(
                promised,
                "{command:?} has --{name}, which nobody wrote down"
            );
        }
    }
}

#[test]
fn an_unknown_command_is_wrong_use() {
    let folder = Folder::new();

    insta::assert_snapshot!(folder.run(&["chekc"]), @r"
        exit 2
        --- stderr
        error: unrecognized subcommand 'chekc'

          tip: a similar subcommand exists: 'check'

        Usage: persona [OPTIONS] <COMMAND>

        For more information, try '--help'.
        ");
}

#[test]
fn no_command_is_wrong_use() {
    let told = Folder::new().run(&[]);

    assert!(told.starts_with("exit 2\n--- stderr\n"), "{told}");
    assert!(
        told.contains("Usage: persona [OPTIONS] <COMMAND>"),
        "{told}"
    );
}

#[test]
fn what_is_echoed_of_a_wrong_command_cannot_steer_the_terminal() {
    let told = Folder::new().run(&["\u{1b}]0;owned\u{7}"]);

    assert!(!told.contains(['\u{1b}', '\u{7}']), "{told:?}");
    assert!(told.starts_with("exit 2"), "{told}");
}

#[test]
fn the_version_is_data() {
    let told = Folder::new().run(&["--version"]);

    assert_eq!(
        told,
        format!(
            "exit 0\n--- stdout\npersona {}\n",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = Folder::new();

    insta::assert_snapshot!(folder.run(&["man", "pages"]), @r"
        exit 0
        --- stdout
        pages/persona-demo.1
        pages/persona-setup.1
        pages/persona-check.1
        pages/persona-serve.1
        pages/persona-verify.1
        pages/persona-domain-list.1
        pages/persona-domain-show.1
        pages/persona-domain-add.1
        pages/persona-domain-remove.1
        pages/persona-domain.1
        pages/persona-alias-list.1
        pages/persona-alias-add.1
        pages/persona-alias-remove.1
        pages/persona-alias.1
        pages/persona-client-list.1
        pages/persona-client-show.1
        pages/persona-client-add.1
        pages/persona-client-remove.1
        pages/persona-client-profiles.1
        pages/persona-client.1
        pages/persona-session-list.1
        pages/persona-session-revoke.1
        pages/persona-session.1
        pages/persona-key-list.1
        pages/persona-key-rotate.1
        pages/persona-key.1
        pages/persona-completions.1
        pages/persona-man.1
        pages/persona-reference.1
        pages/persona.1
        ");

    let page = folder.read("pages/persona-check.1");
    assert!(page.contains("\\-\\-password\\-stdin"), "{page}");
}

/// The pages name the options that `--help` names, short forms and all, and no others.
#[test]
fn every_manual_page_names_the_options_of_its_command() {
    let folder = Folder::new();
    folder.run(&["man", "pages"]);
    for (command, _) in PROMISED {
        let help = folder.run(&[command, &["--help"][..]].concat());
        let page = folder.read(&format!("pages/persona-{}.1", command.join("-")));

        let page = page
            .replace("\\-", "-")
            .replace("\\fB", "")
            .replace("\\fI", "")
            .replace("\\fR", "");
        // Each option begins a paragraph of its own (`.TP`).
        let paragraphs = page.split("\n.TP\n").skip(1);
        let named = options(paragraphs.filter_map(|text| text.lines().next()));
        assert_eq!(named, options(help.lines()), "{command:?}");
        assert!(named.len() > 3, "{command:?}: {named:?}");
    }
}

/// Gives the names at the beginning of each line that names an option: `-d --domain`.
fn options<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    // What is said about an option stands further in, and may begin with the name of another.
    let lines = lines
        .filter(|line| !line.starts_with("       "))
        .map(str::trim);
    let lines = lines.filter(|line| line.starts_with('-') && !line.starts_with("---"));
    let names = lines.map(|line| {
        let words = line.split([' ', ',', '=', '[']);
        let names = words.take_while(|word| word.is_empty() || word.starts_with('-'));
        let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
        names.join(" ")
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn completions_know_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = folder.run(&["completions", shell]);

        assert!(
            script.starts_with("exit 0\n--- stdout\n"),
            "{shell}: {script}"
        );
        assert!(script.contains("password-stdin"), "{shell}");
    }
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let folder = Folder::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    let output = folder
        .command(["completions", "bash"])
        .stdout(writer)
        .output()
        .unwrap();

    assert_eq!(folder.told(&output), "exit 0\n");
}
