//! Units of measure.

/// Units that take no prefix, and those that do.
const PLAIN: &str = "min h deg rad sr rpm px pt em ha dB mol lm lx kat";
const PREFIXED: &str =
    "m g s A K cd Hz N Pa J W C V F Ω S Wb T H Bq Gy Sv l L t eV B b bit bits byte bytes bps FLOP FLOPs FLOPS cal bar";
const PREFIXES: [&str; 24] = [
    "", "k", "M", "G", "T", "P", "E", "m", "µ", "μ", "u", "n", "p", "f", "a", "c", "d", "h", "da", "Ki", "Mi", "Gi",
    "Ti", "Pi",
];

/// Whether a word is a unit, as `ms`, `kg` or `GB`.
pub(crate) fn is_unit(word: &str) -> bool {
    let among = |units: &str, word: &str| units.split(' ').any(|unit| unit == word);
    let mut stems = PREFIXES.iter().filter_map(|prefix| word.strip_prefix(prefix));
    among(PLAIN, word) || stems.any(|stem| among(PREFIXED, stem))
}
