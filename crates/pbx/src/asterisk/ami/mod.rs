//! Asterisk Manager Interface: a stream of messages, each a block of `Key: value` lines.

mod filter;
mod frame;
mod translate;

pub use filter::filters;
pub use frame::{FrameError, Framer, Message};
pub use translate::{Draft, Translation, Translator};
