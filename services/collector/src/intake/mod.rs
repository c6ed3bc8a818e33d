//! From what a source tells to a record in the spool.

mod ami;
mod pbx_clock;

use crate::ids::Ids;
use crate::progress::Progress;
use crate::spool::{Appended, Spool, Topic};
use call::event::GapReason;
use call::{Body, Event, EventId, Origin, SourceKind, Text};
use config::Config;
use org::SiteNumbers;
use pbx::Draft;
use pbx::Numbers;
use pbx::asterisk::ami::Translator;
use pbx_clock::PbxClock;
use pipeline::{Clock, SystemClock};
use std::sync::{Arc, Mutex, PoisonError};
use telemetry::metrics::{Collector as Metrics, Counter};
use wire::{Codec, RejectReason, Rejected};

/// The spool as source and shipper share it.
pub type SharedSpool = Arc<Mutex<Spool>>;

/// Where an event stands in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a recording or a file: its stream and its position there. It can be read again.
    Recorded(u64, u64),
    /// Live: the spool's own numbering. It cannot be read again.
    Live,
    /// The spool's own numbering too, of what is told again when there was no room.
    Repeated,
}

/// Everything that a source needs to hand over what it reads. Each source has its own; they share the spool.
pub struct Intake {
    kind: SourceKind,
    site: Text,
    node: Text,
    translator: Arc<Translator<SiteNumbers>>,
    numbers: SiteNumbers,
    ids: Ids,
    codec: Arc<Codec>,
    spool: SharedSpool,
    metrics: Metrics,
    progress: Arc<Progress>,
    pbx_clock: PbxClock,
    /// Added to every time of a recording.
    pub shift_us: i64,
    dropped: u64,
    dropped_from_us: i64,
    /// The event that is being kept, encoded.
    encoded: Vec<u8>,
    counted: Counted,
}

