//! What people write on the time line.

use crate::{Store, StoreError};
use clickhouse::Row;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Enough that two notes of a site never share one by accident.
const ID_BYTES: usize = 8;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The site.
    pub site: String,
    /// From when on, µs since 1970 UTC.
    pub begins_us: i64,
    /// Until when; a moment ends when it begins.
    pub ends_us: i64,
    /// Empty: none in particular.
    pub queue: String,
    /// Empty: none in particular.
    pub unit: String,
    /// A word for what it is.
    pub kind: String,
    /// What people wrote.
    pub text: String,
}

/// What became of notes that were to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// They are there now.
    pub new: usize,
    /// They were there.
    pub known: usize,
    /// They were taken away before, and stay away.
    pub removed: usize,
}

#[derive(Row, Serialize, Deserialize)]
struct AnnotationRow {
    site: String,
    id: String,
    version: u64,
    removed: bool,
    begins: i64,
    ends: i64,
    queue: String,
    unit: String,
    kind: String,
    text: String,
}

impl Note {
    /// Made of all that it says: the same note has the same one.
    #[must_use]
    pub fn id(&self) -> String {
        let Self { site, begins_us, ends_us, queue, unit, kind, text } = self;
        let mut digest = Sha256::new();
        for part in [site, &begins_us.to_string(), &ends_us.to_string(), queue, unit, kind, text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.finalize().iter().take(ID_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    fn row(&self, version: u64) -> AnnotationRow {
        let Self { site, begins_us, ends_us, queue, unit, kind, text } = self.clone();
        let id = self.id();
        let removed = false;
        AnnotationRow {
            site,
            id,
            version,
            removed,
            begins: begins_us,
            ends: ends_us,
            queue,
            unit,
            kind,
            text,
        }
    }
}

impl AnnotationRow {
    fn into_note(self) -> (String, Note) {
        let Self { site, id, begins, ends, queue, unit, kind, text, .. } = self;
        (id, Note { site, begins_us: begins, ends_us: ends, queue, unit, kind, text })
    }
}

/// Later than the one before, although a clock may have been set back.
fn next_version(now_us: i64, before: Option<u64>) -> u64 {
    let now = u64::try_from(now_us).unwrap_or(0);
    before.map_or(now, |before| now.max(before + 1))
}

impl Store {
    /// Writes notes that are not there yet; `now_us`: µs since 1970 UTC. One that was taken away comes back only if `revives`.
    ///
    /// # Errors
    /// ClickHouse refuses or does not answer; the same again is safe.
    pub async fn annotate(&self, notes: &[Note], revives: bool, now_us: i64) -> Result<Written, StoreError> {
        let mut there = BTreeMap::new();
        for site in notes.iter().map(|note| &note.site).collect::<BTreeSet<_>>() {
            let rows = self.annotations(site).await?;
            there.extend(rows.into_iter().map(|row| (row.id, (row.version, row.removed))));
        }
        let (mut written, mut rows) = (Written::default(), Vec::new());
        for note in notes {
            let id = note.id();
            let version = match there.get(&id) {
                Some((_, false)) => {
                    written.known += 1;
                    continue;
                }
                Some((_, true)) if !revives => {
                    written.removed += 1;
                    continue;
                }
                Some((before, true)) => next_version(now_us, Some(*before)),
                None => next_version(now_us, None),
            };
            // The same twice in one file is one.
            there.insert(id, (version, false));
            written.new += 1;
            rows.push(note.row(version));
        }
        if !rows.is_empty() {
            self.put("annotations", rows).await?;
        }
        Ok(written)
    }

    /// Takes a note away, its text too; whether it was there.
    ///
    /// # Errors
    /// ClickHouse refuses or does not answer; the same again is safe.
    pub async fn remove_annotation(&self, site: &str, id: &str, now_us: i64) -> Result<bool, StoreError> {
        let rows = self.annotations(site).await?;
        let Some(row) = rows.into_iter().find(|row| row.id == id && !row.removed) else { return Ok(false) };
        let version = next_version(now_us, Some(row.version));
        let gone = AnnotationRow { version, removed: true, text: String::new(), ..row };
        self.put("annotations", vec![gone]).await?;
        // What it said is to be gone from the disk, too; else an old version lies there until ClickHouse merges by itself.
        self.execute("OPTIMIZE TABLE annotations FINAL").await?;
        Ok(true)
    }

    /// What is written of a site, in the order of time, with its ids.
    ///
    /// # Errors
    /// ClickHouse refuses or does not answer.
    pub async fn notes(&self, site: &str) -> Result<Vec<(String, Note)>, StoreError> {
        let rows = self.annotations(site).await?.into_iter().filter(|row| !row.removed);
        let mut notes: Vec<_> = rows.map(AnnotationRow::into_note).collect();
        notes.sort_by(|(id, a), (other, b)| {
            (a.begins_us, a.ends_us, id).cmp(&(b.begins_us, b.ends_us, other))
        });
        Ok(notes)
    }

    /// The last version of each note of a site.
    async fn annotations(&self, site: &str) -> Result<Vec<AnnotationRow>, StoreError> {
        let query = self.client.query("SELECT ?fields FROM annotations FINAL WHERE site = ?").bind(site);
        query.fetch_all::<AnnotationRow>().await.map_err(|error| self.error(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_differs_is_another_note() {
        let note = |queue: &str, unit: &str, text: &str, ends_us| Note {
            site: "a".into(),
            begins_us: 5,
            ends_us,
            queue: queue.into(),
            unit: unit.into(),
            kind: "note".into(),
            text: text.into(),
        };
        let notes = [
            note("", "", "x", 5),
            note("", "", "x", 6),
            note("", "", "y", 5),
            note("q", "", "x", 5),
            note("", "q", "x", 5),
        ];
        let ids: BTreeSet<String> = notes.iter().map(Note::id).collect();
        assert_eq!(ids.len(), notes.len());
        assert_eq!(notes[0].id(), notes[0].clone().id());
        assert_eq!(notes[0].id().len(), 2 * ID_BYTES);
    }

    #[test]
    fn a_clock_that_was_set_back_hides_no_correction() {
        assert_eq!([next_version(9, None), next_version(9, Some(3)), next_version(2, Some(8))], [9, 9, 9]);
    }
}
