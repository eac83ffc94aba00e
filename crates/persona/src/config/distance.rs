//! Which known word did somebody mean?

/// Finds the known word that is nearest to what was written, if any is near.
pub(crate) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|word| (distance(written, word), *word))
        .filter(|(far, word)| *far <= word.chars().count().max(3) / 3 + 1)
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

/// Counts the letters to insert, drop, change or swap with their neighbour (Damerau and
/// Levenshtein, each letter touched once).
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().flat_map(char::to_lowercase).collect();
    let other: Vec<char> = other.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, &left) in one.iter().enumerate() {
        let mut this = vec![row + 1];
        for (column, &above) in other.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let changed = at(&last, column) + usize::from(left != above);
            let mut least = changed
                .min(at(&last, column + 1) + 1)
                .min(at(&this, column) + 1);
            let swapped = row > 0
                && column > 0
                && one.get(row - 1) == Some(&above)
                && other.get(column - 1) == Some(&left);
            if swapped {
                least = least.min(at(&before, column - 1).saturating_add(1));
            }
            this.push(least);
        }
        before = std::mem::replace(&mut last, this);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let known = ["name", "mailbox", "login", "backend_domain"];

        for (written, meant) in [
            ("mailbx", Some("mailbox")),
            ("mialbox", Some("mailbox")),
            ("Login", Some("login")),
            ("backend-domain", Some("backend_domain")),
            ("nmae", Some("name")),
            ("colour", None),
        ] {
            assert_eq!(nearest(written, &known), meant, "{written}");
        }
    }
}
