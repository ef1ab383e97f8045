//! A book that is served while it is written: to readers on this machine, and with news of what has changed.
//!
//! In: what each build gave. Out: its pages over HTTP, and a stream of news for the script that the server adds to them. The folders
//! of the pages stay as they are; what is added is added on the way.

mod http;
mod pages;
mod site;
mod sources;
mod watch;

pub(crate) use site::{News, Site};
pub(crate) use sources::Sources;
pub(crate) use watch::Watch;
