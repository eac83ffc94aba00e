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

    insta::assert_snapshot!(installation.folder.run(&serve_arguments()), @r"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setup_makes_the_key_of_an_issuer_that_was_added() {
    let installation = Installation::new().await;
    add_example_net(&installation);

    let told = crate::setup::set_up(&installation.folder, &[]);

    insta::assert_snapshot!(installation.without_port(&told), @r"");
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

    insta::assert_snapshot!(told, @r"");
    drop(server);
}
