//! Passwords for one run of the demo: two words and four digits, to be read off a screen and typed.
//!
//! They are new in every run, so that nobody ever relies on them. About 2^25 are possible: plenty behind
//! the issuer's limits, for mailboxes that live for minutes and hold nothing.

use protocol::secret::Secret;
use server::chance::{self, NoRandomness};

/// Makes a password such as `amber-otter-4821`.
pub(super) fn password() -> Result<Secret<String>, NoRandomness> {
    let token = chance::token()?;
    Ok(Secret::new(spell(token.expose().as_bytes())))
}

/// Spells out random base64url characters: one for each word, the next ones for the digits.
fn spell(random: &[u8]) -> String {
    let mut sextets = random.iter().map(|byte| sextet(*byte));
    let mut next = || sextets.next().unwrap_or_default();
    let word = |words: &'static str, number: usize| words.split(' ').nth(number).unwrap_or("tea");
    let (first, second) = (word(COLOURS, next()), word(ANIMALS, next()));
    let number = ((next() * 64 + next()) * 64 + next()) % 10_000;
    format!("{first}-{second}-{number:04}")
}

/// Gives the number from 0 to 63 for which a base64url character stands.
fn sextet(character: u8) -> usize {
    usize::from(match character {
        b'A'..=b'Z' => character - b'A',
        b'a'..=b'z' => character - b'a' + 26,
        b'0'..=b'9' => character - b'0' + 52,
        b'-' => 62,
        _ => 63,
    })
}

/// Sixty-four words, one for each base64url character.
const COLOURS: &str = "amber apple azure beige birch black blond blue brass brick brown cedar \
    cherry clay cobalt cocoa copper coral cotton cream crystal denim dusky ebony emerald fawn \
    flint golden grape green grey hazel honey indigo ivory jade khaki lemon lilac lime linen \
    maple marble mint misty mossy olive onyx opal orange peach pearl pink plum purple ruby rusty \
    sandy scarlet silver slate teal violet white";
/// Sixty-four more.
const ANIMALS: &str = "badger bear beaver bison bobcat camel canary cat cheetah cicada cobra \
    condor coyote crab crane cricket deer dingo dolphin donkey dove duck eagle falcon ferret finch \
    fox frog gecko goat goose hare hawk heron horse ibis iguana jackal jaguar koala lark lemur \
    lion lizard llama lynx magpie marmot mole moose newt otter owl panda parrot pigeon puffin \
    rabbit raven robin seal swan tiger wren";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_its_own_words() {
        for words in [COLOURS, ANIMALS] {
            let mut all: Vec<&str> = words.split(' ').collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 64);
        }
        assert_eq!(spell(b"AAAAA"), "amber-badger-0000");
        assert_eq!(spell(b"__ABA"), "white-wren-0064");
        assert_eq!(spell(b"-z___"), "violet-otter-2143");
    }

    #[test]
    fn two_passwords_differ() {
        let (one, other) = (password().unwrap(), password().unwrap());

        assert_ne!(one.expose(), other.expose());
    }
}
