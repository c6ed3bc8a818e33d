//! Asterisk Manager Interface: a stream of messages, each a block of `Key: value` lines.

mod dialling;
mod filter;
mod frame;
mod member;
mod queueing;
mod scan;
mod translate;
mod user_event;

pub use filter::filters;
pub use frame::{FrameError, Framer, Message};
pub use member::member_state;
pub use translate::{Translation, Translator};
