//! From a message of the PBX to a record in the spool.

use crate::ids::Ids;
use crate::progress::Progress;
use crate::spool::{Appended, Spool, Topic};
use call::event::GapReason;
use call::{Body, Event, Origin, SourceKind, Text};
use config::Config;
use org::SiteNumbers;
use pbx::Draft;
use pbx::Numbers;
use pbx::asterisk::ami::{FrameError, Message, Translation, Translator};
use pipeline::{Clock, SystemClock};
use std::sync::{Arc, Mutex, PoisonError};
use telemetry::metrics::Collector as Metrics;
use wire::{Codec, RejectReason, Rejected};

/// The spool as source and shipper share it.
pub type SharedSpool = Arc<Mutex<Spool>>;

/// Where an event stands in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a recording: its stream and a byte offset.
    Recorded(u64, u64),
    /// Live: the spool's own numbering.
    Live,
}

/// Everything that a source needs to hand over what it reads.
pub struct Intake {
    site: Text,
    node: Text,
    translator: Translator<SiteNumbers>,
    numbers: SiteNumbers,
    ids: Ids,
    codec: Arc<Codec>,
    spool: SharedSpool,
    metrics: Metrics,
    progress: Arc<Progress>,
    /// Added to every time of a recording.
    pub shift_us: i64,
    dropped: u64,
    dropped_from_us: i64,
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
    /// With a site's rules and the spool to write to.
    pub fn new(
        config: &Config,
        codec: Arc<Codec>,
        spool: SharedSpool,
        metrics: Metrics,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Self> {
        let numbers = config.numbers()?;
        Ok(Self {
            site: config.site.id.as_str().into(),
            node: config.pbx.node.as_str().into(),
            translator: Translator::new(config.dialect()?, numbers.clone()),
            ids: Ids::new(numbers.keys().clone(), &config.site.id),
            numbers,
            codec,
            spool,
            metrics,
            progress,
            shift_us: 0,
            dropped: 0,
            dropped_from_us: 0,
        })
    }

    /// The site's number rules.
    #[must_use]
    pub fn numbers(&self) -> &SiteNumbers {
        &self.numbers
    }

    /// A call event without a time: the PBX is not set up for telling when things happen.
    #[must_use]
    pub fn lacks_time(&self, message: &Message) -> bool {
        message.get("Timestamp").is_none()
            && matches!(self.translator.translate(message), Translation::Event(draft) if draft.at_us.is_none())
    }

    /// The event a message means, if it means one; a bad message is rejected with its reason.
    pub fn message(&mut self, message: &Message, place: Place) -> anyhow::Result<Kept> {
        Progress::add(&self.progress.messages, 1);
        match self.translator.translate(message) {
            Translation::Nothing => Ok(Kept::Yes),
            Translation::Event(draft) => self.event(draft, &message.raw, place),
            Translation::Invalid { detail } => {
                let place = position(place, message.offset);
                self.reject(RejectReason::InvalidField, &place, &detail, &message.raw)
            }
        }
    }

    /// Bytes that are no message.
    pub fn bad_bytes(&mut self, error: &FrameError, place: Place) -> anyhow::Result<Kept> {
        match error {
            FrameError::Malformed { offset, raw, .. } => {
                self.reject(RejectReason::Malformed, &position(place, *offset), &error.to_string(), raw)
            }
            FrameError::TooLong { offset, .. } => {
                self.reject(RejectReason::TooLong, &position(place, *offset), &error.to_string(), b"")
            }
        }
    }

    /// Something the collector itself knows: a gap, a heartbeat, a snapshot's part.
    pub fn own(&mut self, draft: Draft, place: Place) -> anyhow::Result<Kept> {
        let raw = format!("{draft:?}");
        self.event(draft, raw.as_bytes(), place)
    }

    fn event(&mut self, draft: Draft, raw: &[u8], place: Place) -> anyhow::Result<Kept> {
        let now_us = SystemClock.now_us();
        let Some(at_us) = draft.at_us else {
            return self.reject(
                RejectReason::InvalidField,
                &position(place, 0),
                "the event has no Timestamp; set `timestampevents = yes` in manager.conf",
                raw,
            );
        };
        let kind = draft.body.word();
        let spool = Arc::clone(&self.spool);
        let mut spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell_of_dropped(&mut spool, now_us)?;
        let (source, stream, at) = match place {
            Place::Recorded(stream, at) => (SourceKind::AsteriskAmiRecording, stream, at),
            Place::Live => (SourceKind::AsteriskAmi, spool.stream(), spool.next()),
        };
        let event = Event {
            id: self.ids.of(raw, at_us),
            origin: Origin {
                site: self.site.clone(),
                node: self.node.clone(),
                kind: source,
                stream,
                position: at,
            },
            at_us: at_us + self.shift_us,
            received_us: now_us,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        };
        let kept = self.keep(&mut spool, Topic::Events, &self.codec.encode_event(&event)?, place, now_us)?;
        if kept == Kept::Yes {
            self.metrics.events.of([kind]).inc();
            self.metrics.last_event_timestamp_seconds.set(event.at_us as f64 / 1e6);
            Progress::add(&self.progress.events, 1);
        }
        Ok(kept)
    }

    fn reject(
        &mut self,
        reason: RejectReason,
        place: &str,
        detail: &str,
        raw: &[u8],
    ) -> anyhow::Result<Kept> {
        let now_us = SystemClock.now_us();
        let rejected = Rejected {
            site: self.site.clone(),
            stage: "collector".into(),
            kind: Some(SourceKind::AsteriskAmi),
            position: place.into(),
            at_us: now_us,
            reason,
            detail: detail.into(),
            excerpt: self.numbers.redact(raw).into(),
        };
        tracing::warn!(reason = reason.word(), place, detail, "a record of the PBX cannot be used");
        let payload = self.codec.encode_rejected(&rejected)?;
        let spool = Arc::clone(&self.spool);
        let mut spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.keep(&mut spool, Topic::Rejected, &payload, Place::Live, now_us)?;
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
        match spool.append(topic, payload)? {
            Appended::Kept(_) => Ok(Kept::Yes),
            Appended::Full => {
                // A recording waits and is read again; what is live is gone, and must be known to be gone.
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
        Place::Live => format!("live:{offset}"),
    }
}
