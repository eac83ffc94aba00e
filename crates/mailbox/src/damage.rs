//! Recorded conversations, damaged again and again in the same ways: what the readers of this crate
//! have in place of a fuzzer, which sees public items alone.
//!
//! A run is the same each time, so that what it finds can be found again.

use crate::dialogue::Listener;
use crate::unavailable::Gibberish;

/// How many damaged conversations each reader is given: a second or two.
pub(crate) const TIMES: usize = 50_000;

/// Damages one conversation after the other.
pub(crate) struct Damage {
    state: u64,
}

impl Damage {
    pub(crate) const fn new() -> Self {
        Self {
            state: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Gives one of the recordings, damaged in one to six places.
    pub(crate) fn of(&mut self, recordings: &[&[u8]]) -> Vec<u8> {
        let mut octets = recordings[self.below(recordings.len())].to_vec();
        for _ in 0..=self.below(6) {
            let (from, to) = self.range(octets.len());
            match self.below(6) {
                0 => octets.truncate(from),
                1 => drop(octets.drain(from..to)),
                2 => {
                    let again = octets[from..to].to_vec();
                    octets.splice(from..from, again);
                }
                3 => {
                    let other = recordings[self.below(recordings.len())];
                    let (begin, end) = self.range(other.len());
                    octets.splice(from..to, other[begin..end].iter().copied());
                }
                4 => octets.insert(from, TELLING[self.below(TELLING.len())]),
                _ if from < octets.len() => octets[from] ^= 1 << self.below(8),
                _ => {}
            }
        }
        octets
    }

    /// Hears octets as they may arrive, in pieces; gives what was understood before the first fault.
    pub(crate) fn hear<L: Listener>(&mut self, octets: &[u8]) -> Vec<L::Message> {
        let (mut listener, mut heard) = (L::default(), Vec::new());
        let length = 1 + self.below(octets.len().max(1));
        let mut listen = |piece: &[u8]| -> Result<(), Gibberish> {
            listener.take(piece)?;
            while let Some(message) = listener.message()? {
                heard.push(message);
            }
            Ok(())
        };
        for piece in octets.chunks(length) {
            if listen(piece).is_err() {
                break;
            }
        }
        heard
    }

    fn range(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        (from, from + self.below((length - from).min(16) + 1))
    }

    /// Gives a number below `end`, by xorshift.
    fn below(&mut self, end: usize) -> usize {
        for shift in [13, -7, 17] {
            self.state ^= if shift > 0 {
                self.state << shift
            } else {
                self.state >> -shift
            };
        }
        usize::try_from(self.state >> 33).unwrap() % end
    }
}

/// Octets that mean something in one of the protocols.
const TELLING: &[u8] = b"\0\x01\x04\x0a\x0d\t\x30\x61\x7f\x80\x81\x84\xa0\xff [](){}+*=p1";
