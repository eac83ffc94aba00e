//! The text around a key: RFC 7468, and what older programs wrote before it.

use data_encoding::BASE64;
use protocol::secret::Secret;

/// A private key as it stands in a text.
#[derive(Debug)]
pub(crate) struct Section {
    /// What kind of key it says it is, such as `RSA PRIVATE KEY`.
    pub(crate) label: String,
    /// Whether lines before the content say that it is encrypted (RFC 1421).
    pub(crate) encrypted: bool,
    /// The content, no longer in base 64.
    pub(crate) content: Secret<Vec<u8>>,
}

/// Finds the first private key in a text. White space at the end of lines and of the text, and
/// whatever stands before and after the key, does not matter.
pub(crate) fn read(text: &str) -> Option<Section> {
    let mut lines = text.lines().map(str::trim);
    let label = lines.find_map(private_label)?;
    let end = format!("-----END {label}-----");
    let mut encrypted = false;
    // With room for everything, the secret is not copied about while the text grows.
    let mut base64 = String::with_capacity(text.len());
    loop {
        let line = lines.next()?;
        if line == end {
            break;
        }
        if line.contains(':') {
            encrypted |= line.starts_with("Proc-Type:") && line.ends_with("ENCRYPTED");
        } else if !encrypted {
            base64.push_str(line);
        }
    }
    let base64 = Secret::new(base64);
    let content = BASE64.decode(base64.expose().as_bytes()).ok()?;
    Some(Section {
        label: label.to_owned(),
        encrypted,
        content: Secret::new(content),
    })
}

/// Writes a PKCS #8 key, in lines of 64 characters.
pub(crate) fn write_pkcs8(der: &Secret<Vec<u8>>) -> Secret<Vec<u8>> {
    let base64 = Secret::new(BASE64.encode(der.expose()));
    let mut text = Vec::with_capacity(base64.expose().len() * 2 + 128);
    text.extend_from_slice(b"-----BEGIN PRIVATE KEY-----\n");
    for line in base64.expose().as_bytes().chunks(64) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(b"-----END PRIVATE KEY-----\n");
    Secret::new(text)
}

fn private_label(line: &str) -> Option<&str> {
    line.strip_prefix("-----BEGIN ")?
        .strip_suffix("-----")
        .filter(|label| label.ends_with("PRIVATE KEY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_key_is_read_again() {
        for size in [0, 1, 47, 48, 49, 1217] {
            let key = Secret::new(vec![0xa5; size]);

            let text = write_pkcs8(&key);
            let section = read(str::from_utf8(text.expose()).unwrap()).unwrap();

            assert_eq!(section.label, "PRIVATE KEY");
            assert_eq!(section.content.expose(), key.expose());
        }
    }

    #[test]
    fn white_space_and_other_sections_do_not_matter() {
        let text = "\u{20}\r\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\
            -----BEGIN RSA PRIVATE KEY----- \r\nAQID\t\r\n BAUG  \r\n\r\n\
            -----END RSA PRIVATE KEY-----  \r\n\r\n\t \n";

        let section = read(text).unwrap();

        assert_eq!(section.label, "RSA PRIVATE KEY");
        assert_eq!(section.content.expose(), &[1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn texts_without_a_whole_private_key_are_none() {
        for text in [
            "",
            "AQID",
            "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----",
            "-----BEGIN PRIVATE KEY-----\nAQID\n",
            "-----BEGIN PRIVATE KEY-----\nAQID\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nA?ID\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nAQI\n-----END PRIVATE KEY-----",
        ] {
            assert!(read(text).is_none(), "{text:?}");
        }
    }
}
