//! Events → what the processor makes of them, without Kafka.

use call::{Call, Event};
use kpi::{PaneKey, WindowRecord, WindowRecordKind};
use pipeline::processor::{Applied, Processor, Setup};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The processor's pure core, and what readers want in the end: of each call and pane the last version.
pub struct Made {
    processor: Processor,
    open_calls: BTreeMap<call::Text, Call>,
    open_panes: BTreeMap<PaneKey, WindowRecord>,
}

/// What is certain now.
#[derive(Default)]
pub struct Certain {
    pub calls: Vec<Call>,
    pub windows: Vec<WindowRecord>,
}

impl Made {
    pub fn new(setup: Setup) -> Self {
        let processor = Processor::new(Arc::new(setup));
        Self { processor, open_calls: BTreeMap::new(), open_panes: BTreeMap::new() }
    }

    /// Takes some events.
    ///
    /// # Errors
    /// An invariant was broken, or an event was not used.
    pub fn apply(&mut self, events: &[Event]) -> anyhow::Result<Certain> {
        for event in events {
            let applied = self.processor.apply(event, &[]);
            anyhow::ensure!(
                applied == Applied::Used,
                "the processor did not use generated event {} ({applied:?})",
                event.origin.position
            );
        }
        let mut certain = Certain::default();
        let output = self.processor.take();
        let breaches = self.processor.take_breaches();
        anyhow::ensure!(breaches.is_empty(), "an invariant of the processor was broken: {breaches:?}");
        for call in output.calls {
            if call.is_final {
                self.open_calls.remove(&call.call_id);
                certain.calls.push(call);
            } else {
                self.open_calls.insert(call.call_id.clone(), call);
            }
        }
        for window in output.windows {
            if let WindowRecordKind::Pane { closed: false, .. } = window.kind {
                self.open_panes.insert(window.key.clone(), window);
            } else {
                if matches!(window.kind, WindowRecordKind::Pane { .. }) {
                    self.open_panes.remove(&window.key);
                }
                certain.windows.push(window);
            }
        }
        Ok(certain)
    }

    /// What is open at the end stays so: of a running system it would be there, too.
    pub fn finish(self) -> Certain {
        Certain {
            calls: self.open_calls.into_values().collect(),
            windows: self.open_panes.into_values().collect(),
        }
    }
}
