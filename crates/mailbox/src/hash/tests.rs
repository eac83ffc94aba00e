//! Vectors made by the programs whose files these are: `htpasswd`, `openssl passwd`, `mkpasswd`, `argon2`
//! and `md5sum` and its like.

use super::*;

const LONG: &str = "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\
                    0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\
                    0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz";

fn beginning(octets: usize) -> String {
    LONG.chars().take(octets).collect()
}

fn matches(text: &str, password: &str) -> bool {
    Hash::read(text)
        .unwrap()
        .matches(password.as_bytes())
        .unwrap()
}

#[test]
fn what_other_programs_hashed_is_recognized() {
    for (text, password) in [
        ("$1$saltsalt$NuzA7WTAelpl95xgBGWN60", "correct horse"),
        ("$1$saltsalt$4px9i58NU2Z2/vZOUlGjq.", "x"),
        ("$1$a.b/$6Ggca3EPLCz8IdKPNay5n/", "grün пароль 密码"),
        ("$1$a.b/$BJWCZkRCEE9bH2eBCr7k41", LONG),
        ("$apr1$saltsalt$EGVZDNN6gOqijy.tv9axG/", "correct horse"),
        ("$apr1$saltsalt$Q17bmANhIA7pctgRGqF/S0", "x"),
        ("$apr1$a.b/$5j.QlnVnv/Q/SHmjBrXbO1", "grün пароль 密码"),
        ("$apr1$a.b/$7AWMAWXMA8cGgR4lVHTji1", LONG),
        (
            "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
            "correct horse",
        ),
        (
            "$5$a.b/$job77wwncE8aaWAVZnJuO4SlhDf5HyJnoY/JO2h7G.4",
            "grün пароль 密码",
        ),
        ("$5$a.b/$5TAQW8Ps5HS87u.BOR2tEtYgFcfENyLdq.PeOi0Ytk2", LONG),
        (
            "$6$a.b/$S6/0JvK.CWFu6l160FuIZlWwK0MhGsdoAwcZ8ybkQwzwY5QrWvgRqa7IjDDDqvek/QlB0ilqtOcbU7BFYdRQo0",
            "grün пароль 密码",
        ),
        (
            "$6$a.b/$7KVgstPcrANl5XA.YnxpafzPVkr/trjoDKH5Kab9xm1qoQ8eI0PkHGvkHKJqVubIKJmriftydx3xbjpB.euiZ1",
            LONG,
        ),
        (
            "$6$rounds=1000$abcdefghijklmnop$K9ViLilDpRy6xLunKXsaoeGhKInKdDtpCLyoTSCkDcguT34R9cMK08/eq3hGwOWWgyYCTwWqVmKpFAHjf73Mv/",
            "correct horse",
        ),
        (
            "$2y$04$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
            "grün",
        ),
        (
            "$2a$05$Ef6tMlCGQ3X5fy3N5j4ci.V/zuwabCqiAYvy2IihCnGKmDJ1VNM3S",
            "correct horse",
        ),
        (
            "$2b$05$Tmk8v2McsqoBM.Y33GM0GOwcB4eDhl/pE5Ibs.wkIuVLJk.sxeG0a",
            "correct horse",
        ),
        ("{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=", "correct horse"),
        (
            "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
            "correct horse",
        ),
        (
            "$argon2i$v=19$m=512,t=3,p=2$c2FsdHNhbHRzYWx0$mal20A+YxTQEqfHYW1Fs/Cl6AI7K33xuBtmznEPdG1w",
            "correct horse",
        ),
        (
            "$argon2i$v=16$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$7SswFjmh7CLmL6rn/Hkv5AYEOdisWZg4",
            "correct horse",
        ),
    ] {
        assert!(matches(text, password), "{text}");
        for wrong in [
            format!("{password}x"),
            password.chars().skip(1).collect(),
            password.to_uppercase(),
        ] {
            assert!(!matches(text, &wrong), "{text} {wrong}");
        }
    }
}

/// htpasswd hashes the first 72 octets of `LONG` and says nothing.
#[test]
fn of_a_long_password_bcrypt_takes_the_first_72_octets() {
    let of_all = "$2y$04$44Ab4dN1cwqf/WfNTQEpBOU8PbMsh.7OsB1FdczmeUgYInKX03wD2";
    let of_71 = "$2y$04$ppBLeku4fBEO/tG3VeK6P.0WIqSscB9fUqf2WEWQAnLIhb1KxgS6W";

    assert!(matches(of_all, &beginning(200)));
    assert!(matches(of_all, &beginning(72)));
    assert!(!matches(of_all, &beginning(71)));
    assert!(matches(of_71, &beginning(71)));
    assert!(!matches(of_71, &beginning(72)));
}

