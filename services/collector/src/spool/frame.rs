//! One record on disk: `length, crc32, number, topic, payload`, numbers little-endian.

/// Bytes before the payload.
pub(super) const HEADER_BYTES: usize = 4 + 4 + 8 + 1;
/// No record comes near this; a longer length is damage.
const PAYLOAD_BYTES_MAX: usize = 1024 * 1024;

/// Where a record goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `call-events`
    Events,
    /// `rejected`
    Rejected,
}

/// One record and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Without holes within a spool.
    pub number: u64,
    /// Where it goes.
    pub topic: Topic,
    /// Encoded.
    pub payload: Vec<u8>,
}

/// What stands at a place in a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// A record and its length on disk.
    Frame(Frame, usize),
    /// Not all of it is there.
    Incomplete,
    /// Not what was written.
    Damaged,
}

/// Writes a record into `bytes`, whose memory is used again.
pub(super) fn encode(bytes: &mut Vec<u8>, number: u64, topic: Topic, payload: &[u8]) {
    bytes.clear();
    bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_le_bytes());
    // The checksum's place.
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.push(match topic {
        Topic::Events => 0,
        Topic::Rejected => 1,
    });
    bytes.extend_from_slice(payload);
    let checksum = crc32fast::hash(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
}

impl Frame {
    pub(super) fn decode(bytes: &[u8]) -> Decoded {
        let Some((header, rest)) = bytes.split_at_checked(8) else { return Decoded::Incomplete };
        let word =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let length = word(0) as usize;
        if length > PAYLOAD_BYTES_MAX {
            return Decoded::Damaged;
        }
        let Some(body) = rest.get(..9 + length) else { return Decoded::Incomplete };
        if crc32fast::hash(body) != word(4) {
            return Decoded::Damaged;
        }
        let topic = match body[8] {
            0 => Topic::Events,
            1 => Topic::Rejected,
            _ => return Decoded::Damaged,
        };
        let mut number = [0u8; 8];
        number.copy_from_slice(&body[..8]);
        let frame = Self { number: u64::from_le_bytes(number), topic, payload: body[9..].to_vec() };
        Decoded::Frame(frame, HEADER_BYTES + length)
    }
}
