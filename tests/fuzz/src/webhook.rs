//! What a PBX posts.

use crate::site::{Site, dialect};
use crate::through::Through;
use call::SourceKind;
use pbx::webhook::{Invalid, Received};

/// One posted event.
pub fn webhook(data: &[u8]) {
    let dialect = dialect();
    let read = |json: &[u8]| -> Result<Received, Invalid> { pbx::webhook::read(json, &Site, &dialect) };
    let received = match read(data) {
        Ok(received) => received,
        Err(invalid) => {
            assert!(!invalid.path.is_empty() && !invalid.detail.is_empty(), "{invalid:?}");
            return;
        }
    };
    let spaced = [b" ", data, b"\r\n"].concat();
    assert_eq!(read(&spaced).as_ref(), Ok(&received), "white space makes no difference");
    let cut = &data.trim_ascii_end()[..data.trim_ascii_end().len() - 1];
    assert!(read(cut).is_err(), "a document that is cut off is none");
    assert!(read(&[data, b"{}"].concat()).is_err(), "two documents are none");
    Through::new(SourceKind::Webhook).take(&received.draft);
}
