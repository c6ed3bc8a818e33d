//! Messages of the manager interface.

use super::{Intake, Kept, Place, position};
use crate::progress::Progress;
use pbx::asterisk::ami::{FrameError, Message, Translation};
use pipeline::{Clock, SystemClock};
use wire::RejectReason;

impl Intake {
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
            Translation::Event(draft) if draft.at_us.is_none() => {
                let detail = "the event has no Timestamp; set `timestampevents = yes` in manager.conf";
                self.reject(RejectReason::InvalidField, &position(place, 0), detail, &message.raw, place)
            }
            Translation::Event(draft) => {
                if let (Place::Live, Some(at_us)) = (place, draft.at_us) {
                    self.compare_clocks(at_us);
                }
                self.draft(draft, &message.raw, place)
            }
            Translation::Invalid { detail } => {
                let at = position(place, message.offset);
                self.reject(RejectReason::InvalidField, &at, &detail, &message.raw, place)
            }
        }
    }

    fn compare_clocks(&mut self, at_us: i64) {
        let ahead_us = self.pbx_clock.see(at_us, SystemClock.now_us());
        self.metrics.pbx_clock_ahead_seconds.set(ahead_us as f64 / 1e6);
    }

    /// Bytes that are no message.
    pub fn bad_bytes(&mut self, error: &FrameError, place: Place) -> anyhow::Result<Kept> {
        let (reason, offset, raw) = match error {
            FrameError::Malformed { offset, raw, .. } => (RejectReason::Malformed, *offset, raw.as_slice()),
            FrameError::TooLong { offset, .. } => (RejectReason::TooLong, *offset, &b""[..]),
        };
        self.reject(reason, &position(place, offset), &error.to_string(), raw, place)
    }
}
