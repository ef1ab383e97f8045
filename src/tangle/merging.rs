//! Which programs may as well be modules of one, as rustdoc merges doctests: compiled together, and run apart.
//!
//! A program is merged only where that can't change what becomes of it: where it sees its own names alone, no other
//! program sees what it has, and nothing it says depends on where it stands.

use std::sync::LazyLock;

use regex::Regex;

use super::part::CellPart;
use crate::read::{CodeLine, Edition, Lesson, Mode, Scope};

/// What a program may have that is of its crate, of what is linked, or of its process; and what asks where it is.
static OF_THE_WHOLE: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        // Paths and names of the crate.
        r"\bcrate\b",
        r"\bsuper\b",
        r"\bextern\b",
        r"\bmacro_(?:use|export)\b",
        // Symbols.
        r"\bno_mangle\b",
        r"\bexport_name\b",
        r"\blink(?:_\w+|age)?\b",
        r"\bused\b",
        r"asm!",
        r"\bnaked\b",
        r"\bglobal_allocator\b",
        r"\bpanic_handler\b",
        r"\b(?:ctor|dtor|inventory|linkme|distributed_slice|typetag)\b",
        // What has the crate's name in it.
        r"\btype_name",
        r"\bmodule_path\b",
        r"acktrace",
        r"\b(?:log|tracing|env_logger)\b",
        r"\b(?:trace|debug|info|warn|error)!",
        // What has the program's.
        r"\bargs(?:_os)?\b",
        r"\bvars(?:_os)?\b",
        r"\bcurrent_exe\b",
        r"/proc/",
        r"\benv!",
    ];
    Regex::new(&words.join("|")).expect("a constant")
});

/// In edition 2015 paths begin at the crate's root, where `std` has its name: who gives it another meaning there is refused. What is
/// merged finds `recto` there.
static OF_THE_ROOT_IN_2015: LazyLock<Regex> = LazyLock::new(|| {
    let words = [
        r"\bstd\s*(?:[^:\s]|:[^:]|$)",
        r"\bstd\s*::\s*\{[^;]*\bself\b",
        r"\brecto\b",
    ];
    Regex::new(&words.join("|")).expect("a constant")
});

/// A visibility names the crate and needs nothing of it.
const VISIBILITY: &str = "pub(crate)";

/// Whether the program of a cell that stands alone may be merged.
pub(super) fn merges(lesson: &Lesson, edition: Edition, part: &CellPart<'_>) -> bool {
    let shape = &part.shape;
    let is_own = shape.hoisted.is_empty() && shape.crate_names.is_empty() && part.told.is_empty();
    let can_be = lesson.scope == Scope::Block && !matches!(part.cell.mode, Mode::CompileFail(_)) && !part.cell.harness;
    let is_apart =
        |code: &str| OF_THE_WHOLE.is_match(code) || edition == Edition::E2015 && OF_THE_ROOT_IN_2015.is_match(code);
    can_be && shape.is_rust && is_own && !is_apart(&CodeLine::joined(&part.cell.lines).replace(VISIBILITY, "pub"))
}
