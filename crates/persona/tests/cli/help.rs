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
            "-n, --dry-run",
            "-f, --restart",
            "-v, --verbose",
            "--resolver",
            "-h, --help",
        ],
    ),
    (&["check"], &["--password-stdin", "--json", "[ADDRESS]..."]),
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
    (&["session"], &["list", "revoke"]),
    (&["session", "list"], &["--json"]),
    (&["session", "revoke"], &["[ADDRESS|ID]", "--all"]),
    (&["completions"], &["<SHELL>"]),
    (&["man"], &["<DIR>"]),
    (&["reference"], &["--sample"]),
];

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
        pages/persona-session-list.1
        pages/persona-session-revoke.1
        pages/persona-session.1
        pages/persona-completions.1
        pages/persona-man.1
        pages/persona-reference.1
        pages/persona.1
        ");

    let page = folder.read("pages/persona-check.1");
    assert!(page.contains("\\-\\-password\\-stdin"), "{page}");
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
