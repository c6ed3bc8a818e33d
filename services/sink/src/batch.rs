//! Records of one partition as blocks of rows.

use crate::blocks::Blocks;
use crate::meter::Meter;
use call::Text;
use kpi::Cadence;
use pipeline::{Block, BlockSource};
use wire::rows::{CallRow, EventRow, Position, RejectedRow, RowError, WindowRow, WindowRows};
use wire::{Codec, RejectReason, Rejected, WireError};

/// What a topic carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Versions of calls.
    Calls,
    /// Revisions of panes, and corrections.
    Windows,
    /// What could not be used.
    Rejected,
    /// Events as the PBX told them.
    Events,
}

/// A record as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub offset: i64,
    pub written_us: i64,
    pub value: Vec<u8>,
}

/// What turns records into rows.
pub struct Decoder<'a> {
    pub codec: &'a Codec,
    pub cadence: Cadence,
    pub meter: &'a Meter,
    pub kind: Kind,
}

/// Why a record gives no row.
enum Unusable {
    Wire(WireError),
    Row(RowError),
}

impl Unusable {
    fn told(&self) -> (RejectReason, String) {
        match self {
            Self::Wire(error) => {
                (error.reject_reason().unwrap_or(RejectReason::Undecodable), error.to_string())
            }
            Self::Row(error) => (RejectReason::InvalidField, error.to_string()),
        }
    }
}

impl Decoder<'_> {
    /// Blocks of a range. A record that cannot be read becomes a row of `rejected` in the same batch; an event is the processor's to
    /// reject, and is counted here.
    ///
    /// # Errors
    /// The schema registry does not answer: the range is tried again as a whole.
    pub fn blocks(&self, source: &BlockSource, records: &[Record]) -> Result<Vec<Block>, WireError> {
        let mut blocks = Blocks::new(source.clone());
        let of_source = Position {
            topic: source.topic.as_str().into(),
            topic_id: source.topic_id.as_str().into(),
            partition: source.partition,
            offset: source.first,
        };
        for record in records {
            let position = Position { offset: record.offset, ..of_source.clone() };
            match self.add(&mut blocks, record, position.clone()) {
                Ok(()) => {}
                Err(Unusable::Wire(error)) if error.reject_reason().is_none() => return Err(error),
                Err(unusable) if self.kind == Kind::Events => self.skip(&unusable, &position),
                Err(unusable) => self.reject(&mut blocks, &unusable, record.written_us, position),
            }
        }
        Ok(blocks.finish())
    }

    fn add(&self, blocks: &mut Blocks, record: &Record, position: Position) -> Result<(), Unusable> {
        match self.kind {
            Kind::Calls => {
                let call = self.codec.decode_call(&record.value).map_err(Unusable::Wire)?;
                blocks.add(&CallRow::new(call, position, self.cadence).map_err(Unusable::Row)?);
            }
            Kind::Windows => {
                let window = self.codec.decode_window(&record.value).map_err(Unusable::Wire)?;
                match WindowRows::new(window, position).map_err(Unusable::Row)? {
                    WindowRows::Pane(row) => blocks.add::<WindowRow>(&row),
                    WindowRows::Correction(row) => blocks.add(&row),
                }
            }
            Kind::Rejected => {
                let rejected = self.codec.decode_rejected(&record.value).map_err(Unusable::Wire)?;
                blocks.add(&RejectedRow::new(rejected, position).map_err(Unusable::Row)?);
            }
            Kind::Events => {
                let event = self.codec.decode_event(&record.value).map_err(Unusable::Wire)?;
                blocks.add(&EventRow::new(event, position).map_err(Unusable::Row)?);
            }
        }
        Ok(())
    }

    /// The processor reads the same record, and tells of it in `rejected`: here it is only no row.
    fn skip(&self, unusable: &Unusable, position: &Position) {
        let (reason, detail) = unusable.told();
        let Position { topic, partition, offset, .. } = position;
        tracing::debug!(reason = reason.word(), %topic, partition, offset, detail, "no row of `call_events`");
        self.meter.skipped(reason.word());
    }

    fn reject(&self, blocks: &mut Blocks, unusable: &Unusable, written_us: i64, position: Position) {
        let (reason, detail) = unusable.told();
        let place = format!("{}/{}/{}", position.topic, position.partition, position.offset);
        tracing::error!(
            reason = reason.word(),
            place,
            detail,
            "a record cannot be read and is told in table `rejected`"
        );
        self.meter.rejected(reason.word());
        let rejected = Rejected {
            site: Text::default(),
            stage: "sink".into(),
            kind: None,
            position: place.into(),
            // The same row each time the range is written: our own clock would make it another.
            at_us: written_us,
            reason,
            detail: detail.into(),
            excerpt: Text::default(),
        };
        match RejectedRow::new(rejected, position) {
            Ok(row) => blocks.add(&row),
            Err(error) => tracing::error!(%error, "a rejected record cannot be told"),
        }
    }
}
