//! Asterisk Manager Interface: a stream of messages, each a block of `Key: value` lines.

mod dialling;
mod filter;
mod frame;
mod masks;
mod member;
mod queueing;
mod scan;
mod skim;
mod translate;
mod user_event;
mod wanted;

pub use filter::filters;
pub use frame::{FrameError, Framer, Message};
pub use member::member_state;
pub use skim::Unread;
pub use translate::{Translation, Translator};
