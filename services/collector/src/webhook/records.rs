//! Records for the spool.

use super::documents::Bad;
use crate::ids;
use crate::spool::Topic;
use call::{Body, Event, EventId, Origin, SourceKind, Text};
use config::Config;
use org::SiteNumbers;
use pbx::{Draft, Numbers};
use std::sync::Arc;
use wire::{Codec, Rejected};

/// Makes them for one site.
pub(super) struct Records {
    site: Text,
    node: Text,
    numbers: SiteNumbers,
    codec: Arc<Codec>,
}

/// A record on its way to the spool.
pub(super) struct Line {
    pub topic: Topic,
    pub payload: Vec<u8>,
    /// The kind of event, or the reason to reject.
    pub word: &'static str,
    pub at_us: i64,
}

impl Records {
    pub fn new(config: &Config, codec: Arc<Codec>) -> anyhow::Result<Self> {
        let (site, node) = (config.site.id.as_str().into(), config.pbx.node.as_str().into());
        Ok(Self { site, node, numbers: config.numbers()?, codec })
    }

    /// The id of an event that its sender calls so.
    pub fn id(&self, named: &str) -> EventId {
        ids::named(self.numbers.keys(), &self.site, &self.node, named)
    }

    /// Something that the collector itself knows.
    pub fn own(&self, body: Body, at: (u64, u64), now_us: i64) -> anyhow::Result<Line> {
        let id = self.id(&format!("{body:?}"));
        self.event(id, Draft { at_us: Some(now_us), leg: None, linked: None, body }, at, now_us)
    }

    /// `at`: stream and position.
    pub fn event(
        &self,
        id: EventId,
        draft: Draft,
        (stream, position): (u64, u64),
        now_us: i64,
    ) -> anyhow::Result<Line> {
        let (site, node, kind) = (self.site.clone(), self.node.clone(), SourceKind::Webhook);
        let at_us = draft.at_us.unwrap_or(now_us);
        let event = Event {
            id,
            origin: Origin { site, node, kind, stream, position },
            at_us,
            received_us: now_us,
            leg: draft.leg,
            linked: draft.linked,
            body: draft.body,
        };
        let payload = self.codec.encode_event(&event)?;
        Ok(Line { topic: Topic::Events, payload, word: event.body.word(), at_us })
    }

    /// A document that cannot be used, without outside numbers.
    pub fn rejected(&self, bad: &Bad, now_us: i64) -> anyhow::Result<Line> {
        let reason = bad.reason();
        // Digits can be written as escapes; a document that is read and written again has none.
        let plain =
            serde_json::from_slice(&bad.raw).map(|value: serde_json::Value| value.to_string().into_bytes());
        let detail = self.numbers.redact(bad.invalid.to_string().as_bytes());
        let place = format!("posted:{}", bad.line);
        tracing::warn!(reason = reason.word(), place, detail, "a posted event cannot be used");
        let rejected = Rejected {
            site: self.site.clone(),
            stage: "collector".into(),
            kind: Some(SourceKind::Webhook),
            position: place.into(),
            at_us: now_us,
            reason,
            detail: detail.into(),
            excerpt: self.numbers.redact(plain.as_ref().unwrap_or(&bad.raw)).into(),
        };
        let payload = self.codec.encode_rejected(&rejected)?;
        Ok(Line { topic: Topic::Rejected, payload, word: reason.word(), at_us: now_us })
    }
}
