//! Asterisk's manager interface: bytes → messages → events.

use crate::pieces;
use crate::site::{Site, dialect};
use crate::through::Through;
use call::SourceKind;
use pbx::asterisk::ami::{FrameError, Framer, Message, Translation, Translator};

const BANNER: &[u8] = b"Asterisk Call Manager/";

type Told = Result<Message, FrameError>;

/// The manager interface.
pub fn ami(data: &[u8]) {
    let whole = read([data]);
    assert_eq!(whole, read(pieces(data)), "pieces make no difference");
    if data.len() <= 200 {
        assert_eq!(whole, read(data.chunks(1)), "nor do single bytes");
    }
    accounted(data, &whole);
    let translator = Translator::new(dialect(), Site);
    spared_means_nothing(&translator, data, &whole);
    let mut through = Through::new(SourceKind::AsteriskAmi);
    for message in whole.iter().flatten() {
        match translator.translate(message) {
            Translation::Event(draft) => through.take(&draft),
            Translation::Nothing => {}
            Translation::Invalid { detail } => assert!(!detail.is_empty()),
        }
    }
}

/// A message that is not taken apart, because it is not wanted, means nothing; all others are the same.
fn spared_means_nothing(translator: &Translator<Site>, data: &[u8], whole: &[Told]) {
    let (mut framer, mut message) = (Framer::default(), Message::default());
    framer.push(data);
    for told in whole {
        let Some(next) = framer.next_wanted(&mut message, &|message| translator.wants(message)) else {
            break;
        };
        match (told, next) {
            (Ok(told), Ok(())) if message.raw.is_empty() => {
                assert_eq!((told.offset, told.end), (message.offset, message.end));
                assert_eq!(translator.translate(told), Translation::Nothing);
            }
            (Ok(told), Ok(())) => assert_eq!(*told, message),
            (told, next) => {
                assert_eq!(told.as_ref().err(), told_once(next.map(|()| Message::default())).as_ref().err())
            }
        }
    }
}

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Told> {
    let mut framer = Framer::default();
    let mut told = Vec::new();
    for piece in pieces {
        framer.push(piece);
        told.extend(std::iter::from_fn(|| framer.next_message()).map(told_once));
    }
    told.extend(framer.finish().map(Err));
    assert_eq!(framer.finish(), None, "an end is told once");
    told
}

/// How much of a message that is too long had come when it was given up depends on the pieces.
fn told_once(told: Told) -> Told {
    match told {
        Err(FrameError::TooLong { offset, limit, .. }) => {
            Err(FrameError::TooLong { offset, end: offset, limit })
        }
        other => other,
    }
}

/// Every byte is in a message or an error, or is white space or the banner between two.
fn accounted(data: &[u8], told: &[Told]) {
    // What follows a message that is too long is thrown away with it.
    if told.iter().any(|told| matches!(told, Err(FrameError::TooLong { .. }))) {
        return;
    }
    let mut at = 0;
    for told in told {
        let (from, to) = match told {
            Ok(message) => (message.offset, message.end),
            Err(FrameError::Malformed { offset, end, .. } | FrameError::TooLong { offset, end, .. }) => {
                (*offset, *end)
            }
        };
        let (from, to) = (usize::try_from(from).unwrap(), usize::try_from(to).unwrap());
        assert!(at <= from && from < to && to <= data.len(), "{at} {told:?}");
        assert!(is_nothing(&data[at..from]), "bytes {at}..{from} are in no message");
        if let Ok(message) = told {
            assert_eq!(message.raw, data[from..from + message.raw.len()]);
        }
        at = to;
    }
    assert!(is_nothing(&data[at..]), "bytes from {at} on are in no message");
}

fn is_nothing(bytes: &[u8]) -> bool {
    let rest = bytes.trim_ascii();
    let is_line = |line: &[u8]| line.trim_ascii().is_empty() || line.starts_with(BANNER);
    rest.split(|byte| *byte == b'\n').all(is_line)
}
