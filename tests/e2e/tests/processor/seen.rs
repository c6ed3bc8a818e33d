//! What readers of the output topics end up with.

use crate::stage::Stage;
use call::{Call, Event, Text};
use config::Config;
use kpi::{Pane, PaneKey, WindowRecord, WindowRecordKind};
use pipeline::processor::{Processor, Setup};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::Codec;

/// The latest of everything.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    pub calls: BTreeMap<Text, Call>,
    pub panes: BTreeMap<PaneKey, (u64, bool, Pane)>,
    pub corrections: BTreeMap<(PaneKey, Text, u32), Pane>,
    /// Place and reason.
    pub rejected: Vec<(String, &'static str)>,
}

impl Seen {
    /// Every record once, in its order: a version that is not newer than the one before was written twice.
    fn call(&mut self, call: Call) {
        let (id, version) = (call.call_id.clone(), call.version);
        let before = self.calls.insert(id, call).map(|before| (before.version, before.is_final));
        assert!(
            before.is_none_or(|(before, was_final)| before < version && !was_final),
            "{before:?} {version}"
        );
    }

    fn window(&mut self, record: WindowRecord) {
        let WindowRecord { key, kind, pane, .. } = record;
        match kind {
            WindowRecordKind::Pane { revision, closed } => {
                let before =
                    self.panes.insert(key, (revision, closed, *pane)).map(|before| (before.0, before.1));
                let newer = before.is_none_or(|(before, was_closed)| before < revision && !was_closed);
                assert!(newer, "{before:?} {revision}");
            }
            WindowRecordKind::Correction { call_id, version } => {
                let before = self.corrections.insert((key, call_id, version), *pane);
                assert_eq!(before, None, "a correction was written twice");
            }
        }
    }

    /// The first difference, rather than both in full.
    pub fn check_equals(&self, expect: &Self) {
        for (id, call) in &expect.calls {
            assert_eq!(self.calls.get(id), Some(call));
        }
        for (key, pane) in &expect.panes {
            assert_eq!(self.panes.get(key), Some(pane), "{key:?}");
        }
        assert_eq!(self.corrections, expect.corrections);
        assert_eq!(self, expect);
    }

    /// From the topics, as a reader sees them who reads what is committed.
    pub fn in_topics(stage: &Stage) -> Self {
        let codec = Codec::built_in().unwrap();
        let (kafka, topics, partitions) = (stage.kafka(), stage.topics(), stage.partitions());
        let mut seen = Self::default();
        let all = |topic: &str, take: &mut dyn FnMut(&[u8], &[u8])| {
            kafka::restore::read_all(&kafka, topic, &partitions, |_, key, value| take(key, value.unwrap()))
                .unwrap();
        };
        all(&topics.calls(), &mut |key, value| {
            let call = codec.decode_call(value).unwrap();
            assert_eq!(call.call_id.as_bytes(), key);
            seen.call(call);
        });
        all(&topics.kpi_windows(), &mut |_, value| seen.window(codec.decode_window(value).unwrap()));
        all(&topics.rejected(), &mut |_, value| {
            let rejected = codec.decode_rejected(value).unwrap();
            seen.rejected.push((rejected.position.into(), rejected.reason.word()));
        });
        seen
    }

    /// Straight through, in this process, without Kafka.
    pub fn undisturbed(config: &Config, events: &[Event]) -> Self {
        let others = config.other_sites().unwrap();
        let plan = |config: &Config| (config.site.id.as_str().into(), Arc::new(config.site_plan().unwrap()));
        let mut processor = Processor::new(Arc::new(Setup {
            plans: std::iter::once(config).chain(&others).map(plan).collect(),
            measures: config.kpi_settings(),
            definition_version: kpi::DEFINITION_VERSION,
            lateness: window::Lateness {
                allowed_us: i64::from(config.processor.allowed_lateness_s) * 1_000_000,
            },
            disorder_us: processor::DISORDER_US,
        }));
        for event in events {
            processor.apply(event, &[]);
        }
        let mut seen = Self::default();
        let output = processor.take();
        output.calls.into_iter().for_each(|call| seen.call(call));
        output.windows.into_iter().for_each(|record| seen.window(record));
        assert!(processor.take_breaches().is_empty());
        seen
    }
}
