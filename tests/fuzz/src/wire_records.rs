//! Records from Kafka.

use crate::through::CODEC;
use std::fmt::Debug;
use wire::{Codec, WireError};

/// Topic `call-events`.
pub fn wire_event(data: &[u8]) {
    check(data, Codec::decode_event, Codec::encode_event);
}

/// Topic `calls`.
pub fn wire_call(data: &[u8]) {
    check(data, Codec::decode_call, Codec::encode_call);
}

/// Topic `kpi-windows`.
pub fn wire_window(data: &[u8]) {
    check(data, Codec::decode_window, Codec::encode_window);
}

fn check<T: PartialEq + Debug>(
    data: &[u8],
    decode: impl Fn(&Codec, &[u8]) -> Result<T, WireError>,
    encode: impl Fn(&Codec, &T) -> Result<Vec<u8>, WireError>,
) {
    match decode(&CODEC, data) {
        Ok(value) => {
            let bytes = encode(&CODEC, &value).unwrap();
            assert_eq!(decode(&CODEC, &bytes).unwrap(), value, "what was read can be written");
            assert!(decode(&CODEC, &bytes[..bytes.len() - 1]).is_err(), "a record that is cut off is none");
            assert!(decode(&CODEC, &[&bytes[..], b"\0"].concat()).is_err(), "nor is one with a tail");
        }
        Err(error) => assert!(error.reject_reason().is_some(), "the record is to blame: {error}"),
    }
}
