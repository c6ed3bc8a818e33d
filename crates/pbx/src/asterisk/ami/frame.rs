//! Bytes → messages.

/// One message: its place in the stream and its fields in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    /// Offset of its first byte in the stream.
    pub offset: u64,
    /// Offset of the first byte after its closing empty line.
    pub end: u64,
    /// The bytes as they came, without the closing empty line.
    pub raw: Vec<u8>,
    /// Where key and value stand in `raw`: `(key start, key end, value start, value end)`.
    pub(crate) fields: Vec<(u32, u32, u32, u32)>,
}

impl Message {
    /// The first field of that name, exactly spelled.
    #[must_use]
    pub fn get(&self, _key: &str) -> Option<&str> {
        None
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A line without a colon, or bytes that are not text.
    #[error("at byte {offset}: not an AMI message: {detail}")]
    Malformed {
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        detail: String,
        /// The beginning of the bytes, to be redacted before anybody sees them.
        raw: Vec<u8>,
    },
    /// Longer than any message may be.
    #[error("at byte {offset}: longer than {limit} bytes without an empty line")]
    TooLong {
        /// Where it begins.
        offset: u64,
        /// The limit.
        limit: usize,
    },
}

/// Cuts a stream of bytes into messages; keeps what is not yet complete. Recovers at the next empty line after an error.
#[derive(Debug, Default)]
pub struct Framer {}

impl Framer {
    /// A framer whose next byte has this offset in the stream.
    #[must_use]
    pub fn at(_offset: u64) -> Self {
        Self {}
    }
    /// More bytes.
    pub fn push(&mut self, _bytes: &[u8]) {}
    /// The next complete message, or what is wrong; none until more bytes come. The banner line is skipped.
    pub fn next_message(&mut self) -> Option<Result<Message, FrameError>> {
        None
    }
    /// The stream ended: what is left over, if anything, is cut off.
    pub fn finish(&mut self) -> Option<FrameError> {
        None
    }
}
