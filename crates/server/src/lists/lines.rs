//! The lines of such files: a line that begins with white space continues the one before; empty
//! lines and lines that begin with `#` are as if they were not there, also between the two.

use super::Remarks;

/// A line with all that continues it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, counted from 1.
    pub(super) number: usize,
    pub(super) text: String,
}

/// Takes away a last line that does not end. A file that is being written ends anywhere: what is there
/// of `alice: bob` may be `alice: bo`, who is somebody else.
pub(super) fn ended<'a>(octets: &'a [u8], remarks: &mut Remarks) -> &'a [u8] {
    let end = octets.iter().rposition(|&b| b == b'\n');
    let (whole, rest) = octets.split_at(end.map_or(0, |at| at + 1));
    if !rest.is_empty() {
        let number = whole.split(|&b| b == b'\n').count();
        remarks.add(
            number,
            "it has no line break at its end, as if the file were being written; it is left out"
                .to_owned(),
        );
    }
    whole
}

/// Joins lines with what continues them. What is no text, or longer than any honest line, is left
/// out with all that continues it, and remarked.
pub(super) fn joined(octets: &[u8], remarks: &mut Remarks) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // Nothing can be continued at the beginning, and nothing that was left out.
    let mut open = false;
    for (index, octets) in octets.split(|&b| b == b'\n').enumerate() {
        let number = index + 1;
        let octets = octets.strip_suffix(b"\r").unwrap_or(octets);
        let beginning = octets.trim_ascii_start();
        if beginning.is_empty() || beginning.starts_with(b"#") {
            continue;
        }
        let continues = beginning.len() < octets.len();
        let Ok(text) = str::from_utf8(octets) else {
            remarks.add(number, "it is no UTF-8 text; it is left out".to_owned());
            // Without a part of it, a line could say something else than it does.
            if continues && open {
                lines.pop();
            }
            open = false;
            continue;
        };
        if !continues {
            open = text.len() <= LONGEST_LINE;
            if open {
                let text = text.to_owned();
                lines.push(Line { number, text });
            } else {
                remarks.add(number, TOO_LONG.to_owned());
            }
            continue;
        }
        match lines.last_mut().filter(|_| open) {
            Some(line) if line.text.len() + text.len() <= LONGEST_LINE => line.text.push_str(text),
            Some(_) => {
                remarks.add(number, TOO_LONG.to_owned());
                lines.pop();
                open = false;
            }
            None => remarks.add(
                number,
                "it begins with white space and continues nothing; it is left out".to_owned(),
            ),
        }
    }
    lines
}

const TOO_LONG: &str = "it is longer than 64 KiB with what continues it; it is left out";
/// Octets of a line with all that continues it.
const LONGEST_LINE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(octets: &[u8]) -> (Vec<(usize, String)>, Vec<String>) {
        let mut remarks = Remarks::default();
        let lines = joined(octets, &mut remarks);
        let lines = lines.into_iter().map(|line| (line.number, line.text));
        (
            lines.collect(),
            remarks.0.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn a_line_goes_on_where_the_next_begins_with_white_space() {
        let (lines, remarks) =
            read(b"# head\n\na: b,\r\n  c,\n# between\n \t\n\td\n   # a comment, too\ne: f");

        assert_eq!(
            lines,
            [(3, "a: b,  c,\td".to_owned()), (9, "e: f".to_owned())]
        );
        assert_eq!(remarks, [""; 0]);
    }

    #[test]
    fn what_is_left_out_takes_its_continuations_along() {
        let (lines, remarks) = read(b" a\nb\xff: c\n d\ne: f,\n g\xff\n h\ni: j");

        assert_eq!(lines, [(7, "i: j".to_owned())]);
        assert_eq!(
            remarks,
            [
                "line 1: it begins with white space and continues nothing; it is left out",
                "line 2: it is no UTF-8 text; it is left out",
                "line 3: it begins with white space and continues nothing; it is left out",
                "line 5: it is no UTF-8 text; it is left out",
                "line 6: it begins with white space and continues nothing; it is left out",
            ]
        );
    }

    #[test]
    fn a_line_without_end_is_left_out() {
        let long = format!("a: {}\n b\nc: d\n {0}\ne: f", "x,".repeat(LONGEST_LINE / 2));

        let (lines, remarks) = read(long.as_bytes());

        assert_eq!(lines, [(5, "e: f".to_owned())]);
        assert_eq!(remarks.len(), 3);
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic_or_grow(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let (lines, _) = read(&octets);

            let length: usize = lines.iter().map(|(_, text)| text.len()).sum();
            prop_assert!(length <= octets.len());
        }
    }
}
