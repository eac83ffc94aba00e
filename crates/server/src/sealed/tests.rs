//! What is sealed is read again here, and nothing else is, anywhere.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

#[test]
fn a_sealed_session_is_read_again() {
    let sealed = installation(ISSUER);
    for proof in [Proof::Password, Proof::Mail] {
        let session = Session { proof, ..alice() };

        let text = sealed.write(&session, &NAME);

        assert_eq!(sealed.read(text.expose()), Some(session));
        assert!(is_sealed(text.expose()));
    }
}

#[test]
fn it_is_read_after_a_restart_and_on_another_machine_with_the_same_key() {
    let keyring = keyring();
    let text = sealed_by(&keyring, ISSUER).write(&alice(), &NAME);

    assert!(sealed_by(&keyring, ISSUER).read(text.expose()).is_some());
}

#[test]
fn it_is_nothing_at_another_issuer_or_under_another_key() {
    let keyring = keyring();
    let text = sealed_by(&keyring, ISSUER).write(&alice(), &NAME);

    for issuer in [
        "https://id.example.net",
        "https://id.example.org:8443",
        "http://id.example.org",
    ] {
        let other = sealed_by(&keyring, issuer);

        assert_eq!(other.read(text.expose()), None, "{issuer}");
    }
    assert_eq!(installation(ISSUER).read(text.expose()), None);
}

#[test]
fn any_flipped_bit_is_refused() {
    let sealed = installation(ISSUER);
    let text = sealed.write(&alice(), &NAME);
    for place in 0..text.expose().len() {
        for bit in 0..7 {
            let mut octets = text.expose().clone().into_bytes();
            octets[place] ^= 1 << bit;
            let flipped = String::from_utf8(octets).unwrap();

            assert_eq!(sealed.read(&flipped), None, "bit {bit} of {place}");
            assert!(!sealed.end(&flipped));
        }
    }
    assert!(sealed.ended().is_empty());
}

#[test]
fn what_is_cut_off_or_put_together_is_refused() {
    let sealed = installation(ISSUER);
    let text = sealed.write(&alice(), &NAME);
    let text = text.expose();
    let bob = Session {
        address: EmailAddress::parse("bob@example.org").unwrap(),
        ..alice()
    };
    let other = sealed.write(&bob, &NAME);
    let (content, seal) = text.split_once('.').unwrap();
    let (other_content, other_seal) = other.expose().split_once('.').unwrap();
    let mut forged = vec![
        String::new(),
        ".".into(),
        format!("{content}."),
        format!(".{seal}"),
        content.to_owned(),
        format!("{content}.{other_seal}"),
        format!("{other_content}.{seal}"),
        format!("{seal}.{content}"),
        format!("{text}="),
        format!("{text} "),
        format!("{text}.{seal}"),
        format!("{content}.{seal}A"),
        format!("{content}AAAA.{seal}"),
        format!("AAAA{content}.{seal}"),
        format!("{content}.{}", "A".repeat(43)),
        format!("{}.{seal}", "A".repeat(100_000)),
    ];
    forged.extend((0..text.len()).map(|length| text.get(..length).unwrap().to_owned()));
    for forged in forged {
        assert_eq!(sealed.read(&forged), None, "{forged}");
    }
}

#[test]
fn what_is_sealed_and_was_never_written_here_is_refused() {
    let sealed = installation(ISSUER);
    let whole = {
        let text = sealed.write(&alice(), &NAME);
        base64url::decode(text.expose().split_once('.').unwrap().0).unwrap()
    };
    let with = |place: usize, octet: u8| {
        let mut content = whole.clone();
        content[place] = octet;
        content
    };
    for content in [
        vec![],
        whole[..49].to_vec(),
        whole[..50].to_vec(),
        [&whole[..50], b"not an address"].concat(),
        [&whole[..50], b"alice@example.org\0"].concat(),
        [&whole[..50], &[0xff][..]].concat(),
        with(0, 0),
        with(0, 2),
        with(1, 2),
    ] {
        let seal = sealed.key.seal(&content);
        let text = format!(
            "{}.{}",
            base64url::encode(&content),
            base64url::encode(&seal)
        );

        assert_eq!(sealed.read(&text), None, "{content:?}");
    }
}

#[test]
fn what_was_ended_stays_so_until_it_would_have_expired() {
    let sealed = installation(ISSUER);
    let text = sealed.write(&alice(), &NAME);
    let twin = sealed.write(&alice(), &[8; 32]);

    assert!(sealed.end(text.expose()));

    assert_eq!(sealed.read(text.expose()), None);
    assert!(sealed.read(twin.expose()).is_some());
    assert!(!sealed.end(text.expose()));
    let expires = alice().expires;
    let before = UnixSeconds::from_seconds(expires.as_seconds() - 1);
    assert_eq!(sealed.purge(before), 0);
    assert_eq!(sealed.read(text.expose()), None);
    assert_eq!(sealed.purge(expires), 1);
}

#[test]
fn the_longest_address_fits() {
    let sealed = installation(ISSUER);
    let domain = format!("{0}.{0}.{0}.org", "d".repeat(61));
    let address = format!("{}@{domain}", "l".repeat(64));
    let session = Session {
        address: EmailAddress::parse(&address).unwrap(),
        ..alice()
    };
    assert!(address.len() >= 253);

    let text = sealed.write(&session, &NAME);

    assert_eq!(sealed.read(text.expose()), Some(session));
}

proptest! {
    #[test]
    fn no_text_is_read_or_makes_it_panic(text in "[A-Za-z0-9_.-]{0,120}|\\PC{0,60}") {
        thread_local!(static SEALED: SealedSessions = installation(ISSUER));
        let read = SEALED.with(|sealed| sealed.read(&text));
        prop_assert_eq!(read, None);
    }

    #[test]
    fn no_content_makes_its_reader_panic(content in proptest::collection::vec(any::<u8>(), 0..120)) {
        drop(read_content(&content));
    }
}

fn alice() -> Session {
    Session {
        address: EmailAddress::parse("alice@example.org").unwrap(),
        proof: Proof::Password,
        opened: UnixSeconds::from_seconds(1_795_300_000),
        expires: UnixSeconds::from_seconds(1_795_386_400),
    }
}

fn installation(issuer: &str) -> SealedSessions {
    sealed_by(&keyring(), issuer)
}

fn sealed_by(keyring: &Keyring, issuer: &str) -> SealedSessions {
    SealedSessions::new(keyring, &issuer.parse().unwrap(), Ended::default()).unwrap()
}

fn keyring() -> Keyring {
    let folder = TempDir::new().unwrap();
    Keyring::generate(&folder.path().join("keys"), None)
        .unwrap()
        .into_keyring()
}

const ISSUER: &str = "https://id.example.org";
const NAME: Name = [7; 32];
