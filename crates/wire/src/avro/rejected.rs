//! `schemas/rejected.avsc`.

use super::{record, symbols};
use crate::{RejectReason, Rejected};

record!(Rejected { site, stage, kind, position, at_us, reason, detail, excerpt });
symbols!(RejectReason {
    0 Malformed, 1 InvalidField, 2 TooLong, 3 NotAvro, 4 UnknownSchema, 5 Undecodable,
});
