//! What every HTTP endpoint that is posted to shares: who may post, how long a body may be and how long it may take, and the
//! certificate. What is done with a body is the service's.

mod admission;
mod body;
mod limits;
mod serve;
mod tls;

pub use admission::{Admission, Proof};
pub use body::{Unread, body};
pub use limits::Limits;
pub use serve::serve;
pub use tls::Certificate;
