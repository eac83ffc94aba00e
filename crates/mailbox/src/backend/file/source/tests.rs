use super::*;
use crate::url::MailboxUrl;

/// The MD5 digest of `a`.
const LINE: &str = "MD5:DMF1ucDxtqgxw5niaXcmYQ\n";

fn source(path: &Path) -> Source {
    let MailboxUrl::File(url) = MailboxUrl::parse(&format!("file:{}", path.display())).unwrap()
    else {
        panic!("a file");
    };
    Source::new(&url)
}

#[test]
fn a_file_that_is_being_written_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, format!("alice:{LINE}bob:{LINE}")).unwrap();
    let source = source(&path);
    assert!(
        source
            .table_after(&mut || {})
            .unwrap()
            .user("bob")
            .is_some()
    );
    // What a writer does that empties the file first, and is seen at each step.
    let mut steps = ["alice:MD5:DMF1uc", "", "alice:", &format!("alice:{LINE}")]
        .map(str::to_owned)
        .into_iter();
    fs::write(&path, "").unwrap();

    let table = source.table_after(&mut || {
        if let Some(step) = steps.next() {
            fs::write(&path, step).unwrap();
        } else if fs::metadata(&path).unwrap().len() < 40 {
            fs::write(&path, format!("alice:{LINE}bob:{LINE}")).unwrap();
        }
    });

    let table = table.unwrap();
    assert!(table.user("alice").is_some() && table.user("bob").is_some());
}

#[test]
fn a_file_that_is_written_all_the_time_says_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, format!("alice:{LINE}")).unwrap();
    let source = source(&path);
    let mut text = String::new();

    let table = source.table_after(&mut || {
        text.extend(["alice:", LINE]);
        fs::write(&path, &text).unwrap();
    });

    assert!(matches!(table, Err(Trouble::Restless)));
}

#[test]
fn a_file_that_has_not_changed_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, format!("alice:{LINE}")).unwrap();
    let source = source(&path);

    let first = source.table_after(&mut || {}).unwrap();
    let second = source
        .table_after(&mut || panic!("nothing to wait for"))
        .unwrap();

    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn a_source_does_not_print_what_it_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    fs::write(&path, format!("alice:{LINE}")).unwrap();
    let source = source(&path);
    source.table_after(&mut || {}).unwrap();

    assert_eq!(format!("{source:?}"), format!("Source({})", path.display()));
}
