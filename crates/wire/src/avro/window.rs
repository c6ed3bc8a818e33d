//! `schemas/kpi-windows.avsc`.

use super::{Avro, In, Misfit, Out, record, union};
use call::Text;
use kpi::{Dimension, Histogram, Pane, PaneKey, WindowRecord, WindowRecordKind};

record!(WindowRecord { key, kind, pane, definition_version });
record!(PaneKey { site, minute, dimension, direction });
union!(WindowRecordKind {
    0 Pane { revision, closed },
    1 Correction { call_id, version },
});
record!(Pane {
    outcomes,
    reaches,
    final_reaches,
    lost_stages,
    lost_bands,
    messages_left,
    direct_calls,
    group_calls,
    undiverted_calls,
    answer_time,
    lost_wait,
    caller_signals,
    ring_signals,
    pass_results,
    pass_wait_answered,
    pass_wait_lost,
    pass_causes,
    undiverted_busy_calls,
    transferred_calls,
    left_on_hold,
    priority_inversions,
    overtaken_passes,
    overtaken_us,
    heard_us,
    menu_time,
    ring_time,
    answer_after_menu,
    lost_after_menu,
});

/// Two fields of the key: the kind's word and the name.
impl Avro for Dimension {
    fn put(&self, out: &mut Out) {
        out.long(match self {
            Self::Site => 0,
            Self::Queue(_) => 1,
            Self::Unit(_) => 2,
        });
        out.text(self.name());
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let kind = from.long()?;
        let name = Text::take(from)?;
        match kind {
            0 if name.is_empty() => Ok(Self::Site),
            0 => Err(Misfit("the dimension of the whole site has a name")),
            1 => Ok(Self::Queue(name)),
            2 => Ok(Self::Unit(name)),
            _ => Err(Misfit("a word that this program does not know as Dimension")),
        }
    }
}

impl Avro for Box<Pane> {
    fn put(&self, out: &mut Out) {
        (**self).put(out);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        Pane::take(from).map(Box::new)
    }
}

impl Avro for Histogram {
    fn put(&self, out: &mut Out) {
        if !self.bins.is_empty() {
            out.long(self.bins.len() as i64);
        }
        for (bin, count) in &self.bins {
            bin.put(out);
            out.long(count);
        }
        out.long(0);
        out.long(self.sum);
    }
    fn take(from: &mut In<'_>) -> Result<Self, Misfit> {
        let mut histogram = Self::default();
        from.array(|from| {
            let (bin, count) = (u16::take(from)?, from.long()?);
            let in_order = histogram.bins.iter().next_back().is_none_or(|(last, _)| last < bin);
            if !in_order || count == 0 {
                return Err(Misfit("a histogram with an empty bin, or with bins out of order"));
            }
            histogram.bins.add(bin, count);
            Ok(())
        })?;
        histogram.sum = from.long()?;
        Ok(histogram)
    }
}
