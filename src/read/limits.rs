//! What the programs of a lesson may use: settings of the book, of a lesson, and the time of a cell.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a lesson's program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Time for all that has no limit of its own, in seconds.
    pub(crate) timeout: u64,
    /// Time of its processors, in seconds.
    pub(crate) cpu_time: Option<u64>,
    /// Address space, in MiB.
    pub(crate) memory: u64,
    /// All that it prints and shows, in MiB.
    pub(crate) output: u64,
    /// Each file that it writes, in MiB.
    pub(crate) file_size: u64,
    /// Files that it holds open at once.
    pub(crate) open_files: u64,
    /// Processes that it has started and that are running.
    pub(crate) processes: u64,
}

/// Whether walls surround the lessons' programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Sandbox {
    Off,
    /// As far as the kernel can raise them.
    #[default]
    Try,
    /// Without all of them nothing is run.
    Require,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeout: 60,
            cpu_time: None,
            memory: 4096,
            output: 16,
            file_size: 256,
            open_files: 1024,
            processes: 64,
        }
    }
}

impl Limits {
    /// What is given in the place of what is not.
    pub(super) fn with(self, given: Given) -> Limits {
        let or = |given: Option<u64>, own: u64| given.unwrap_or(own);
        Limits {
            timeout: or(given.timeout.map(u64::from), self.timeout),
            cpu_time: given.cpu_time.map(u64::from).or(self.cpu_time),
            memory: or(given.memory.map(u64::from), self.memory),
            output: or(given.output.map(u64::from), self.output),
            file_size: or(given.file_size.map(u64::from), self.file_size),
            open_files: or(given.open_files.map(u64::from), self.open_files),
            processes: or(given.processes.map(u64::from), self.processes),
        }
    }

    /// Time for all that has no limit of its own.
    pub(crate) fn time(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }
}

/// Limits as an author gives them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given {
    pub(super) timeout: Option<Seconds>,
    pub(super) cpu_time: Option<Seconds>,
    pub(super) memory: Option<Memory>,
    pub(super) output: Option<Output>,
    pub(super) file_size: Option<FileSize>,
    pub(super) open_files: Option<OpenFiles>,
    pub(super) processes: Option<Processes>,
}

/// A number between two others; any other is an error where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct Within<const LEAST: u64, const MOST: u64>(u64);

/// Up to a year.
pub(crate) type Seconds = Within<1, 31_536_000>;
/// MiB. With less than the least a program does not come to its first cell.
pub(super) type Memory = Within<64, 16_777_216>;
/// MiB, which recto holds in its own memory.
pub(super) type Output = Within<1, 1024>;
/// MiB.
pub(super) type FileSize = Within<1, 16_777_216>;
/// Significant digits of a number; 17 tell each number of 64 bits from the others.
pub(crate) type Digits = Within<1, 17>;
/// Points of a range at which a claim is looked at, which are all in the result.
pub(crate) type Points = Within<2, 10_000>;
/// Of cargo's profiles.
pub(super) type OptLevel = Within<0, 3>;
/// MiB.
pub(super) type StoreLimit = Within<0, 16_777_216>;
pub(super) type OpenFiles = Within<16, 1_048_576>;
pub(super) type Processes = Within<0, 32_768>;

impl<const LEAST: u64, const MOST: u64> Within<LEAST, MOST> {
    /// The least and the greatest of them.
    pub(super) const RANGE: (u64, u64) = (LEAST, MOST);
}

impl<const LEAST: u64, const MOST: u64> From<Within<LEAST, MOST>> for u64 {
    fn from(within: Within<LEAST, MOST>) -> u64 {
        within.0
    }
}

impl From<OptLevel> for u8 {
    fn from(within: OptLevel) -> u8 {
        // It is 3 at most.
        u8::try_from(within.0).unwrap_or(3)
    }
}

impl<const LEAST: u64, const MOST: u64> From<Within<LEAST, MOST>> for usize {
    fn from(within: Within<LEAST, MOST>) -> usize {
        // None is more than memory is addressed by.
        usize::try_from(within.0).unwrap_or(usize::MAX)
    }
}

impl Points {
    /// So many, where nothing else is said.
    pub(super) const USUAL: Points = Within(100);
}

impl Digits {
    /// So many a number has, where nothing else is said.
    pub(crate) const USUAL: Digits = Within(6);
}

impl<const LEAST: u64, const MOST: u64> TryFrom<u64> for Within<LEAST, MOST> {
    type Error = Outside<LEAST, MOST>;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        let is_within = (LEAST..=MOST).contains(&number);
        is_within.then_some(Within(number)).ok_or(Outside)
    }
}

/// A number that is too small or too great.
#[derive(Debug)]
pub(crate) struct Outside<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> fmt::Display for Outside<LEAST, MOST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this must be a number from {LEAST} to {MOST}")
    }
}
