//! Which of the things of one list are which of those of another.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Two lists of things, each of which has at most one that it is in the other.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    of_old: Vec<Option<usize>>,
    of_new: Vec<Option<usize>>,
}

impl Matching {
    /// Nothing is paired yet.
    pub(super) fn new(old: usize, new: usize) -> Matching {
        Matching {
            of_old: vec![None; old],
            of_new: vec![None; new],
        }
    }

    /// Pairs what has the same key and is not paired yet, in the order of both lists. What has no key stays alone.
    pub(super) fn by<K: Eq + Hash>(&mut self, old: impl Fn(usize) -> Option<K>, new: impl Fn(usize) -> Option<K>) {
        let mut waiting: HashMap<K, VecDeque<usize>> = HashMap::new();
        for index in self.new_alone() {
            if let Some(key) = new(index) {
                waiting.entry(key).or_default().push_back(index);
            }
        }
        for index in self.old_alone() {
            let found = old(index).and_then(|key| waiting.get_mut(&key)?.pop_front());
            if let Some(found) = found {
                self.pair(index, found);
            }
        }
    }

    /// Pairs what stands next to what is paired, on the same side of it; `are_near` says whether two may be.
    pub(super) fn by_neighbour(&mut self, are_near: impl Fn(usize, usize) -> bool) {
        for old in 0..self.of_old.len() {
            let new = match old.checked_sub(1) {
                None => Some(0),
                Some(before) => self.of_old[before].map(|before| before + 1),
            };
            self.pair_if_alone(old, new, &are_near);
        }
        for old in (0..self.of_old.len()).rev() {
            let new = match self.of_old.get(old + 1) {
                None => self.of_new.len().checked_sub(1),
                Some(after) => after.and_then(|after| after.checked_sub(1)),
            };
            self.pair_if_alone(old, new, &are_near);
        }
    }

    fn pair_if_alone(&mut self, old: usize, new: Option<usize>, are_near: &impl Fn(usize, usize) -> bool) {
        let free = new.filter(|new| self.of_new.get(*new).is_some_and(Option::is_none));
        if let Some(new) = free.filter(|new| self.of_old[old].is_none() && are_near(old, *new)) {
            self.pair(old, new);
        }
    }

    /// Pairs each that is alone with the one most like it; `likeness` says how much, and nothing where it is too little.
    pub(super) fn by_likeness(&mut self, likeness: impl Fn(usize, usize) -> Option<f64>) {
        for old in self.old_alone() {
            let all = self.new_alone().into_iter().filter_map(|new| Some((likeness(old, new)?, new)));
            // Of equals the first one.
            let best = all.reduce(|best, other| if other.0 > best.0 { other } else { best });
            if let Some((_, new)) = best {
                self.pair(old, new);
            }
        }
    }

    pub(super) fn pair(&mut self, old: usize, new: usize) {
        self.of_old[old] = Some(new);
        self.of_new[new] = Some(old);
    }

    /// What one of the old list is in the new one.
    pub(super) fn new_of(&self, old: usize) -> Option<usize> {
        self.of_old[old]
    }

    pub(super) fn old_of(&self, new: usize) -> Option<usize> {
        self.of_new[new]
    }

    pub(super) fn old_alone(&self) -> Vec<usize> {
        alone(&self.of_old)
    }

    pub(super) fn new_alone(&self) -> Vec<usize> {
        alone(&self.of_new)
    }

    /// The pairs, in the order of the new list.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.of_new.iter().enumerate().filter_map(|(new, old)| Some(((*old)?, new)))
    }
}

fn alone(partners: &[Option<usize>]) -> Vec<usize> {
    let alone = partners.iter().enumerate().filter(|(_, partner)| partner.is_none());
    alone.map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(matching: &Matching) -> Vec<(usize, usize)> {
        matching.pairs().collect()
    }

    #[test]
    fn the_same_key_pairs_in_order() {
        let (old, new) = (["a", "b", "a", ""], ["b", "", "a", "c", "a", "a"]);
        let mut matching = Matching::new(old.len(), new.len());
        let key = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        matching.by(|old_one| key(old[old_one]), |new_one| key(new[new_one]));
        assert_eq!(pairs(&matching), [(1, 0), (0, 2), (2, 4)]);
        assert_eq!((matching.old_alone(), matching.new_alone()), (vec![3], vec![1, 3, 5]));
    }

    #[test]
    fn neighbours_of_pairs_are_pairs() {
        let mut matching = Matching::new(4, 4);
        matching.pair(2, 2);
        matching.by_neighbour(|old, _| old != 1);
        assert_eq!(pairs(&matching), [(0, 0), (2, 2), (3, 3)]);
        let mut nothing = Matching::new(0, 0);
        nothing.by_neighbour(|_, _| true);
        assert_eq!(pairs(&nothing), []);
    }

    #[test]
    fn the_likest_is_taken() {
        let mut matching = Matching::new(2, 3);
        matching
            .by_likeness(|old, new| [[0.5, 0.7, 0.7], [0.0, 0.9, 0.1]][old].get(new).copied().filter(|it| *it > 0.3));
        assert_eq!(pairs(&matching), [(0, 1)]);
    }
}
