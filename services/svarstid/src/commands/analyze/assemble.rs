//! Files → calls, each kind of source apart.

use super::recognise::{Kind, Lists, head, kind_or_list, open};
use super::stream::{Keep, Stream};
use crate::commands::explain::story::Step;
use anyhow::{Context, bail};
use call::reconcile::{Reconciled, Report as Agreement, reconcile};
use call::{Call, SitePlan, SourceKind};
use config::Config;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many reasons are told one by one.
const REASONS_MAX: usize = 10;

/// What came of it.
pub struct Report {
    /// The last version of every call that was kept, in the order of arrival.
    pub calls: Vec<Call>,
    /// Records read.
    pub records: u64,
    /// Why records could not be used.
    pub rejected: Vec<String>,
    /// How the sources agree, if there were several.
    pub agreement: Option<Agreement>,
}

/// Hears of every event.
pub type Listener<'a> = &'a mut dyn FnMut(&Step<'_>);

/// Calls as they are being put together, those of each kind of source apart.
pub struct Assembly<'c> {
    config: &'c Config,
    plan: Arc<SitePlan>,
    shift_us: i64,
    keep: Keep,
    streams: BTreeMap<SourceKind, Stream>,
}

impl<'c> Assembly<'c> {
    pub fn new(config: &'c Config) -> anyhow::Result<Self> {
        let plan = Arc::new(config.site_plan()?);
        Ok(Self { config, plan, shift_us: 0, keep: Keep::Calls, streams: BTreeMap::new() })
    }

    /// With every time moved by so much.
    #[must_use]
    pub fn shifted(mut self, shift_us: i64) -> Self {
        self.shift_us = shift_us;
        self
    }

    /// Keeping so much.
    #[must_use]
    pub fn keeping(mut self, keep: Keep) -> Self {
        self.keep = keep;
        self
    }

    pub fn read_all(&mut self, files: &[PathBuf], listener: Listener<'_>) -> anyhow::Result<()> {
        for file in files {
            self.read_and_tell(file, listener)
                .with_context(|| format!("{} could not be analysed", file.display()))?;
        }
        Ok(())
    }

    pub fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        self.read_and_tell(path, &mut |_| {})
    }

    /// The same, with every event told to a listener.
    fn read_and_tell(&mut self, path: &Path, listener: Listener<'_>) -> anyhow::Result<()> {
        let kind = source(path, self.config)?;
        let stream = match self.streams.entry(kind) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                entry.insert(Stream::new(kind, self.config, &self.plan, self.shift_us, self.keep)?)
            }
        };
        stream.read(&mut *open(path).context("it could not be opened")?, listener)
    }

    /// The calls. Of several kinds of sources: as they agree.
    pub fn finish(self) -> Report {
        let records = self.streams.values().map(|stream| stream.records).sum();
        let mut rejected = Vec::new();
        let mut witnesses = Vec::new();
        for stream in self.streams.into_values() {
            let (witness, reasons) = stream.into_witness();
            rejected.extend(reasons);
            witnesses.push(witness);
        }
        let (mut reconciled, agreement) = match &mut witnesses[..] {
            [alone] => {
                let calls = std::mem::take(&mut alone.calls);
                (calls.into_values().map(|call| Reconciled::alone(alone.kind, call)).collect(), None)
            }
            several => {
                let (calls, agreement) = reconcile(several);
                (calls, Some(agreement))
            }
        };
        reconciled
            .sort_by(|a, b| (a.call.arrived_us, &a.call.call_id).cmp(&(b.call.arrived_us, &b.call.call_id)));
        let calls = reconciled.into_iter().map(|told| told.call).collect();
        Report { calls, records, rejected, agreement }
    }
}

/// Whether the files are of several kinds is seen before they are read.
pub fn are_of_several_kinds(files: &[PathBuf], config: &Config) -> bool {
    files.iter().map(|file| source(file, config).ok()).collect::<BTreeSet<_>>().len() > 1
}

/// What kind of source a file is.
pub fn source(path: &Path, config: &Config) -> anyhow::Result<SourceKind> {
    let mut stream = open(path).context("it could not be opened")?;
    let head = head(&mut *stream).context("it could not be read")?;
    let lists: Lists = match config.call_list()? {
        Some(mapping) => Some((mapping, config.numbers()?)),
        None => None,
    };
    match kind_or_list(&head, &lists) {
        Kind::AsteriskAmi => Ok(SourceKind::AsteriskAmiRecording),
        Kind::AsteriskQueueLog => Ok(SourceKind::AsteriskQueueLog),
        Kind::AsteriskCel => Ok(SourceKind::AsteriskCel),
        Kind::AsteriskCdr => Ok(SourceKind::AsteriskCdr),
        Kind::CallList => Ok(SourceKind::CsvImport),
        Kind::Unknown if lists.is_some() => bail!(
            "it is no recording of Asterisk, and no call list as [import] says; `svarstid import check FILE` tells why"
        ),
        Kind::Unknown => bail!(
            "it begins neither with an Asterisk manager banner nor with `Key: value` lines, and is no queue_log, channel \
             event log or call detail record; docs/connect-asterisk.md tells how a recording is made"
        ),
    }
}

impl Report {
    /// Tells on stderr how many `calls` were read and what could not be used.
    #[expect(clippy::print_stderr, reason = "figures go to stdout, what is to be said about them to stderr")]
    pub fn tell(&self, calls: Option<u64>) {
        for reason in self.rejected.iter().take(REASONS_MAX) {
            eprintln!("rejected {reason}");
        }
        if self.rejected.len() > REASONS_MAX {
            eprintln!("rejected {} more", self.rejected.len() - REASONS_MAX);
        }
        if let Some(calls) = calls {
            let (records, rejected) = (self.records, self.rejected.len());
            eprintln!("{records} records, {calls} calls, {rejected} records rejected");
        }
    }
}
