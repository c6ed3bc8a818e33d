//! A list, read to its end: its rows in the order of their time.

use anyhow::Context;
use config::Config;
use org::KeyRing;
use pbx::Draft;
use pbx::csv_import::{Mapping, Reader, Told};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use wire::RejectReason;

const CHUNK_BYTES: usize = 1 << 18;

/// What a list holds.
#[derive(Debug, Default)]
pub(super) struct List {
    /// Of all rows that can be used, in their order: the same rows again are the same stream, whatever the file is called.
    pub stream: u64,
    /// Rows that can be used, each once, by time.
    pub rows: Vec<Row>,
    /// Rows that cannot, in the order of the list.
    pub rejected: Vec<Bad>,
    /// Rows that stand in it again.
    pub twice: u64,
}

/// A row that can be used.
#[derive(Debug)]
pub(super) struct Row {
    /// What it says, as a keyed digest: the same row in whichever export it stands.
    pub id: u128,
    /// Which call it is of: a digest of site and call.
    pub call: u64,
    /// When it began, µs UTC.
    pub at_us: i64,
    /// Where it stands: the file and the byte.
    pub place: String,
    /// The event.
    pub draft: Draft,
}

/// A row that cannot be used.
#[derive(Debug)]
pub(super) struct Bad {
    /// This row of this file, rejected for this reason.
    pub id: u128,
    /// Where it stands: the file and the byte.
    pub place: String,
    /// Line, column and what is wrong; holds no number.
    pub detail: String,
    /// The same as a word.
    pub reason: RejectReason,
}

/// A row that cannot be used, while the file's digest is not known.
struct Unread {
    offset: u64,
    detail: String,
    reason: RejectReason,
}

struct Reading<'a> {
    site: &'a str,
    keys: &'a KeyRing,
    name: String,
    list: List,
    unread: Vec<Unread>,
    seen: HashSet<u128>,
}

impl List {
    /// Reads all of it, before anything of it is told.
    pub fn read(file: &Path, config: &Config, mapping: &Mapping) -> anyhow::Result<Self> {
        let bytes = crate::replay::open(file)?;
        let name = file.display().to_string();
        Self::from(bytes, name, config, mapping)
            .with_context(|| format!("{} cannot be imported", file.display()))
    }

    fn from(mut bytes: impl Read, name: String, config: &Config, mapping: &Mapping) -> anyhow::Result<Self> {
        let numbers = config.numbers()?;
        let (site, keys) = (config.site.id.as_str(), numbers.keys());
        let (list, unread, seen) = (Self::default(), Vec::new(), HashSet::new());
        let mut reading = Reading { site, keys, name, list, unread, seen };
        let mut reader = Reader::at(0, mapping.clone(), numbers.clone());
        let mut content = Sha256::new();
        let mut chunk = vec![0u8; CHUNK_BYTES];
        loop {
            let n = bytes.read(&mut chunk).context("it cannot be read to its end")?;
            content.update(&chunk[..n]);
            reader.push(&chunk[..n]);
            while let Some(told) = reader.next_row() {
                reading.take(told);
            }
            if n == 0 {
                break;
            }
        }
        if let Some(told) = reader.last_row() {
            reading.take(told);
        }
        Ok(reading.finish(&content.finalize()))
    }
}

impl Reading<'_> {
    fn take(&mut self, told: Told) {
        let draft = match told.meaning {
            Ok(None) => return,
            Ok(Some(draft)) => draft,
            Err(why) => {
                let reason = match why.column {
                    Some(_) => RejectReason::InvalidField,
                    None => RejectReason::Malformed,
                };
                self.unread.push(Unread { offset: told.offset, detail: why.to_string(), reason });
                return;
            }
        };
        let said = format!("{draft:?}");
        let id = self.keys.event_id(&[self.site.as_bytes(), b"\0listed\0", said.as_bytes()]);
        if !self.seen.insert(id) {
            self.list.twice += 1;
            return;
        }
        let linked = draft.linked.as_deref().or(draft.leg.as_deref()).unwrap_or_default();
        let call = digest(&[self.site.as_bytes(), b"\0", linked.as_bytes()]);
        let (at_us, place) = (draft.at_us.unwrap_or_default(), self.place(told.offset));
        self.list.rows.push(Row { id, call, at_us, place, draft });
    }

    fn place(&self, offset: u64) -> String {
        format!("{}:{offset}", self.name)
    }

    fn finish(mut self, content: &[u8]) -> List {
        let unread = std::mem::take(&mut self.unread);
        let bad = |Unread { offset, detail, reason }| {
            let parts =
                [self.site.as_bytes(), b"\0bad\0", content, &u64::to_be_bytes(offset), detail.as_bytes()];
            Bad { id: self.keys.event_id(&parts), place: self.place(offset), detail, reason }
        };
        self.list.rejected = unread.into_iter().map(bad).collect();
        // Rows of one moment stay in the order of the list, as `svarstid analyze` has them.
        self.list.rows.sort_by_key(|row| row.at_us);
        let ids: Vec<[u8; 16]> = self.list.rows.iter().map(|row| row.id.to_be_bytes()).collect();
        self.list.stream = digest(&[&ids.concat()]);
        self.list
    }
}

fn digest(parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize().iter().take(8).fold(0, |name, byte| name << 8 | u64::from(*byte))
}
