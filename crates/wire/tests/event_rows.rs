//! Whatever an event can hold comes back from its row as it went in, in words that the topic's schema has.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use call::Event;
use proptest::prelude::*;
use wire::rows::{EventRow, Position, Row, RowError, read_all};
use wire::strategies;

const SCHEMA: &str = include_str!("../../../schemas/call-events.avsc");
/// The largest number of seconds that a table's `DateTime` holds.
const END_US: i64 = u32::MAX as i64 * 1_000_000;

fn position() -> Position {
    Position { topic: "t".into(), topic_id: "id".into(), partition: 3, offset: 7 }
}

fn row_of(event: Event) -> EventRow {
    EventRow::new(event, position()).unwrap()
}

proptest! {
    #[test]
    fn events(event in strategies::event()) {
        let event = Event { at_us: event.at_us.rem_euclid(END_US), received_us: event.received_us.rem_euclid(END_US), ..event };
        let row = row_of(event.clone());
        let mut bytes = Vec::new();
        row.put_row(&mut bytes);
        let read = read_all::<EventRow>(&bytes).unwrap().remove(0);
        prop_assert_eq!(&read, &row);
        prop_assert_eq!(read.into_event().unwrap(), event);
    }

    #[test]
    fn every_word_is_the_schema_s(body in strategies::body(), event in strategies::event()) {
        let is_text = matches!(&body, call::Body::Diverted { .. } | call::Body::DiversionSet { .. });
        let row = row_of(Event { at_us: 1, received_us: 1, body, ..event });
        let words = [row.status.into_text(), row.reason.into_text().filter(|_| !is_text), row.details.0.get("kind").cloned()];
        for word in words.into_iter().flatten() {
            prop_assert!(SCHEMA.contains(&format!("\"{word}\"")), "{}", word);
        }
    }

    #[test]
    fn a_time_that_no_table_can_hold_is_told(event in strategies::event(), late_us in END_US..i64::MAX) {
        let late = Event { at_us: late_us, received_us: 1, ..event.clone() };
        let error = EventRow::new(late, position()).unwrap_err();
        prop_assert_eq!(error, RowError::Time { what: "at_us", at_us: late_us });
        let late = Event { at_us: 1, received_us: -1, ..event };
        prop_assert!(EventRow::new(late, position()).is_err());
    }
}
