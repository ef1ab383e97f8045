//! Events by year, in lanes side by side; time runs downwards.

use std::collections::BTreeMap;
use std::ops::Range;

use super::pen::{Anchor, write_small};
use super::{Canvas, FigureError, Panel, Pen, UNITS};

/// Pixels from one line of text to the next.
const LINE: u32 = 19;
/// Pixels above the first year, where the lanes are named.
const HEAD: u32 = 34;
/// Pixels to the left of the first lane, for the years.
const YEARS: u32 = 58;
/// A gap between two years that have events is drawn as at most this many lines.
const GAP: i32 = 3;

/// A timeline: each event is a mark and a text, in a lane, at its year.
///
/// A year takes as many lines as its fullest lane has events; years without events are blank, and of a long gap only
/// a part is shown.
#[derive(Clone)]
pub struct Timeline {
    lanes: Vec<(Pen, String)>,
    events: BTreeMap<i32, Vec<(usize, String)>>,
    /// The lanes that are drawn.
    shown: Range<usize>,
}

impl Timeline {
    /// Without events, with a lane for each name.
    pub fn new<'n>(lanes: impl IntoIterator<Item = (Pen, &'n str)>) -> Self {
        let lanes: Vec<(Pen, String)> = lanes.into_iter().map(|(pen, name)| (pen, name.to_owned())).collect();
        Self {
            shown: 0..lanes.len(),
            lanes,
            events: BTreeMap::new(),
        }
    }

    /// Some of its lanes, with all its years: parts side by side are level with each other.
    pub fn part(&self, lanes: Range<usize>) -> Self {
        Self { shown: lanes, ..self.clone() }
    }

    /// An event in the lane with this index; events of one year and lane stand in the order in which they were added.
    pub fn event(mut self, lane: usize, year: i32, text: &str) -> Self {
        self.events.entry(year).or_default().push((lane, text.to_owned()));
        self
    }

    /// The height in pixels that the timeline needs, for [`gallery`](super::gallery).
    pub fn height(&self) -> u32 {
        let lines = self.rows().last().map_or(0, |row| row.line + row.lines);
        HEAD + LINE * lines + LINE
    }

    /// Where the lanes begin, in pixels: each has its share of the width by the length of its longest text.
    fn starts(&self, width: u32) -> Vec<u32> {
        let longest = |lane: usize| {
            let texts = self.events.values().flatten().filter(|(l, _)| *l == lane);
            texts.map(|(_, text)| text.chars().count()).max().unwrap_or(0)
        };
        let names = self.lanes.iter().enumerate();
        // Five more for the mark and the room between lanes.
        let need = |(k, (_, name)): (usize, &(Pen, String))| longest(k).max(name.chars().count()) + 5;
        let needs: Vec<usize> = names.map(|lane| if self.shown.contains(&lane.0) { need(lane) } else { 0 }).collect();
        let all = needs.iter().sum::<usize>().max(1);
        let before = |k: usize| needs[..k].iter().sum::<usize>();
        let start = |k: usize| YEARS + (width - YEARS) * before(k) as u32 / all as u32;
        (0..needs.len()).map(start).collect()
    }

    /// The years with the line on which each begins and the number of lines that it takes.
    fn rows(&self) -> Vec<Row<'_>> {
        let mut rows: Vec<Row<'_>> = Vec::new();
        let mut line = 0;
        for (&year, events) in &self.events {
            if let Some(last) = rows.last() {
                line += (year - last.year - 1).min(GAP).unsigned_abs();
            }
            let in_lane = |lane: usize| events.iter().filter(|(l, _)| *l == lane).count();
            let lines = (0..self.lanes.len()).map(in_lane).max().unwrap_or(0) as u32;
            rows.push(Row { year, line, lines, events });
            line += lines;
        }
        rows
    }
}

struct Row<'t> {
    year: i32,
    line: u32,
    lines: u32,
    events: &'t [(usize, String)],
}

impl Panel for Timeline {
    fn draw_on(&self, canvas: &Canvas<'_>) -> Result<(), FigureError> {
        let unit = |pixels: u32| i32::try_from(pixels * UNITS).unwrap_or(i32::MAX);
        let starts = self.starts(canvas.dim_in_pixel().0 / UNITS);
        let lane = |k: usize| unit(starts[k]);
        let line = |k: u32| unit(HEAD + LINE * k + LINE / 2);
        let rows = self.rows();

        let rail = unit(YEARS - 14);
        let end = rows.last().map_or(0, |row| row.line + row.lines);
        let tick = |row: &Row<'_>| vec![(rail - unit(4), line(row.line)), (rail, line(row.line))];
        let lines = std::iter::once(vec![(rail, line(0)), (rail, line(end))]).chain(rows.iter().map(tick));
        Pen::axes(canvas, lines.collect())?;
        for (k, (pen, name)) in self.lanes.iter().enumerate().filter(|(k, _)| self.shown.contains(k)) {
            write_small(canvas, name, *pen, (lane(k) - unit(6), unit(12)), Anchor::Right)?;
        }
        for row in &rows {
            let at = line(row.line);
            write_small(canvas, &row.year.to_string(), Pen::Ink, (rail, at), Anchor::Left)?;
            let mut used = vec![0; self.lanes.len()];
            for (k, text) in row.events {
                let Some((pen, _)) = self.lanes.get(*k) else {
                    return Err(FigureError::NoPlace {
                        axis: "lanes".to_owned(),
                        value: *k as f64,
                    });
                };
                if !self.shown.contains(k) {
                    continue;
                }
                let at = (lane(*k), line(row.line + used[*k]));
                used[*k] += 1;
                pen.marks(canvas, vec![at])?;
                write_small(canvas, text, Pen::Ink, at, Anchor::Right)?;
            }
        }
        Ok(())
    }
}
