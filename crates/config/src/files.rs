//! `[[collector.files]]`: log files of the PBX that are read while it writes them.

use crate::check::{Checked, wrong};
use crate::{Collector, Config};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// One of `[[collector.files]]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowedFile {
    /// What is in it.
    pub kind: FileKind,
    /// Where the PBX writes it.
    pub path: PathBuf,
    /// How often it is looked at.
    #[serde(default = "quarter_second")]
    pub poll_ms: u64,
    /// Where reading begins when the file is followed for the first time.
    #[serde(default)]
    pub from: FileStart,
}

/// What a followed file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Asterisk's `queue_log`.
    QueueLog,
    /// Asterisk's channel event log, comma-separated.
    Cel,
    /// Asterisk's call detail records, comma-separated.
    Cdr,
}

impl FileKind {
    /// The word in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::QueueLog => "queue_log",
            Self::Cel => "cel",
            Self::Cdr => "cdr",
        }
    }
}

/// Where the first reading of a file begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStart {
    /// With what is written from now on.
    #[default]
    End,
    /// With what stands there already.
    Beginning,
}

fn quarter_second() -> u64 {
    250
}

impl Config {
    pub(crate) fn check_files(&self) -> Checked {
        let Collector { files, .. } = &self.collector;
        let mut seen = BTreeSet::new();
        for (at, file) in files.iter().enumerate() {
            let place = |key: &str| format!("collector.files (entry {}), {key}", at + 1);
            if file.path.file_name().is_none() {
                return wrong(
                    &place("path"),
                    "it names no file; for example \"/var/log/asterisk/queue_log\"",
                );
            }
            if !seen.insert(&file.path) {
                let path = file.path.display();
                return wrong(&place("path"), format!("`{path}` stands there twice"));
            }
            if !(10..=60_000).contains(&file.poll_ms) {
                return wrong(&place("poll_ms"), "milliseconds from 10 to 60000");
            }
        }
        Ok(())
    }
}
