//! What a search finds, and the words by which it does.

/// Longer words are no words.
const LONGEST: usize = 80;

/// Something that a search finds.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::finish) struct Found {
    /// Its address, below the root of the book.
    pub(super) address: String,
    pub(super) title: String,
    pub(super) text: String,
    /// The headings around it, and its own, as the search shows them.
    pub(super) path: String,
}

/// As mdBook's script takes what is searched apart. It knows no letters but the Latin ones: others have their names.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty());
    words.map(|word| spelt(&word.to_lowercase())).filter(|word| word.len() <= LONGEST).collect()
}

/// A word with the names of Greek letters, as people type them.
fn spelt(word: &str) -> String {
    const NAMES: &str = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega";
    let name = |c: char| match c {
        'α'..='ω' => NAMES.split(' ').nth(c as usize - 'α' as usize).unwrap_or_default().to_owned(),
        'ϵ' => "epsilon".to_owned(),
        'ϕ' => "phi".to_owned(),
        c => c.to_string(),
    };
    word.chars().map(name).collect()
}
