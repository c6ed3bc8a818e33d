//! The processor's state as records of a compacted topic.
//!
//! | key | value |
//! |---|---|
//! | `event/<site>/<number>` | an event that a live call depends on, as it was received |
//! | `call/<call id>` | the last version of a live call, as in `calls` |
//! | `told/<kind of source>/<call id>` | what one source says of a call that others may tell, too, as in `calls` |
//! | `member/<site>/<node>/<queue>/<member>` | the event that told the state of a queue's member, as it was received |
//! | `held/<site>/<number>` | an event that waits for what another collector has heard, as it was received |
//! | `pane/<site>/<minute>/<kind>/<name>/<direction>` | an open pane, as in `kpi-windows` |
//! | `site/<site>` | next number, watermark, high-water marks: JSON |
//! | `manifest` | what the latest transaction held, one for each partition: JSON |

use crate::ears::PbxJson;
use call::reconcile::Hearing;
use call::reconcile::live::Alone;
use call::{Call, SourceKind};
use pipeline::processor::{Change, Coverage, Mark, Member, Restored, SiteRecord};
use pipeline::{Fault, FaultKind, Place, Record, Table};
use serde::{Deserialize, Serialize};
use wire::{Codec, RejectReason, WireError};

/// The layout described above. Each record of JSON names the one that it was written in, the manifest that of the partition. A new
/// one is needed whenever a program of the one before would go on wrongly; how older ones are read stands where they are read:
///
/// | format | differs from the one before |
/// |---|---|
/// | 1 | |
/// | 2 | events are held; the manifest names its definition and writer, and what was lost; a site, gaps it owes and its collectors |
pub(crate) const FORMAT: u32 = 2;
const MANIFEST_KEY: &[u8] = b"manifest";
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// What one transaction held for one partition, as a restart needs it: a state and offsets that do not belong together
/// show. Only the latest one is kept here; topic `manifests` has one of each transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the layout of this topic.
    pub format: u32,
    /// The version of the program that wrote it; empty in format 1.
    #[serde(default)]
    pub written_by: String,
    /// By which formulas the panes here were made. Format 1 is older than the second definition.
    #[serde(default = "first_definition")]
    pub definition_version: u32,
    /// Grows by one with each transaction of this partition.
    pub sequence: u64,
    /// The first input offset that it covers.
    pub first_offset: i64,
    /// The input offset to go on from.
    pub next_offset: i64,
    /// Versions of calls in it.
    pub calls: u64,
    /// Revisions and corrections in it.
    pub windows: u64,
    /// Rejected records in it.
    pub rejected: u64,
    /// Changes of this topic in it, without this record.
    pub changes: u64,
    /// Records before `first_offset` that were deleted before they were read.
    #[serde(default)]
    pub lost: u64,
}

fn first_definition() -> u32 {
    1
}

/// What every format says of itself.
#[derive(Deserialize)]
struct Header {
    format: u32,
    #[serde(default)]
    written_by: String,
}

#[derive(Serialize, Deserialize)]
struct SiteJson {
    format: u32,
    site: String,
    next_sequence: u64,
    watermark_us: i64,
    closed_before: i64,
    live_calls: u64,
    marks: Vec<(String, u64, u64)>,
    #[serde(default)]
    owed: Vec<String>,
    #[serde(default)]
    heard: Vec<HeardJson>,
    #[serde(default)]
    alone: Option<(String, Option<i64>)>,
    #[serde(default)]
    now_us: i64,
    #[serde(default)]
    looked_minute: i64,
    #[serde(default)]
    covered_to: Option<i64>,
    #[serde(default)]
    covered_short: Vec<(i64, i64)>,
    #[serde(default)]
    covered_version: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ears: Vec<PbxJson>,
    #[serde(default)]
    next_held: u64,
}

/// When one source was there to hear.
#[derive(Serialize, Deserialize)]
struct HeardJson {
    kind: String,
    first_us: i64,
    last_us: i64,
    first_received_us: i64,
    received_us: i64,
    gaps: Vec<(i64, i64)>,
}

/// What a partition's changelog holds.
#[derive(Debug, Default)]
pub struct Held {
    /// The state of its sites.
    pub records: Vec<Restored>,
    /// The latest transaction; none before the first.
    pub manifest: Option<Manifest>,
}

/// A change of the state as a record.
///
/// # Errors
/// When a call cannot be encoded.
pub fn record(partition: i32, change: Change, codec: &Codec) -> Result<Record, WireError> {
    let (key, value) = match change {
        Change::PutEvent { site, sequence, bytes } => (event_key(&site, sequence), Some(bytes)),
        Change::DropEvent { site, sequence } => (event_key(&site, sequence), None),
        Change::PutTold { kind, call } => (told_key(kind, &call.call_id), Some(codec.encode_call(&call)?)),
        Change::DropTold { kind, call_id, .. } => (told_key(kind, &call_id), None),
        Change::PutMember { site, member, bytes } => (member_key(&site, &member), Some(bytes)),
        Change::DropMember { site, member } => (member_key(&site, &member), None),
        Change::PutHeld { site, number, bytes } => (held_key(&site, number), Some(bytes)),
        Change::DropHeld { site, number } => (held_key(&site, number), None),
        Change::PutSite(site) => (format!("site/{}", site.site), Some(site_json(*site))),
    };
    Ok(kept(partition, key, value))
}

