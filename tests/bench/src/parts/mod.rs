//! What can be measured, each by itself.

pub mod alone;
