//! What can be measured, each by itself.

pub mod alone;
pub mod collector;
pub mod growth;
pub mod kept;
pub mod latency;
pub mod pipeline;
pub mod recovery;
pub mod sink;
pub mod whole;