/// A call's latest version, as it is in `calls`; none when it is over.
#[must_use]
pub fn call_record(partition: i32, call: &Call, value: Option<Vec<u8>>) -> Record {
    kept(partition, ["call/", &call.call_id].concat(), value)
}

/// A pane's latest revision, as it is in `kpi-windows`; none when it is closed.
#[must_use]
pub fn pane_record(partition: i32, pane: &kpi::PaneKey, value: Option<Vec<u8>>) -> Record {
    kept(partition, pane_key(pane), value)
}

fn kept(partition: i32, key: String, value: Option<Vec<u8>>) -> Record {
    Record { place: Place::Changelog, partition, key: key.into_bytes(), value }
}

/// A transaction's manifest as a record.
#[must_use]
pub fn manifest_record(partition: i32, manifest: &Manifest) -> Record {
    let value = serde_json::to_vec(manifest).unwrap_or_default();
    Record { place: Place::Changelog, partition, key: MANIFEST_KEY.into(), value: Some(value) }
}

/// Reads a partition's state back.
///
/// # Errors
/// `StateNewer` when a newer program wrote it; `StateDamaged` when a record is not as described above; a registry that does not
/// answer is `Unreachable`.
pub fn read(partition: i32, mut table: Table, codec: &Codec) -> Result<Held, Fault> {
    let mut held = Held::default();
    // First, because it tells whether this program understands the others.
    if let Some(value) = table.remove(MANIFEST_KEY) {
        let doing = || format!("reading `manifest` of the changelog's partition {partition}");
        held.manifest = Some(manifest(&value).map_err(|unread| unread.fault(doing()))?);
    }
    for (key, value) in table {
        let key = String::from_utf8_lossy(&key).into_owned();
        let doing = || format!("reading `{key}` of the changelog's partition {partition}");
        let damaged = |detail: String| Fault::new(FaultKind::StateDamaged, doing(), detail);
        let wire = |error: WireError| match error.reject_reason() {
            Some(RejectReason::UnknownSchema) => Fault::new(FaultKind::StateNewer, doing(), error),
            Some(_) => damaged(error.to_string()),
            None => Fault::new(FaultKind::Unreachable, doing(), error),
        };
        let kind = key.split_once('/').map_or(key.as_str(), |(kind, _)| kind);
        let record = match kind {
            "event" | "held" => {
                let number = key.rsplit('/').next().and_then(|number| number.parse().ok());
                let number = number.ok_or_else(|| damaged("it has no number".into()))?;
                let event = codec.decode_event(&value).map_err(wire)?;
                if kind == "held" {
                    Restored::Held(number, event, value)
                } else {
                    Restored::Event(number, event)
                }
            }
            "call" => Restored::Call(Box::new(codec.decode_call(&value).map_err(wire)?)),
            "told" => {
                let word = key.split('/').nth(1).and_then(SourceKind::from_word);
                let kind = word.ok_or_else(|| damaged("it names no kind of source".into()))?;
                Restored::Told(kind, Box::new(codec.decode_call(&value).map_err(wire)?))
            }
            "member" => Restored::Member(codec.decode_event(&value).map_err(wire)?),
            "pane" => Restored::Pane(Box::new(codec.decode_window(&value).map_err(wire)?)),
            "site" => Restored::Site(site(&value).map_err(|unread| unread.fault(doing()))?),
            _ => return Err(damaged("no such kind of record".into())),
        };
        held.records.push(record);
    }
    Ok(held)
}

fn event_key(site: &str, sequence: u64) -> String {
    numbered("event/", site, sequence)
}

fn held_key(site: &str, number: u64) -> String {
    numbered("held/", site, number)
}

/// Twenty digits, so that keys stand in the order of their numbers. Most records have such a key: `format!` takes several times as long.
fn numbered(kind: &str, site: &str, number: u64) -> String {
    let mut digits = [b'0'; 20];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    [kind, site, "/", std::str::from_utf8(&digits).unwrap_or_default()].concat()
}

fn told_key(kind: SourceKind, call_id: &str) -> String {
    format!("told/{kind}/{call_id}")
}

fn member_key(site: &str, (node, queue, member): &Member) -> String {
    format!("member/{site}/{node}/{queue}/{member}")
}

fn pane_key(key: &kpi::PaneKey) -> String {
    let (kind, name) = (key.dimension.kind(), key.dimension.name());
    format!("pane/{}/{}/{kind}/{name}/{}", key.site, key.minute, key.direction)
}