/// How many events of each kind were kept: counters that were looked up once.
#[derive(Default)]
struct Counted(Vec<(&'static str, Counter)>);

impl Counted {
    fn one(&mut self, word: &'static str, metrics: &Metrics) {
        match self.0.iter().find(|(known, _)| *known == word) {
            Some((_, counter)) => counter.inc(),
            None => {
                let counter = metrics.events.of([word]);
                counter.inc();
                self.0.push((word, counter));
            }
        }
    }
}

/// Whether the record was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// In the spool, or nothing to keep.
    Yes,
    /// The spool is full.
    No,
}

impl Intake {
    /// With a site's rules and the spool to write to; of the live manager interface until [`Self::of_kind`] says
    /// otherwise.
    pub fn new(
        config: &Config,
        codec: Arc<Codec>,
        spool: SharedSpool,
        metrics: Metrics,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Self> {
        let numbers = config.numbers()?;
        Ok(Self {
            kind: SourceKind::AsteriskAmi,
            site: config.site.id.as_str().into(),
            node: config.pbx.node.as_str().into(),
            translator: Arc::new(Translator::new(config.dialect()?, numbers.clone())),
            ids: Ids::new(numbers.keys().clone(), &config.site.id),
            numbers,
            codec,
            spool,
            metrics,
            progress,
            pbx_clock: PbxClock::default(),
            shift_us: 0,
            dropped: 0,
            dropped_from_us: 0,
            encoded: Vec::new(),
            counted: Counted::default(),
        })
    }

    /// The site's number rules.
    #[must_use]
    pub fn numbers(&self) -> &SiteNumbers {
        &self.numbers
    }

    /// What messages of the manager interface are judged by.
    #[must_use]
    pub fn translator(&self) -> Arc<Translator<SiteNumbers>> {
        Arc::clone(&self.translator)
    }

    /// The same for another kind of source.
    #[must_use]
    pub fn of_kind(self, kind: SourceKind) -> Self {
        Self { kind, ..self }
    }

    /// An event as a source told it; `raw` are the bytes that it was read from, which its id is made of.
    pub fn draft(&mut self, mut draft: Draft, raw: &[u8], place: Place) -> anyhow::Result<Kept> {
        let Some(at_us) = draft.at_us else {
            let detail = "the event has no time";
            return self.reject(RejectReason::InvalidField, &position(place, 0), detail, raw, place);
        };
        let id = self.ids.of(raw, at_us);
        self.event(id, at_us, &mut draft, place)
    }

    /// An event of a file, where no two have the same position: its place is its id, however often it is read. The draft is
    /// whole again when there was no room for it, and nothing of it is left when there was.
    pub fn placed(&mut self, draft: &mut Draft, stream: u64, at: u64) -> anyhow::Result<Kept> {
        let id = self.ids.at(stream, at);
        let at_us = draft.at_us.unwrap_or_else(|| SystemClock.now_us());
        self.event(id, at_us, draft, Place::Recorded(stream, at))
    }

    /// Something the collector itself knows: a gap, a heartbeat, a snapshot's part.
    pub fn own(&mut self, draft: Draft, place: Place) -> anyhow::Result<Kept> {
        let raw = format!("{}{draft:?}", self.kind.word());
        self.draft(draft, raw.as_bytes(), place)
    }

    fn event(&mut self, id: EventId, at_us: i64, draft: &mut Draft, place: Place) -> anyhow::Result<Kept> {
        let now_us = SystemClock.now_us();
        let word = draft.body.word();
        let spool = Arc::clone(&self.spool);
        let mut spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell_of_dropped(&mut spool, now_us)?;
        let (stream, at) = match place {
            Place::Recorded(stream, at) => (stream, at),
            Place::Live | Place::Repeated => (spool.stream(), spool.next()),
        };
        let event = Event {
            id,
            origin: Origin {
                // Lent to the event until it is encoded.
                site: std::mem::take(&mut self.site),
                node: std::mem::take(&mut self.node),
                kind: self.kind,
                stream,
                position: at,
            },
            at_us: at_us + self.shift_us,
            received_us: now_us,
            leg: draft.leg.take(),
            linked: draft.linked.take(),
            body: std::mem::replace(&mut draft.body, Body::Heartbeat),
        };
        let mut bytes = std::mem::take(&mut self.encoded);
        let encoded = self.codec.encode_event_into(&event, &mut bytes);
        (self.site, self.node) = (event.origin.site, event.origin.node);
        encoded?;
        let kept = self.keep(&mut spool, Topic::Events, &bytes, place, now_us);
        self.encoded = bytes;
        let kept = kept?;
        if kept == Kept::Yes {
            self.counted.one(word, &self.metrics);
            self.metrics.last_event_timestamp_seconds.set(event.at_us as f64 / 1e6);
            Progress::add(&self.progress.events, 1);
        } else {
            (draft.leg, draft.linked, draft.body) = (event.leg, event.linked, event.body);
        }
        Ok(kept)
    }

    /// A record that cannot be used: `at` tells a person where it stands, `raw` are its bytes.
    pub fn reject(
        &mut self,
        reason: RejectReason,
        at: &str,
        detail: &str,
        raw: &[u8],
        place: Place,
    ) -> anyhow::Result<Kept> {
        let now_us = SystemClock.now_us();
        let rejected = Rejected {
            site: self.site.clone(),
            stage: "collector".into(),
            kind: Some(self.kind),
            position: at.into(),
            at_us: now_us,
            reason,
            detail: detail.into(),
            excerpt: self.numbers.redact(raw).into(),
        };
        tracing::warn!(reason = reason.word(), at, detail, "a record of the PBX cannot be used");
        let payload = self.codec.encode_rejected(&rejected)?;
        let spool = Arc::clone(&self.spool);
        let mut spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.keep(&mut spool, Topic::Rejected, &payload, place, now_us)?;
        if kept == Kept::Yes {
            self.metrics.rejected.of([reason.word()]).inc();
            Progress::add(&self.progress.rejected, 1);
        }
        Ok(kept)
    }

    fn keep(
        &mut self,
        spool: &mut Spool,
        topic: Topic,
        payload: &[u8],
        place: Place,
        now_us: i64,
    ) -> anyhow::Result<Kept> {
        // What can be read again leaves room for what cannot.
        if place != Place::Live && !spool.has_room(1, payload.len() + spool.reserve()) {
            return Ok(Kept::No);
        }
        match spool.append(topic, payload)? {
            Appended::Kept(_) => Ok(Kept::Yes),
            Appended::Full => {
                // A recording or a file waits and is read again; what is live is gone, and must be known to be gone.
                if place == Place::Live {
                    if self.dropped == 0 {
                        self.dropped_from_us = now_us;
                    }
                    self.dropped += 1;
                    self.metrics.dropped.of(["spool_full"]).inc();
                    Progress::add(&self.progress.dropped, 1);
                }
                Ok(Kept::No)
            }
        }
    }

    /// As soon as there is room again: what could not be kept, and how much.
    fn tell_of_dropped(&mut self, spool: &mut Spool, now_us: i64) -> anyhow::Result<()> {
        if self.dropped == 0 {
            return Ok(());
        }
        let body = Body::Gap {
            from_us: self.dropped_from_us,
            to_us: now_us,
            reason: GapReason::SpoolFull,
            lost: self.dropped,
        };
        let event = Event {
            id: self.ids.of(format!("{body:?}").as_bytes(), now_us),
            origin: Origin {
                site: self.site.clone(),
                node: self.node.clone(),
                kind: SourceKind::Collector,
                stream: spool.stream(),
                position: spool.next(),
            },
            at_us: now_us,
            received_us: now_us,
            leg: None,
            linked: None,
            body,
        };
        let encoded = self.codec.encode_event(&event)?;
        if let Appended::Kept(_) = spool.append(Topic::Events, &encoded)? {
            let gap_us = u64::try_from(now_us - self.dropped_from_us).unwrap_or(0);
            self.metrics.gap_seconds.inc_by(gap_us as f64 / 1e6);
            self.dropped = 0;
        }
        Ok(())
    }
}

fn position(place: Place, offset: u64) -> String {
    match place {
        Place::Recorded(stream, _) => format!("{stream:016x}:{offset}"),
        Place::Live | Place::Repeated => format!("live:{offset}"),
    }
}

#[cfg(test)]
mod tests;
