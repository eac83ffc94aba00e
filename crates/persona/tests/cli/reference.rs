//! The reference page and the sample in `docs/` are what the program prints.

use crate::program::Folder;

#[test]
fn the_pages_in_docs_are_fresh() {
    for (arguments, file, page) in [
        (
            &["reference"][..],
            "docs/reference/settings.md",
            include_str!("../../../../docs/reference/settings.md"),
        ),
        (
            &["reference", "--sample"],
            "docs/reference/persona.toml",
            include_str!("../../../../docs/reference/persona.toml"),
        ),
    ] {
        let told = Folder::new().run(arguments);

        assert_eq!(
            told,
            format!("exit 0\n--- stdout\n{page}"),
            "{file} is stale: cargo run -- {} > {file}",
            arguments.join(" ")
        );
    }
}