fn site_json(site: SiteRecord) -> Vec<u8> {
    let json = SiteJson {
        format: FORMAT,
        site: site.site.into(),
        next_sequence: site.next_sequence,
        watermark_us: site.watermark_us,
        closed_before: site.closed_before,
        live_calls: site.live_calls,
        owed: site.owed.into_iter().map(|kind| kind.word().to_owned()).collect(),
        marks: site.marks.into_iter().map(|mark| (mark.node.into(), mark.stream, mark.position)).collect(),
        heard: site.heard.into_iter().map(HeardJson::of).collect(),
        alone: site.alone.map(|alone| (alone.kind.word().to_owned(), alone.until_us)),
        now_us: site.now_us,
        looked_minute: site.looked_minute,
        covered_to: site.coverage.next_minute,
        covered_short: site.coverage.short.into_iter().collect(),
        covered_version: site.coverage.version,
        ears: site.ears.into_iter().map(PbxJson::of).collect(),
        next_held: site.next_held,
    };
    serde_json::to_vec(&json).unwrap_or_default()
}

fn site(value: &[u8]) -> Result<SiteRecord, Unread> {
    check_format(value)?;
    let json: SiteJson = serde_json::from_slice(value)?;
    let mark = |(node, stream, position): (String, u64, u64)| Mark { node: node.into(), stream, position };
    Ok(SiteRecord {
        site: json.site.into(),
        next_sequence: json.next_sequence,
        watermark_us: json.watermark_us,
        closed_before: json.closed_before,
        live_calls: json.live_calls,
        owed: json.owed.iter().map(|word| kind(word)).collect::<Result<_, _>>()?,
        marks: json.marks.into_iter().map(mark).collect(),
        heard: json.heard.into_iter().map(HeardJson::read).collect::<Result<_, _>>()?,
        alone: json.alone.map(alone).transpose()?,
        now_us: json.now_us,
        looked_minute: json.looked_minute,
        coverage: Coverage {
            next_minute: json.covered_to,
            short: json.covered_short.into_iter().collect(),
            version: json.covered_version,
        },
        ears: json.ears.into_iter().map(PbxJson::read).collect::<Result<_, _>>()?,
        next_held: json.next_held,
    })
}

fn alone((word, until_us): (String, Option<i64>)) -> Result<Alone, String> {
    Ok(Alone { kind: kind(&word)?, until_us })
}

pub(crate) fn kind(word: &str) -> Result<SourceKind, String> {
    SourceKind::from_word(word).ok_or_else(|| format!("no kind of source is called {word}"))
}

impl HeardJson {
    fn of((kind, heard): (SourceKind, Hearing)) -> Self {
        let Hearing { first_us, last_us, first_received_us, received_us, gaps } = heard;
        Self { kind: kind.word().to_owned(), first_us, last_us, first_received_us, received_us, gaps }
    }

    fn read(self) -> Result<(SourceKind, Hearing), String> {
        let Self { kind: word, first_us, last_us, first_received_us, received_us, gaps } = self;
        Ok((kind(&word)?, Hearing { first_us, last_us, first_received_us, received_us, gaps }))
    }
}

fn manifest(value: &[u8]) -> Result<Manifest, Unread> {
    check_format(value)?;
    Ok(serde_json::from_slice(value)?)
}

/// Before anything else is read: a newer format may look like a damaged one.
fn check_format(value: &[u8]) -> Result<(), Unread> {
    let Header { format, written_by } = serde_json::from_slice(value)?;
    match format {
        1..=FORMAT => Ok(()),
        0 => Err(Unread::Damaged("there has never been a format 0".into())),
        _ => Err(Unread::Newer(format!(
            "svarstid {} wrote it in format {format}; this is svarstid {PROGRAM}, which knows the formats up to {FORMAT}. Nothing was \
             changed",
            if written_by.is_empty() { "of another version" } else { &written_by }
        ))),
    }
}

/// Why a record of JSON cannot be read.
enum Unread {
    Damaged(String),
    Newer(String),
}

impl Unread {
    fn fault(self, doing: String) -> Fault {
        match self {
            Self::Damaged(detail) => Fault::new(FaultKind::StateDamaged, doing, detail),
            Self::Newer(detail) => Fault::new(FaultKind::StateNewer, doing, detail),
        }
    }
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<String> for Unread {
    fn from(detail: String) -> Self {
        Self::Damaged(detail)
    }
}

impl Manifest {
    /// The manifest after this one, still empty, for input from `first_offset`.
    #[must_use]
    pub fn next(&self, first_offset: i64, definition_version: u32) -> Self {
        Self {
            format: FORMAT,
            written_by: PROGRAM.into(),
            definition_version,
            sequence: self.sequence + 1,
            first_offset,
            ..Self::default()
        }
    }
}
