//! JSON objects from strangers: no duplicate names, no depth, no size without a bound.
//!
//! RFC 8259 leaves duplicate names open, and two readers that disagree about them are a way to
//! forge (RFC 7515 §10.12). [`read_object`] refuses them at every level, which `serde_json::Value`
//! alone does not.

use std::fmt::{self, Write as _};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Says why bytes are not a JSON object that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Longer than 64 KiB.
    #[error("the JSON text is too long")]
    TooLong,
    /// Not JSON, not UTF-8, a name that stands twice, too deep or with too many values.
    #[error("not acceptable JSON")]
    Malformed,
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

/// Reads one JSON object, and nothing after it.
///
/// At most 64 KiB, 8 levels of nesting and 512 values; each name at most once in its object.
pub fn read_object(text: &[u8]) -> Result<Map<String, Value>, JsonError> {
    if text.len() > MAX_BYTES {
        return Err(JsonError::TooLong);
    }
    let mut values_left = MAX_VALUES;
    let mut reader = serde_json::Deserializer::from_slice(text);
    let seed = Strict {
        depth_left: MAX_DEPTH,
        values_left: &mut values_left,
    };
    let value = seed
        .deserialize(&mut reader)
        .map_err(|_| JsonError::Malformed)?;
    reader.end().map_err(|_| JsonError::Malformed)?;
    match value {
        Value::Object(members) => Ok(members),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(JsonError::NotAnObject)
        }
    }
}

/// Gives the text of a member. A number is no text: the old peers took a number in a key as "make a
/// random prime of so many bits", and hung.
pub(crate) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

/// Keeps so much of a stranger's text as can be shown in an error.
pub(crate) fn shown(text: &str, longest: usize) -> String {
    let visible = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    text.chars().take(longest).map(visible).collect()
}

/// Appends a JSON string in ASCII alone: everything else is written as `\uXXXX`.
///
/// The old peers decode payloads as Latin-1 or as UTF-8 (`browserid.md` §3.4), so only ASCII means
/// the same to all of them.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Reads a value while it counts down what is still allowed.
struct Strict<'a> {
    depth_left: usize,
    values_left: &'a mut usize,
}

impl Strict<'_> {
    fn one_more<E: serde::de::Error>(&mut self) -> Result<(), E> {
        *self.values_left = self
            .values_left
            .checked_sub(1)
            .ok_or_else(|| E::custom("too many values"))?;
        Ok(())
    }

    fn inside<E: serde::de::Error>(&mut self) -> Result<Strict<'_>, E> {
        Ok(Strict {
            depth_left: self
                .depth_left
                .checked_sub(1)
                .ok_or_else(|| E::custom("too deep"))?,
            values_left: self.values_left,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, reader: D) -> Result<Value, D::Error> {
        self.one_more()?;
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = access.next_element_seed(self.inside()?)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(self.inside()?)?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

/// Bytes of a text; the largest that is read here is a support document.
const MAX_BYTES: usize = 64 * 1024;
/// Objects and arrays inside each other, the outermost included.
const MAX_DEPTH: usize = 8;
/// Values in a whole text: an empty object costs some 600 bytes of memory and 3 of text.
const MAX_VALUES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_read_whole() {
        let members =
            read_object(br#" {"a":1,"b":[-2,2.5,null,true,"\u00fc"],"c":{"a":{}}} "#).unwrap();

        assert_eq!(
            Value::Object(members).to_string(),
            r#"{"a":1,"b":[-2,2.5,null,true,"ü"],"c":{"a":{}}}"#
        );
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for text in ["null", "1", "\"a\"", "[]", "[{}]", "true"] {
            assert_eq!(
                read_object(text.as_bytes()),
                Err(JsonError::NotAnObject),
                "{text}"
            );
        }
        for text in [
            "",
            "{",
            "{}{}",
            "{} x",
            "{a:1}",
            "{\"a\":1,}",
            "{\"a\":01}",
            "{\"a\":1e999}",
            "{\"a\":NaN}",
            "{'a':1}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\ud800\"}",
            "\u{FEFF}{}",
            "/**/{}",
        ] {
            assert_eq!(
                read_object(text.as_bytes()),
                Err(JsonError::Malformed),
                "{text:?}"
            );
        }
        assert_eq!(read_object(b"{\"a\":\"\xff\"}"), Err(JsonError::Malformed));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_level() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[{"a":1,"a":2}]}"#,
        ] {
            assert_eq!(
                read_object(text.as_bytes()),
                Err(JsonError::Malformed),
                "{text}"
            );
        }
    }

    #[test]
    fn depth_values_and_length_are_bounded_exactly() {
        let nested =
            |levels: usize| format!("{}{}", "{\"a\":".repeat(levels), "1") + &"}".repeat(levels);
        assert!(read_object(nested(8).as_bytes()).is_ok());
        assert_eq!(read_object(nested(9).as_bytes()), Err(JsonError::Malformed));

        let list = |values: usize| format!("{{\"a\":[{}]}}", vec!["1"; values].join(","));
        assert!(read_object(list(510).as_bytes()).is_ok());
        assert_eq!(read_object(list(511).as_bytes()), Err(JsonError::Malformed));

        let long = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length - 8));
        assert!(read_object(long(MAX_BYTES).as_bytes()).is_ok());
        assert_eq!(
            read_object(long(MAX_BYTES + 1).as_bytes()),
            Err(JsonError::TooLong)
        );
    }

    #[test]
    fn deep_nesting_does_not_exhaust_the_stack() {
        assert_eq!(
            read_object("[".repeat(60_000).as_bytes()),
            Err(JsonError::Malformed)
        );
    }

    #[test]
    fn strings_are_written_in_ascii() {
        let mut out = String::new();

        push_string(&mut out, "a\"b\\c\n\u{7f}ü😀");

        assert_eq!(out, r#""a\"b\\c\u000a\u007f\u00fc\ud83d\ude00""#);
        assert_eq!(
            serde_json::from_str::<String>(&out).unwrap(),
            "a\"b\\c\n\u{7f}ü😀"
        );
    }
}
