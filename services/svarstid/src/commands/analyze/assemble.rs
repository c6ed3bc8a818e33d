//! Files → calls.

use super::recognise::{Kind, head, kind, open};
use crate::commands::explain::story::Step;
use anyhow::{Context, bail};
use call::{Assembler, Call, Event, EventId, Origin, SourceKind, Text};
use config::Config;
use pbx::Draft;
use pbx::asterisk::ami::{FrameError, Framer, Message, Translation, Translator};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

const CHUNK_BYTES: usize = 1 << 18;
/// So many reasons are told one by one.
const REASONS_MAX: usize = 10;

/// What came of it.
pub struct Report {
    /// The last version of every call, in the order of arrival.
    pub calls: Vec<Call>,
    /// Messages read.
    pub messages: u64,
    /// Why records could not be used.
    pub rejected: Vec<String>,
}

/// Hears of every event.
pub type Listener<'a> = &'a mut dyn FnMut(&Step<'_>);

/// Calls as they are being put together.
pub struct Assembly {
    site: Text,
    node: Text,
    shift_us: i64,
    translator: Translator<org::SiteNumbers>,
    assembler: Assembler,
    calls: BTreeMap<Text, Call>,
    messages: u64,
    without_time: u64,
    rejected: Vec<String>,
}

impl Assembly {
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            site: config.site.id.as_str().into(),
            node: config.pbx.node.as_str().into(),
            shift_us: 0,
            translator: Translator::new(config.dialect()?, config.numbers()?),
            assembler: Assembler::new(&config.site.id, Arc::new(config.site_plan()?)),
            calls: BTreeMap::new(),
            messages: 0,
            without_time: 0,
            rejected: Vec::new(),
        })
    }

    /// With every time moved by so much.
    #[must_use]
    pub fn shifted(mut self, shift_us: i64) -> Self {
        self.shift_us = shift_us;
        self
    }

    pub fn read(&mut self, path: &Path) -> anyhow::Result<()> {
        self.read_and_tell(path, &mut |_| {})
    }

    /// The same, with every event told to a listener.
    pub fn read_and_tell(&mut self, path: &Path, listener: Listener<'_>) -> anyhow::Result<()> {
        let mut stream = open(path).context("it could not be opened")?;
        let head = head(&mut *stream).context("it could not be read")?;
        match kind(&head) {
            Kind::AsteriskAmi => self.read_ami(&head, &mut *stream, listener),
            Kind::AsteriskQueueLog => bail!(
                "this is an Asterisk queue_log, which holds queues but not calls; record the manager interface instead \
                 (docs/connect-asterisk.md)"
            ),
            Kind::Csv => bail!(
                "this is a CDR or CEL file; record the manager interface instead (docs/connect-asterisk.md)"
            ),
            Kind::Unknown => bail!(
                "it begins neither with an Asterisk manager banner nor with `Key: value` lines; a recording is made \
                 as docs/connect-asterisk.md tells"
            ),
        }
    }

    fn read_ami(&mut self, head: &[u8], stream: &mut dyn Read, listener: Listener<'_>) -> anyhow::Result<()> {
        let before = (self.messages, self.without_time);
        let mut framer = Framer::default();
        framer.push(head);
        let mut chunk = vec![0u8; CHUNK_BYTES];
        loop {
            while let Some(next) = framer.next_message() {
                self.take(next, listener);
            }
            match stream.read(&mut chunk).context("it could not be read to its end")? {
                0 => break,
                n => framer.push(&chunk[..n]),
            }
        }
        if let Some(error) = framer.finish() {
            self.reject(&error);
        }
        if self.without_time > before.1 {
            bail!(
                "its events have no Timestamp; set `timestampevents = yes` in manager.conf and record again"
            );
        }
        if self.messages == before.0 {
            bail!("it holds no manager message at all");
        }
        Ok(())
    }

    fn take(&mut self, next: Result<Message, FrameError>, listener: Listener<'_>) {
        let message = match next {
            Ok(message) => message,
            Err(error) => return self.reject(&error),
        };
        self.messages += 1;
        match self.translator.translate(&message) {
            Translation::Event(draft) => self.apply(&message, draft, listener),
            Translation::Nothing => {}
            Translation::Invalid { detail } => {
                self.rejected.push(format!("at byte {}: {detail}", message.offset));
            }
        }
    }

    fn apply(&mut self, message: &Message, draft: Draft, listener: Listener<'_>) {
        let Some(at_us) = draft.at_us else {
            self.without_time += 1;
            return;
        };
        let (site, node, kind) = (self.site.clone(), self.node.clone(), SourceKind::AsteriskAmiRecording);
        let event = Event {
            id: EventId::default(),
            origin: Origin { site, node, kind, stream: 0, position: message.end },
            at_us: at_us + self.shift_us,
            received_us: at_us,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        };
        let transition = self.assembler.apply(&event);
        listener(&Step {
            offset: message.offset,
            event: &event,
            transition: &transition,
            assembler: &self.assembler,
        });
        for version in transition.changed {
            self.calls.insert(version.call_id.clone(), version);
        }
    }

    fn reject(&mut self, error: &FrameError) {
        self.rejected.push(error.to_string());
    }

    pub fn finish(self) -> Report {
        let mut calls: Vec<Call> = self.calls.into_values().collect();
        calls.sort_by(|a, b| (a.arrived_us, &a.call_id).cmp(&(b.arrived_us, &b.call_id)));
        Report { calls, messages: self.messages, rejected: self.rejected }
    }
}

impl Report {
    /// Tells on stderr what was read and what could not be used.
    #[expect(clippy::print_stderr, reason = "figures go to stdout, what is to be said about them to stderr")]
    pub fn tell(&self, closing_line: bool) {
        for reason in self.rejected.iter().take(REASONS_MAX) {
            eprintln!("rejected {reason}");
        }
        if self.rejected.len() > REASONS_MAX {
            eprintln!("rejected {} more", self.rejected.len() - REASONS_MAX);
        }
        if closing_line {
            let merged = self.calls.iter().filter(|call| call.merged_into.is_some()).count();
            let (calls, messages, rejected) = (self.calls.len() - merged, self.messages, self.rejected.len());
            eprintln!("{messages} messages, {calls} calls, {rejected} records rejected");
        }
    }
}
