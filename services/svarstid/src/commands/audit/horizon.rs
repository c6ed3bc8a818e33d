//! From when on Kafka can be asked: what its retention has deleted nobody can judge, nor compute anew.

use super::Around;
use crate::time::rfc3339;
use kafka::{Look, Retention};
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// Where one partition begins now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beginning {
    partition: i32,
    /// The first offset that is still there.
    first: i64,
    /// When its record was written, µs UTC; none where nothing is left.
    written_us: Option<i64>,
}

/// What Kafka still has of one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horizon {
    topic: String,
    /// How long the cluster keeps it by its settings.
    retention: Retention,
    partitions: Vec<Beginning>,
}

/// Of the events and of everything that the sink reads.
pub fn look(around: &Around) -> anyhow::Result<Vec<Horizon>> {
    let topics = &around.topics;
    let names = [topics.call_events(), topics.calls(), topics.kpi_windows(), topics.rejected()];
    names.into_iter().map(|topic| of_topic(around, topic)).collect()
}

fn of_topic(around: &Around, topic: String) -> anyhow::Result<Horizon> {
    let asked = kafka::retention(&around.settings, &topic);
    let retention = tokio::runtime::Handle::current().block_on(asked)?;
    let look = Look::into(&around.settings, &topic)?;
    let beginning = |partition| -> anyhow::Result<Beginning> {
        let span = look.span(partition)?;
        let (first, mut written_us) = (span.start, None);
        look.read(partition, span, |seen| {
            written_us = Some(seen.written_us);
            ControlFlow::Break(())
        })?;
        Ok(Beginning { partition, first, written_us })
    };
    let partitions = (0..around.partitions()).map(beginning).collect::<Result<_, _>>()?;
    Ok(Horizon { topic, retention, partitions })
}

impl Horizon {
    /// From when on nothing of the topic is missing; none when nothing was deleted.
    fn whole_since_us(&self) -> Option<i64> {
        let cut = self.partitions.iter().filter(|one| one.first > 0);
        cut.filter_map(|one| one.written_us).max()
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let is_cut = self.partitions.iter().any(|one| one.first > 0);
        let kept = match (is_cut, self.whole_since_us()) {
            (false, _) => "from its beginning".to_owned(),
            (true, Some(us)) => format!("from {} on", rfc3339(us)),
            (true, None) => "with no record left".to_owned(),
        };
        let cut = self.partitions.iter().filter(|one| one.first > 0);
        let offsets: Vec<_> = cut.map(|one| format!("{}/{}", one.partition, one.first)).collect();
        let offsets =
            if is_cut { format!(" (partition/first offset: {})", offsets.join(", ")) } else { String::new() };
        format!("{} is kept {kept}{offsets}; {}", self.topic, self.limits())
    }

    fn limits(&self) -> String {
        let time = self.retention.time.map(|time| format!("retention.ms {}", time.as_millis()));
        let bytes = self.retention.bytes.map(|bytes| format!("retention.bytes {bytes}"));
        let limits: Vec<_> = time.into_iter().chain(bytes).collect();
        if limits.is_empty() { "without a limit".to_owned() } else { limits.join(", ") }
    }

    /// For scripts.
    pub fn json(&self) -> Value {
        let beginning = |one: &Beginning| {
            let written_at = one.written_us.map(rfc3339);
            json!({ "partition": one.partition, "first_offset": one.first, "first_written_at": written_at })
        };
        let Retention { time, bytes } = self.retention;
        json!({
            "topic": self.topic,
            "whole_since": self.whole_since_us().map(rfc3339),
            "retention_ms": time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            "retention_bytes": bytes,
            "partitions": self.partitions.iter().map(beginning).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn horizon(beginnings: &[(i64, Option<i64>)]) -> Horizon {
        let beginning = |(partition, (first, written_us)): (i32, &(i64, Option<i64>))| Beginning {
            partition,
            first: *first,
            written_us: *written_us,
        };
        Horizon {
            topic: "calls".into(),
            retention: Retention::of(604_800_000, -1),
            partitions: (0..).zip(beginnings).map(beginning).collect(),
        }
    }

    #[test]
    fn a_topic_is_whole_since_the_latest_beginning_of_those_that_were_cut() {
        let hour_us = 3_600_000_000;
        let whole = horizon(&[(0, Some(hour_us)), (0, None)]);
        assert_eq!(whole.line(), "calls is kept from its beginning; retention.ms 604800000");
        let cut = horizon(&[(7, Some(2 * hour_us)), (0, Some(9 * hour_us)), (3, Some(hour_us))]);
        let expect = "calls is kept from 1970-01-01T02:00:00.000000Z on (partition/first offset: 0/7, 2/3); retention.ms 604800000";
        assert_eq!(cut.line(), expect);
        assert_eq!(cut.json()["whole_since"], "1970-01-01T02:00:00.000000Z");
        assert_eq!(cut.json()["partitions"][2]["first_offset"], 3);
        let empty = horizon(&[(7, None)]);
        assert!(empty.line().contains("no record left") && empty.json()["whole_since"].is_null());
    }
}
