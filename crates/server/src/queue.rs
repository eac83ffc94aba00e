//! The queue before the mail servers: how many questions may be under way at once.
//!
//! A question stands in several lines at the same time (its server's, its network's, its
//! account's) and is let in only if there is room in all of them. Nobody waits: who is not let in
//! comes again. Counted in this process; what must hold across processes is counted in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A line to stand in, and how many may stand in it at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) most: usize,
    pub(crate) when_full: Full,
}

/// Whose line is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// The caller's own: they have asked enough for the moment.
    Caller,
    /// The mail server's: it is busy with others.
    Server,
}

/// All lines in which somebody stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue(Arc<Mutex<HashMap<String, usize>>>);

/// A place in several lines; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    queue: Queue,
    names: Vec<String>,
}

impl Queue {
    /// Takes a place in all of `lines`, or, if one of them is full, in none: then it says for whom
    /// there is no room.
    pub(crate) fn enter(&self, lines: &[Line]) -> Result<Place, Full> {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |line: &&Line| standing.get(&line.name).is_some_and(|n| *n >= line.most);
        if let Some(full) = lines.iter().find(is_full) {
            return Err(full.when_full);
        }
        for line in lines {
            *standing.entry(line.name.clone()).or_default() += 1;
        }
        let names = lines.iter().map(|line| line.name.clone()).collect();
        Ok(Place {
            queue: self.clone(),
            names,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut standing = self.queue.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            if let Some(count) = standing.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    standing.remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, most: usize, when_full: Full) -> Line {
        let name = name.to_owned();
        Line {
            name,
            most,
            when_full,
        }
    }

    #[test]
    fn who_is_let_in_has_room_in_every_line() {
        let queue = Queue::default();
        let lines = |name| [line("server", 2, Full::Server), line(name, 1, Full::Caller)];
        let first = queue.enter(&lines("alice")).unwrap();

        assert_eq!(queue.enter(&lines("alice")).unwrap_err(), Full::Caller);
        let second = queue.enter(&lines("bob")).unwrap();
        assert_eq!(queue.enter(&lines("carol")).unwrap_err(), Full::Server);

        drop(first);
        assert!(queue.enter(&lines("alice")).is_ok());
        drop(second);
        assert!(
            queue.0.lock().unwrap().is_empty(),
            "nothing is remembered of those who left"
        );
    }
}
