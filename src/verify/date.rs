//! Years, dates and times of day in prose.

/// "to 2019" behind a year.
fn begins_years(after: &str) -> bool {
    let end = ["to", "and", "–", "-"].iter().find_map(|word| after.trim_start().strip_prefix(word));
    end.is_some_and(|end| begins_with_year(end.trim_start()))
}

/// `1990s`, `'90s`
pub(super) fn is_decade(before: &str, digits: &str, after: &str) -> bool {
    let ends = after.strip_prefix('s').is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    let is_short = digits.len() == 2 && before.ends_with(['\'', '’', '‘']);
    let is_whole = digits.len() == 4 && ["16", "17", "18", "19", "20"].iter().any(|it| digits.starts_with(it));
    ends && digits.ends_with('0') && (is_short || is_whole)
}

/// Whether a number is part of a date or a time of day. `between` stands between it and a part of a date before it, if it may go on
/// with that.
pub(super) fn is_date(before: &str, digits: &str, after: &str, between: Option<&str>) -> bool {
    is_year(before, digits, after, between.is_some())
        || is_day(before, digits, after)
        || between.is_some() && is_up_to(digits, 31) && is_before_year(after)
        || is_slashed(before, digits, after)
        || is_time(before, digits, after)
        || matches!(between, Some("–" | "-")) && is_short_year(before, digits) && !counts(after)
}

/// The 98 of `1997–98`, of which the year is known to be one.
fn is_short_year(before: &str, digits: &str) -> bool {
    let years = before.trim_end_matches(['–', '-']);
    let year = &years[years.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
    digits.len() == 2 && begins_with_year(year) && year.get(2..).is_some_and(|last| last < digits)
}

/// Whether a text begins with a year.
fn begins_with_year(text: &str) -> bool {
    let digits = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    digits.len() == 4 && digits.parse().is_ok_and(|year: u32| (1600..2100).contains(&year))
}

const SPACES: [char; 3] = [' ', '\u{a0}', '\n'];
const MONTHS: &str = "January February March April May June July August September October November December \
    Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec";
/// Words before a day of a month, `in` apart: "In May 17 runs failed."
const BEFORE_DAY: &str = "on since until by from before after";

/// `, 2020`
fn is_before_year(after: &str) -> bool {
    begins_with_year(after.strip_prefix(',').unwrap_or_default().trim_start_matches(SPACES))
}

/// Behind the second day of `3–17 March` and `3 and 4 March`, if there is one.
fn behind_days(after: &str) -> &str {
    let second = ["–", "-", " and ", " to ", " or "].iter().find_map(|it| after.strip_prefix(it)).unwrap_or_default();
    let rest = second.trim_start_matches(|c: char| c.is_ascii_digit());
    if is_up_to(&second[..second.len() - rest.len()], 31) { rest } else { after }
}

/// Whether a text ends with a date like `2020-03-17`, and what parts it from a time.
fn ends_with_date(text: &str) -> bool {
    let date = text.strip_suffix(['T', ' ']).unwrap_or_default();
    let parts: Vec<&str> =
        date[date.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-').len()..].split('-').collect();
    matches!(parts[..], [year, month, day] if begins_with_year(year) && is_up_to(month, 12) && is_up_to(day, 31))
}

/// The word that a text begins or ends with, letters alone.
fn first_word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default()
}

fn last_word(text: &str) -> &str {
    text.trim_end_matches(SPACES).rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default()
}

/// A number with the digits and signs that touch it, and what stands before and behind all of it.
fn joined<'a>(before: &'a str, digits: &str, after: &'a str, sign: char) -> (&'a str, String, &'a str) {
    let is_part = |c: char| c.is_ascii_digit() || c == sign;
    let start = before.trim_end_matches(is_part).len();
    let ahead = after[..after.find(|c| !is_part(c)).unwrap_or(after.len())].trim_end_matches(sign);
    (&before[..start], format!("{}{digits}{ahead}", &before[start..]), &after[ahead.len()..])
}

fn is_up_to(part: &str, most: u32) -> bool {
    part.len() <= 2 && part.parse().is_ok_and(|it: u32| it <= most)
}

/// `17/3/2020`, `2020/03/17`
fn is_slashed(before: &str, digits: &str, after: &str) -> bool {
    let (_, whole, _) = joined(before, digits, after, '/');
    let parts: Vec<&str> = whole.split('/').collect();
    let is_of = |a: &str, b: &str, year: &str| {
        let day_and_month = is_up_to(a, 31) && is_up_to(b, 12) || is_up_to(a, 12) && is_up_to(b, 31);
        day_and_month && begins_with_year(year)
    };
    matches!(parts[..], [a, b, c] if is_of(a, b, c) || is_of(b, c, a))
}

