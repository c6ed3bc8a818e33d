//! Whatever a reader tells can be written, read back the same, and put together to calls.

use crate::site;
use call::{Event, EventId, Origin, SourceAssembler, SourceKind, Text};
use pbx::Draft;
use std::collections::HashMap;
use std::sync::LazyLock;
use wire::Codec;

pub static CODEC: LazyLock<Codec> = LazyLock::new(|| Codec::built_in().unwrap());

/// What follows a reader: bytes on the wire, and calls.
pub struct Through {
    kind: SourceKind,
    assembler: SourceAssembler,
    versions: HashMap<Text, (u32, bool)>,
    position: u64,
}

impl Through {
    pub fn new(kind: SourceKind) -> Self {
        let assembler = SourceAssembler::new(kind, "site", site::plan());
        Self { kind, assembler, versions: HashMap::new(), position: 0 }
    }

    pub fn take(&mut self, draft: &Draft) {
        let Some(at_us) = draft.at_us else { return };
        self.position += 1;
        let (node, kind, position) = ("node".into(), self.kind, self.position);
        let event = Event {
            id: EventId(u128::from(position)),
            origin: Origin { site: "site".into(), node, kind, stream: 1, position },
            at_us,
            received_us: at_us,
            leg: draft.leg.clone(),
            linked: draft.linked.clone(),
            body: draft.body.clone(),
        };
        let bytes = CODEC.encode_event(&event).unwrap();
        assert_eq!(CODEC.decode_event(&bytes).unwrap(), event);
        for call in self.assembler.apply(&event).changed {
            let bytes = CODEC.encode_call(&call).unwrap();
            assert_eq!(CODEC.decode_call(&bytes).unwrap(), call);
            let now = (call.version, call.is_final);
            if let Some((version, is_final)) = self.versions.insert(call.call_id.clone(), now) {
                // A channel's id that begins again after its call's end is another call's.
                assert!(is_final || version < call.version, "versions grow: {call:?}");
            }
        }
    }
}
