//! Every measure of call flow, for people and for scripts.

mod answering;
mod fields;
mod lines;
mod machine;
pub mod open_list;
mod outcomes;
mod page;
mod special;
mod work;

use crate::commands::analyze::Format;
use clap::ValueEnum;
use kpi::{Cadence, Cut, Episodes, Report, Target};
use std::io::Write;

/// A group of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// Answer time in seconds: mean, median, percentiles, longest; in menus; ringing
    Answer,
    /// Answer time in ring signals, and how many were answered within so many
    Signals,
    /// Service levels in the four ways, on each clock; which targets were kept
    Service,
    /// Lost calls: why, where in the journey, after how long
    Loss,
    /// Whom the caller got: first, and last
    Reach,
    /// Calls that fell to the operator because the phone was not diverted
    Undiverted,
    /// Why the operator got it
    Causes,
    /// Direct-number share; the extensions most asked for through the operator
    Direct,
    /// Internal callers taken before external ones who had waited longer
    Priority,
    /// Calls handed over, and callers who gave up on hold
    Transfers,
    /// Calls that ended in a personal mailbox
    Voicemail,
    /// Callers who call again, and lost ones who were then answered
    Repeat,
}

/// What shall be told.
#[derive(Debug, Clone)]
pub struct Plan {
    pub cut: Cut,
    pub measures: Vec<Measure>,
    pub cadence: Cadence,
    /// N of "within N signals".
    pub signals: Vec<u32>,
    /// T of the service levels, in seconds.
    pub thresholds_s: Vec<u16>,
    pub targets: Vec<Target>,
    /// Numbers and extensions with fewer calls are told together: one of them is one person.
    pub at_least: i64,
}

/// What was counted.
pub struct Counted {
    pub report: Report,
    pub episodes: Episodes,
}

/// Prints it.
pub fn write(out: &mut dyn Write, counted: &Counted, plan: &Plan, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Table => page::write(out, counted, plan),
        Format::Json => machine::json(out, counted, plan),
        Format::Jsonl => machine::jsonl(out, counted, plan),
        Format::Csv => machine::csv(out, counted, plan),
    }
}
