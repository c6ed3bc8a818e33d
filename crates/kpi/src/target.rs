//! Service-level targets: what was promised, and whether it was kept.

use crate::service_level::{ServiceLevel, share};
use crate::{Dimension, Pane};
use call::Text;

/// Where the time T of a service level begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Clock {
    /// When the call arrived: what the caller lives through.
    #[default]
    Arrival,
    /// When the caller joined the queue: passes.
    Queue,
    /// When the caller was through with the menu: the first queue or ringing phone.
    Menu,
}

impl Clock {
    /// Every clock.
    pub const ALL: [Self; 3] = [Self::Arrival, Self::Queue, Self::Menu];

    /// `arrival`, `queue` or `menu`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::Queue => "queue",
            Self::Menu => "menu",
        }
    }

    /// For people: from when.
    #[must_use]
    pub const fn from_when(self) -> &'static str {
        match self {
            Self::Arrival => "from arrival",
            Self::Queue => "from joining the queue",
            Self::Menu => "from the end of the menu",
        }
    }
}

/// One target. It is about external callers.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// What people call it.
    pub name: Text,
    /// T, whole seconds from 1 to 120.
    pub within_s: u16,
    /// Where T begins.
    pub clock: Clock,
    /// Whose calls or passes.
    pub scope: Dimension,
    /// The wanted `sl_of_offered`.
    pub share: f64,
    /// The largest wanted share of lost ones.
    pub lost_share_max: Option<f64>,
}

/// How a target was met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// P: of how many.
    pub presented: i64,
    /// The four levels at its T, on its clock.
    pub level: ServiceLevel,
    /// Lost ones / P.
    pub lost_share: Option<f64>,
    /// Whether both promises were kept; none of nothing.
    pub is_kept: Option<bool>,
}

impl Target {
    /// Judges the pane of its scope.
    #[must_use]
    pub fn judge(&self, pane: &Pane) -> Kept {
        let input = pane.level_input(self.clock, self.within_s);
        let level = ServiceLevel::from(input);
        let lost_share = share(pane.lost_on(self.clock), input.presented);
        let is_fast = level.sl_of_offered.map(|found| found >= self.share);
        let is_kind = self.lost_share_max.is_none_or(|most| lost_share.is_none_or(|found| found <= most));
        Kept { presented: input.presented, level, lost_share, is_kept: is_fast.map(|fast| fast && is_kind) }
    }
}