/// `17 March 2020`, `March 17, 2020`, `on March 17`, `on 17 March`
fn is_day(before: &str, digits: &str, after: &str) -> bool {
    if !is_up_to(digits, 31) || before.ends_with('/') || after.starts_with('/') {
        return false;
    }
    let after = behind_days(after);
    let is_said = |before: &str| among(BEFORE_DAY, &last_word(before).to_lowercase());
    let ahead = after.trim_start_matches(SPACES);
    let month = first_word(ahead);
    if ahead.len() < after.len() && among(MONTHS, month) {
        let behind = &ahead[month.len()..];
        return begins_with_year(behind.trim_start_matches(['.', ',', ' ', '\u{a0}', '\n']))
            || is_said(before) && !counts(behind);
    }
    let words = before.trim_end_matches(SPACES).trim_end_matches('.');
    let month = last_word(words);
    let first = &words[..words.len() - month.len()];
    let is_apart = before.ends_with(SPACES) && among(MONTHS, month);
    is_apart && (is_before_year(after) || is_said(first) && !counts(after))
}

/// `at 10:30`, `10:30 UTC`, `5 p.m.`; what took 10:30 is none.
fn is_time(before: &str, digits: &str, after: &str) -> bool {
    let (first, whole, behind) = joined(before, digits, after, ':');
    let parts: Vec<&str> = whole.split(':').collect();
    let is_clock = is_up_to(parts[0], 24) && parts[1..].iter().all(|part| part.len() == 2 && is_up_to(part, 59));
    let zone = behind.trim_start_matches(SPACES).split([' ', '\n', ',', ')', ';']).next().unwrap_or_default();
    let of_day = match parts.len() {
        1 => is_up_to(parts[0], 12) && among("am pm a.m. p.m. AM PM o'clock o’clock", zone),
        2 | 3 => {
            among("am pm a.m. p.m. AM PM UTC GMT CET", zone)
                || ends_with_date(first)
                || among("at until till since before after", &last_word(first).to_lowercase()) && !counts(behind)
        }
        _ => false,
    };
    is_clock && of_day
}

/// Words before a year, and those after one that is not the number of something.
const BEFORE_YEAR: &str = "born in since until till from after before year years during early late about around circa \
    january february march april may june july august september october november december";
const AFTER_YEAR: &str = "and or to the a an he she it they we was were is are by with for in on at as that which this but also has \
    had have from when who until shows showed already every each most many all there no";

/// Whether a number of four digits reads as a year: what stands before it says so, and it counts nothing after it.
fn is_year(before: &str, digits: &str, after: &str, follows_year: bool) -> bool {
    if digits.len() != 4 || !begins_with_year(digits) {
        return false;
    }
    let mut back = before
        .trim_end_matches(',')
        .split(|c: char| !c.is_alphabetic())
        .rev()
        .filter(|word| !word.is_empty());
    let adjacent = before.trim_end_matches([' ', '\u{a0}', '\n', ',']).ends_with(char::is_alphabetic);
    let last = if adjacent { back.next().unwrap_or_default() } else { "" };
    let of_years = among("is are was were around about before after since until from", last)
        && back.next().is_some_and(|word| among("year years", word));
    let before_comma = before.trim_end().strip_suffix(',').unwrap_or_default();
    let cited = after.starts_with([')', ';']) && before_comma.ends_with(|c: char| c.is_alphabetic() || c == '.');
    let of_season = last == "of" && back.clone().next().is_some_and(|word| among("spring summer autumn winter", word));
    let marked = before.trim_end();
    let is_marked =
        marked.ends_with('©') || marked.ends_with("(c)") || marked.trim_end_matches(',').ends_with("et al.");
    // `Legendre (1752–1833)`
    let lived = marked.strip_suffix('(').and_then(|name| name.trim_end().rsplit(' ').next());
    let is_of_life = lived.is_some_and(|name| name.starts_with(char::is_uppercase)) && begins_years(after);
    let is_name = last.starts_with(char::is_uppercase) && last.chars().count() > 2;
    let says_so = among(BEFORE_YEAR, &last.to_lowercase())
        || among("of between", last) && begins_years(after)
        || cited
        || is_name
        || before.ends_with('(') && after.starts_with([')', ',', ';'])
        || follows_year
        || of_season
        || is_marked
        || is_of_life;
    // "converged after 2000" is of steps.
    let is_round =
        digits.ends_with("00") && among("after before until till about around circa to", &last.to_lowercase());
    // "the 1998 paper": a number of papers would be of more than one.
    let next = after.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let is_of_one =
        last == "the" && among("paper article book edition standard version conference survey report", next);
    of_years || is_of_one || says_so && !is_round && !counts(after)
}

pub(super) fn among(words: &str, word: &str) -> bool {
    words.split(' ').any(|listed| listed == word)
}

/// Whether a number counts what the text behind it begins with.
pub(super) fn counts(after: &str) -> bool {
    let next = after.trim_start_matches([' ', '\u{a0}', '\n']).split(|c: char| !c.is_alphabetic()).next();
    next.is_some_and(|next| next.starts_with(char::is_lowercase) && !among(AFTER_YEAR, next))
}
