//! How long the stages of a build take, and the lessons in it.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::terminal::Terminal;
use crate::problem::count;
use crate::progress::Stage;
use crate::session::Built;

/// When each stage of a build began.
pub(super) struct Clock(Mutex<Vec<(Stage, Instant)>>);

impl Clock {
    /// Starts it with the first stage.
    pub(super) fn start() -> Clock {
        Clock(Mutex::new(vec![(Stage::Read, Instant::now())]))
    }

    pub(super) fn begins(&self, stage: Stage) {
        let mut began = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if began.last().is_none_or(|(last, _)| *last != stage) {
            began.push((stage, Instant::now()));
        }
    }

    /// How long each stage took, if all are over now. Where lessons run twice, some come twice.
    pub(super) fn stop(self) -> Vec<(Stage, Duration)> {
        let began = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ends = began.iter().skip(1).map(|(_, end)| *end).chain([Instant::now()]);
        let mut times: Vec<(Stage, Duration)> = Vec::new();
        for ((stage, start), end) in began.iter().zip(ends) {
            match times.iter_mut().find(|(known, _)| known == stage) {
                Some((_, time)) => *time += end - *start,
                None => times.push((*stage, end - *start)),
            }
        }
        times
    }
}

/// Says how long each stage took, in their order, and each lesson ran, the slowest first.
pub(super) fn tell(stages: &[(Stage, Duration)], built: &Built, terminal: &Terminal) {
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    for (stage, time) in stages {
        terminal.status(&seconds(*time), stage.word());
    }
    let mut lessons: Vec<&(PathBuf, Duration)> = built.times.iter().collect();
    lessons.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    for (lesson, time) in &lessons {
        terminal.status(&seconds(*time), &lesson.display().to_string());
    }
    terminal.status(&seconds(lessons.iter().map(|(_, time)| *time).sum()), "all lessons");
    let (rendered, all) = built.rendered;
    terminal.status("Rendered", &format!("{rendered} of {}", count(all, "page")));
    let times: Map<String, Value> = stages
        .iter()
        .map(|(stage, time)| (stage.word().to_lowercase(), time.as_secs_f64().into()))
        .collect();
    terminal.sum_up(json!({ "stages": times }));
}
