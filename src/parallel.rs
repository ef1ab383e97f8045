//! The same work for each of several things, on all processors or as many as are asked for.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::thread::{available_parallelism, scope};

static MOST: OnceLock<NonZero<usize>> = OnceLock::new();

/// Sets how many things are done at once, for all that comes; the first call counts.
pub(crate) fn limit(most: NonZero<usize>) {
    let _ = MOST.set(most);
}

/// How many things are done at once, where that was set.
pub(crate) fn most() -> Option<NonZero<usize>> {
    MOST.get().copied()
}

/// How many things are done at once.
pub(crate) fn workers() -> usize {
    // The system reads files to tell.
    static PROCESSORS: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, NonZero::get));
    most().map_or(*PROCESSORS, NonZero::get)
}

/// What the work gives for each item, in the order of the items.
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            match items.get(index) {
                Some(item) => done.push((index, work(item))),
                None => return done,
            }
        }
    };
    let workers = workers().min(items.len());
    let mut done = scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(take)).collect();
        let mut done = take();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The same, where the work takes the items.
pub(crate) fn each_of<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    let take = |item: &Mutex<Option<T>>| item.lock().unwrap_or_else(PoisonError::into_inner).take();
    each(&items, |item| take(item).map(&work)).into_iter().flatten().collect()
}

/// Both pieces of work, side by side.
pub(crate) fn both<R: Send, S>(one: impl FnOnce() -> R + Send, other: impl FnOnce() -> S) -> (R, S) {
    scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u64> = (0..100).collect();
        let doubled = each(&items, |item| {
            std::thread::sleep(std::time::Duration::from_micros(100 - item));
            item * 2
        });
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(each(&[0; 0], |_| ()).is_empty());
        assert_eq!(both(|| 1, || "two"), (1, "two"));
    }
}
