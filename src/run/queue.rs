//! Programs that are compiled and wait to run, the longest first.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A program that waits.
#[derive(Debug)]
pub(super) struct Ready {
    /// Its index among those that are to run.
    pub(super) index: usize,
    pub(super) executable: PathBuf,
    /// Which of the programs in it, where it has several.
    pub(super) which: Option<usize>,
    /// How long it ran last. One of which that is not known may take long.
    pub(super) last: Option<Duration>,
}

/// Those that wait; several threads take from it.
#[derive(Debug)]
pub(super) struct Queue(Mutex<(Receiver<Ready>, Vec<Ready>)>);

impl Queue {
    pub(super) fn new() -> (Sender<Ready>, Queue) {
        let (sender, receiver) = channel();
        (sender, Queue(Mutex::new((receiver, Vec::new()))))
    }

    /// The longest of those that wait, once there is one; nothing when no more can come.
    pub(super) fn next(&self) -> Option<Ready> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (receiver, waiting) = &mut *queue;
        waiting.extend(receiver.try_iter());
        if waiting.is_empty() {
            waiting.push(receiver.recv().ok()?);
        }
        let longest = (0..waiting.len()).max_by_key(|&at| waiting[at].last.unwrap_or(Duration::MAX))?;
        Some(waiting.swap_remove(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_is_first_and_what_is_not_known_before_it() {
        let (sender, queue) = Queue::new();
        for (index, seconds) in [(0, Some(1)), (1, Some(9)), (2, None), (3, Some(5))] {
            let last = seconds.map(Duration::from_secs);
            sender
                .send(Ready {
                    index,
                    executable: PathBuf::new(),
                    which: None,
                    last,
                })
                .unwrap();
        }
        drop(sender);
        let order: Vec<usize> = std::iter::from_fn(|| queue.next()).map(|ready| ready.index).collect();
        assert_eq!(order, [2, 1, 3, 0]);
    }
}
