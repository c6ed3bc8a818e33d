//! What a PBX told ⇄ rows of `call_events`.

use super::cell::{Low, LowOption, Micros, Named, RowError, Uuid};
use super::event_body::{Fields, hear, tell};
use super::row::{Position, row};
use super::{PartyColumns, call_row::at, word};
use call::{Event, EventId, Origin, SourceKind, Text};
use std::collections::BTreeMap;

row! {
    /// One record of the topic of events.
    EventRow in "call_events" by |row| row.at.0 => {
        /// The site.
        site: Low,
        /// The PBX node that spoke.
        node: Low,
        /// The source's kind.
        source: Low,
        /// The record stream.
        stream: u64,
        /// Place in the stream.
        stream_position: u64,
        /// The event.
        event_id: Uuid,
        /// When it happened.
        at: Micros,
        /// When the collector got it.
        received_at: Micros,
        /// The kind of event.
        event: Low,
        /// The channel it is about.
        leg: Option<Text>,
        /// The set of channels.
        linked: Option<Text>,
        /// The other channel.
        other_leg: Option<Text>,
        /// What the channel, or the one called, is connected to.
        endpoint: LowOption,
        /// The queue.
        queue: LowOption,
        /// The member of the queue.
        member: LowOption,
        /// Who calls.
        caller: PartyColumns,
        /// What was dialled.
        dialled: PartyColumns,
        /// Whose diversion, or who did not answer.
        sought: PartyColumns,
        /// Where a transfer or a diversion leads to.
        sent_to: PartyColumns,
        /// How it ended, or is now.
        status: LowOption,
        /// Why.
        reason: LowOption,
        /// Q.850.
        cause: Option<u16>,
        /// How long a caller had waited.
        wait_us: Option<i64>,
        /// How long a phone rang.
        ring_us: Option<i64>,
        /// Everything else.
        details: Named,
        /// Where it came from in Kafka.
        kafka: Position,
    }
}

impl EventRow {
    /// From the record at `kafka`.
    pub fn new(event: Event, kafka: Position) -> Result<Self, RowError> {
        let Event { id, origin, at_us, received_us, leg, linked, body } = event;
        let mut fields = tell(&body);
        Ok(Self {
            site: Low::from(origin.site),
            node: Low::from(origin.node),
            source: Low::from(origin.kind.word()),
            stream: origin.stream,
            stream_position: origin.position,
            event_id: Uuid(id.0),
            at: at("at_us", at_us)?,
            received_at: at("received_us", received_us)?,
            event: Low::from(body.word()),
            leg,
            linked,
            other_leg: fields.words.remove("other_leg"),
            endpoint: LowOption::from(fields.words.remove("endpoint")),
            queue: LowOption::from(fields.words.remove("queue")),
            member: LowOption::from(fields.words.remove("member")),
            caller: PartyColumns(fields.party("caller")),
            dialled: PartyColumns(fields.party("dialled")),
            sought: PartyColumns(fields.party("sought")),
            sent_to: PartyColumns(fields.party("sent_to")),
            status: LowOption::from(fields.words.remove("status")),
            reason: LowOption::from(fields.words.remove("reason")),
            cause: fields.take("cause")?,
            wait_us: fields.take("wait_us")?,
            ring_us: fields.take("ring_us")?,
            details: Named(fields.words.into_iter().map(|(name, word)| (name.into(), word)).collect()),
            kafka,
        })
    }

    /// The event as the topic had it.
    pub fn into_event(self) -> Result<Event, RowError> {
        let kind = word("kind of source", &self.source.0, SourceKind::from_word)?;
        let origin = Origin {
            site: self.site.into_text(),
            node: self.node.into_text(),
            kind,
            stream: self.stream,
            position: self.stream_position,
        };
        let number = |value: Option<i64>| value.map(|value| value.to_string().into());
        let columns: [(&str, Option<Text>); 9] = [
            ("other_leg", self.other_leg),
            ("endpoint", self.endpoint.into_text()),
            ("queue", self.queue.into_text()),
            ("member", self.member.into_text()),
            ("status", self.status.into_text()),
            ("reason", self.reason.into_text()),
            ("cause", number(self.cause.map(i64::from))),
            ("wait_us", number(self.wait_us)),
            ("ring_us", number(self.ring_us)),
        ];
        let mut words: BTreeMap<&str, Text> = BTreeMap::new();
        words.extend(self.details.0.iter().map(|(name, word)| (&**name, word.clone())));
        words.extend(columns.into_iter().filter_map(|(name, word)| Some((name, word?))));
        let parties = [
            ("caller", self.caller.0),
            ("dialled", self.dialled.0),
            ("sought", self.sought.0),
            ("sent_to", self.sent_to.0),
        ];
        let mut fields = Fields { words, parties: parties.into() };
        Ok(Event {
            id: EventId(self.event_id.0),
            origin,
            at_us: self.at.0,
            received_us: self.received_at.0,
            leg: self.leg,
            linked: self.linked,
            body: hear(&self.event.0, &mut fields)?,
        })
    }
}
