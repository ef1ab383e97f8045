//! How long programs ran, remembered for the order in which they run next time. No result depends on it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::generated::replace;
use super::workspace::Workspace;

/// A program that takes so long is compiled before the others, which then compile while it runs.
const LONG: Duration = Duration::from_secs(10);

/// The times of programs, by their names.
#[derive(Debug, Default)]
pub(super) struct Times {
    file: PathBuf,
    times: BTreeMap<String, Duration>,
}

impl Times {
    pub(super) fn of(workspace: &Workspace) -> Times {
        let file = workspace.folder().join("times.json");
        let times = std::fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok());
        Times { file, times: times.unwrap_or_default() }
    }

    /// How long a program ran last; nothing where it has not run.
    pub(super) fn last(&self, program: &str) -> Option<Duration> {
        self.times.get(program).copied()
    }

    pub(super) fn is_long(&self, program: &str) -> bool {
        self.last(program).is_some_and(|time| time >= LONG)
    }

    /// Remembers how long some programs ran now.
    pub(super) fn remember(mut self, now: impl Iterator<Item = (String, Duration)>) {
        self.times.extend(now);
        // What is not remembered runs in another order.
        let _ = serde_json::to_vec(&self.times).map(|text| replace(&self.file, &text));
    }
}
