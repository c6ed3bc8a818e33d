//! Channel names.

use crate::Numbers;
use call::Text;
use call::event::Endpoint;

/// `PJSIP/2101-0000001a` is the device `2101`; `Local/2101@from-internal-00000003;2` is the far half of an internal pair.
/// A device that is named after a number outside the plan gets that number's pseudonym. None if it is no channel name.
#[must_use]
pub fn endpoint<N: Numbers + ?Sized>(channel: &str, numbers: &N) -> Option<Endpoint> {
    let (technology, resource) = channel.split_once('/')?;
    if technology == "Local" {
        return Some(Endpoint::Internal { far: resource.ends_with(";2") });
    }
    let name = resource.rsplit_once('-').map_or(resource, |(name, _)| name);
    if technology.is_empty() || name.is_empty() {
        return None;
    }
    Some(Endpoint::Device(label(name, numbers)))
}

/// A name given by an administrator: kept, unless a number outside the plan hides in it.
pub(super) fn label<N: Numbers + ?Sized>(name: &str, numbers: &N) -> Text {
    let longest = name.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    if longest < 5 { name.into() } else { numbers.redact(name.as_bytes()).into() }
}
