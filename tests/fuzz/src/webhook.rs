//! What a PBX posts.

use crate::site::Site;
use crate::through::Through;
use call::SourceKind;
use pbx::webhook::read;

/// One posted event.
pub fn webhook(data: &[u8]) {
    let received = match read(data, &Site) {
        Ok(received) => received,
        Err(invalid) => {
            assert!(!invalid.path.is_empty() && !invalid.detail.is_empty(), "{invalid:?}");
            return;
        }
    };
    let spaced = [b" ", data, b"\r\n"].concat();
    assert_eq!(read(&spaced, &Site).as_ref(), Ok(&received), "white space makes no difference");
    let cut = &data.trim_ascii_end()[..data.trim_ascii_end().len() - 1];
    assert!(read(cut, &Site).is_err(), "a document that is cut off is none");
    assert!(read(&[data, b"{}"].concat(), &Site).is_err(), "two documents are none");
    Through::new(SourceKind::Webhook).take(&received.draft);
}