#[test]
fn the_digests_of_the_table_are_read_with_and_without_padding() {
    for (name, base64) in [
        ("MD5", "PLTnMmMfR+brlh80VUt83g=="),
        ("SHA-1", "L55TUjtiq8FBorTWAZ0jy6g129A="),
        ("SHA-224", "vmeOyw4eE/0MFECZX0MiXKg662Zxfo6nkLhn8g=="),
        ("SHA-256", "QQTTb42iwlQ0n4WDZ5Pr4CngyVcGOjTJHC6SAxh7VjE="),
        (
            "sha384",
            "ArIKby67E2Cppg9M+QhXNj7UGcAisSFWfOX5HG45Zk+3j9YCNMSli1v8cUWumDKS",
        ),
        (
            "SHA512",
            "VraY3v7bWkNbY0r+MyC7rz/c2SC2xQOkRvx7endrKY1HnRumqLYXgI6wv1ec6aldZoNHvKtxSQhayTyyeZUZew==",
        ),
    ] {
        for base64 in [base64, base64.trim_end_matches('=')] {
            let hash = Hash::read_digest(name, base64).unwrap();

            assert_eq!(hash.matches(b"correct horse"), Ok(true), "{name}");
            assert_eq!(hash.matches(b"correct horsf"), Ok(false), "{name}");
            assert_eq!(hash.matches(b""), Ok(false), "{name}");
        }
    }
}

#[test]
fn what_cannot_be_used_is_told_apart() {
    for &(text, why) in UNUSABLE {
        assert_eq!(Hash::read(text).map(|_| ()), Err(why), "{text}");
    }
    assert_eq!(
        Hash::read_digest("CRC32", "AAAA").map(|_| ()),
        Err(Unusable::UnknownDigest)
    );
    assert_eq!(
        Hash::read_digest("SHA-256", "AAAA").map(|_| ()),
        Err(Unusable::Broken)
    );
}

#[test]
fn a_hash_does_not_print_itself() {
    let text =
        "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w";

    assert_eq!(format!("{:?}", Hash::read(text).unwrap()), "Hash(‹argon2›)");
}

const UNUSABLE: &[(&str, Unusable)] = &[
    ("L9i/b4Tok7ldo", Unusable::OutOfUse),
    ("hunter2", Unusable::OutOfUse),
    ("", Unusable::OutOfUse),
    ("_J9..K0AyUubDrfOgO4s", Unusable::OutOfUse),
    (
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
        Unusable::Unknown,
    ),
    (
        "$2x$05$Tmk8v2McsqoBM.Y33GM0GOwcB4eDhl/pE5Ibs.wkIuVLJk.sxeG0a",
        Unusable::Unknown,
    ),
    (
        "$argon2d$v=19$m=64,t=2,p=1$c2FsdHNhbHRzYWx0$ZoqIHIFMfUFjPeIh4Z/RbJXWF0uKEAkbnWimUku/IJ4",
        Unusable::Unknown,
    ),
    (
        "$argon2id$v=20$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
        Unusable::Unknown,
    ),
    ("{SSHA}L55TUjtiq8FBorTWAZ0jy6g129A=", Unusable::Unknown),
    ("{SHA}L55TUjtiq8FBorTWAZ0jy6g129=", Unusable::Broken),
    ("{SHA}PLTnMmMfR+brlh80VUt83g==", Unusable::Broken),
    ("$", Unusable::Broken),
    ("$2y$", Unusable::Broken),
    ("$2y$10", Unusable::Broken),
    (
        "$2y$5$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
        Unusable::Broken,
    ),
    (
        "$2y$+5$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
        Unusable::Broken,
    ),
    (
        "$2y$03$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
        Unusable::Broken,
    ),
    (
        "$2y$18$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
        Unusable::TooCostly,
    ),
    (
        "$2y$99$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
        Unusable::TooCostly,
    ),
    (
        "$2y$04$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLm",
        Unusable::Broken,
    ),
    (
        "$2y$04$mXQslTJtswU3FK3X6K3xnOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLmee",
        Unusable::Broken,
    ),
    (
        "$2y$04$mXQslTJtswU3FK3X6K3xüOlY/EmmxD4RF0fHnfxT3sS8RqWQrdLme",
        Unusable::Broken,
    ),
    ("$1$saltsalt", Unusable::Broken),
    ("$1$saltsaltx$NuzA7WTAelpl95xgBGWN60", Unusable::Broken),
    ("$1$saltsalt$NuzA7WTAelpl95xgBGWN6", Unusable::Broken),
    ("$1$saltsalt$NuzA7WTAelpl95xgBGWN6*", Unusable::Broken),
    ("$apr1$$", Unusable::Broken),
    (
        "$5$rounds=999$ab$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
        Unusable::Broken,
    ),
    (
        "$5$rounds=1000001$ab$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
        Unusable::TooCostly,
    ),
    (
        "$5$rounds=4294967296$ab$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
        Unusable::Broken,
    ),
    (
        "$6$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/",
        Unusable::Broken,
    ),
    (
        "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0",
        Unusable::Broken,
    ),
    (
        "$argon2id$v=19$m=256,t=2$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
        Unusable::Broken,
    ),
    (
        "$argon2id$v=19$m=1,t=2,p=1$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
        Unusable::Broken,
    ),
    (
        "$argon2id$v=19$m=4294967295,t=2,p=1$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
        Unusable::TooCostly,
    ),
    (
        "$argon2id$v=19$m=256,t=4294967295,p=1$c2FsdHNhbHRzYWx0$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
        Unusable::TooCostly,
    ),
    (
        "$argon2id$v=19$m=256,t=2,p=1$c2Fs$pwZ7sGME81TL89Hs/ia4qXIxzecJdXvdtALit/lGF0w",
        Unusable::Broken,
    ),
    (
        "$argon2id$v=19$m=256,t=2,p=1$c2FsdHNhbHRzYWx0$pwZ7sGM",
        Unusable::Broken,
    ),
];
