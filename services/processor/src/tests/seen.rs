//! What the topics say in the end.

use super::*;

/// What readers of the output end up with.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub calls: BTreeMap<Text, Call>,
    pub panes: BTreeMap<PaneKey, (u64, bool, Pane)>,
    pub corrections: BTreeMap<(PaneKey, Text, u32), Pane>,
    pub rejected: Vec<(String, &'static str)>,
}

pub(super) fn seen(log: &Log) -> Seen {
    let codec = Codec::built_in().unwrap();
    let mut seen = Seen::default();
    for (place, value) in &log.output {
        match place {
            Place::Calls => {
                let call = codec.decode_call(value).unwrap();
                let replaced = seen.calls.insert(call.call_id.clone(), call.clone());
                assert!(replaced.is_none_or(|old| old.version < call.version));
            }
            Place::Windows => {
                let record = codec.decode_window(value).unwrap();
                match record.kind {
                    WindowRecordKind::Pane { revision, closed } => {
                        let replaced = seen.panes.insert(record.key, (revision, closed, *record.pane));
                        assert!(replaced.is_none_or(|(old, was_closed, _)| old < revision && !was_closed));
                    }
                    WindowRecordKind::Correction { call_id, version } => {
                        let id = (record.key, call_id, version);
                        assert_eq!(seen.corrections.insert(id, *record.pane), None);
                    }
                }
            }
            Place::Rejected => {
                let rejected = codec.decode_rejected(value).unwrap();
                assert_eq!(&*rejected.excerpt, "");
                seen.rejected.push((rejected.position.to_string(), rejected.reason.word()));
            }
            Place::Manifests | Place::Changelog => {}
        }
    }
    seen
}
