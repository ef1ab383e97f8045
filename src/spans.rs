//! A set of places of a text.

use std::collections::BTreeMap;
use std::ops::Range;

/// The bytes of a text that are in one of several ranges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spans {
    /// Where each stretch of them begins and ends; no two touch.
    stretches: BTreeMap<usize, usize>,
}

impl Spans {
    pub(crate) fn insert(&mut self, span: Range<usize>) {
        if span.is_empty() {
            return;
        }
        let (mut start, mut end) = (span.start, span.end);
        while let Some((&first, &last)) = self.stretches.range(..=end).next_back()
            && start <= last
        {
            self.stretches.remove(&first);
            (start, end) = (start.min(first), end.max(last));
        }
        self.stretches.insert(start, end);
    }

    pub(crate) fn contains(&self, position: usize) -> bool {
        self.stretch_of(position).is_some()
    }

    /// Where the stretch begins in which a position is.
    pub(crate) fn stretch_of(&self, position: usize) -> Option<usize> {
        let before = self.stretches.range(..=position).next_back();
        before.filter(|(_, end)| position < **end).map(|(start, _)| *start)
    }
}

impl FromIterator<Range<usize>> for Spans {
    fn from_iter<I: IntoIterator<Item = Range<usize>>>(ranges: I) -> Spans {
        let mut spans = Spans::default();
        spans.extend(ranges);
        spans
    }
}

impl Extend<Range<usize>> for Spans {
    fn extend<I: IntoIterator<Item = Range<usize>>>(&mut self, ranges: I) {
        ranges.into_iter().for_each(|range| self.insert(range));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_position_is_in_one_of_the_ranges(ranges in prop::collection::vec((0..60_usize, 0..20_usize), 0..12)) {
            let ranges: Vec<Range<usize>> = ranges.into_iter().map(|(start, length)| start..start + length).collect();
            let spans: Spans = ranges.iter().cloned().collect();
            for at in 0..90 {
                prop_assert_eq!(spans.contains(at), ranges.iter().any(|range| range.contains(&at)), "{}", at);
            }
        }
    }
}
