//! Makes a server's words safe to keep: they go into logs and terminals, and may be hostile.
//!
//! `mail.md` §7: HTML, terminal codes, bidirectional controls and our own input come back in reply
//! texts. What is kept is printable ASCII, at most 200 octets; it still never goes to a browser.

/// Escapes everything but printable ASCII, and cuts at 200 octets.
pub(crate) fn escape(text: &[u8]) -> String {
    let mut kept = String::new();
    for &octet in text {
        let escaped = std::ascii::escape_default(octet);
        if kept.len() + escaped.len() > LIMIT {
            kept.push('…');
            break;
        }
        if octet == b'"' || octet == b'\'' {
            kept.push(char::from(octet));
        } else {
            kept.extend(escaped.map(char::from));
        }
    }
    kept
}

/// Takes what we sent out of a server's words, in whatever case it repeats it.
pub(crate) fn hide(words: &mut Vec<u8>, secret: &[u8]) {
    let is_secret = |part: &[u8]| part.eq_ignore_ascii_case(secret);
    while let Some(at) = words.windows(secret.len()).position(is_secret) {
        words.splice(at..at + secret.len(), HIDDEN.iter().copied());
    }
}

const LIMIT: usize = 200;
/// Shorter than anything that is hidden, and no part of it: replacing comes to an end.
const HIDDEN: &[u8] = b"[*]";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ascii_is_left() {
        assert_eq!(
            escape("a\u{1b}[31m\t\"b\" é\u{202e}\0".as_bytes()),
            r#"a\x1b[31m\t"b" \xc3\xa9\xe2\x80\xae\x00"#
        );
    }

    #[test]
    fn what_we_sent_is_hidden_in_whatever_case_it_comes_back() {
        let mut words = b"no <ALICE@Example.Org>, alice@example.orgalice@example.org".to_vec();

        hide(&mut words, b"alice@example.org");

        assert_eq!(escape(&words), "no <[*]>, [*][*]");
    }

    #[test]
    fn long_texts_are_cut_at_200_octets() {
        let kept = escape(&[b'x'; 5000]);

        assert_eq!(kept, format!("{}…", "x".repeat(200)));
    }
}
