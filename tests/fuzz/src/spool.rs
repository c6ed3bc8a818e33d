//! The spool's records on disk.

#[path = "../../../services/collector/src/spool/frame.rs"]
mod frame;

use frame::{Decoded, Frame};

/// A segment of the spool, as a crash or a bad disk may have left it.
pub fn spool(data: &[u8]) {
    let mut rest = data;
    while let Decoded::Frame(frame, length) = Frame::decode(rest) {
        assert!(length <= rest.len());
        assert_eq!(encoded(&frame), rest[..length], "what was read is what was written");
        for cut in [0, 1, length / 2, length - 1] {
            assert_eq!(Frame::decode(&rest[..cut]), Decoded::Incomplete, "cut after {cut}");
        }
        rest = &rest[length..];
    }
    // Any bytes can be written, and are read back; one that is changed is damage, or a length that is not there yet.
    let frame = Frame { number: data.len() as u64, topic: frame::Topic::Events, payload: data.to_vec() };
    let mut bytes = encoded(&frame);
    assert_eq!(Frame::decode(&bytes), Decoded::Frame(frame, bytes.len()));
    let changed = data.iter().fold(7usize, |sum, byte| sum * 31 % 65_521 + usize::from(*byte)) % bytes.len();
    bytes[changed] ^= 1;
    assert!(!matches!(Frame::decode(&bytes), Decoded::Frame(..)), "byte {changed} was changed");
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::encode(&mut bytes, frame.number, frame.topic, &frame.payload);
    bytes
}
