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
    /// Takes a place in all of `lines`, or, if one of them is full, in none.
    pub(crate) fn enter(&self, lines: &[Line]) -> Option<Place> {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = |line: &Line| standing.get(&line.name).is_none_or(|n| *n < line.most);
        if !lines.iter().all(has_room) {
            return None;
        }
        for line in lines {
            *standing.entry(line.name.clone()).or_default() += 1;
        }
        let names = lines.iter().map(|line| line.name.clone()).collect();
        Some(Place {
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

    fn line(name: &str, most: usize) -> Line {
        Line {
            name: name.to_owned(),
            most,
        }
    }

    #[test]
    fn who_is_let_in_has_room_in_every_line() {
        let queue = Queue::default();
        let first = queue.enter(&[line("server", 2), line("alice", 1)]).unwrap();

        assert!(
            queue
                .enter(&[line("server", 2), line("alice", 1)])
                .is_none()
        );
        let second = queue.enter(&[line("server", 2), line("bob", 1)]).unwrap();
        assert!(
            queue
                .enter(&[line("server", 2), line("carol", 1)])
                .is_none()
        );

        drop(first);
        assert!(
            queue
                .enter(&[line("server", 2), line("alice", 1)])
                .is_some()
        );
        drop(second);
        assert!(
            queue.0.lock().unwrap().is_empty(),
            "nothing is remembered of those who left"
        );
    }
}
