//! What the site's configuration says about numbers, queues and trunks, as far as a call needs to know.

use crate::{SourceKind, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where a dialled number leads before anybody has answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A person's extension.
    Extension(Text),
    /// A queue: the operators' or a group's.
    Queue(Text),
}

/// When the site's numbers are served. `org` knows calendars and time zones.
pub trait OpeningHours: std::fmt::Debug + Send + Sync {
    /// Whether what the dialled number leads to is open at this moment, microseconds UTC.
    fn is_open(&self, target: Option<&Target>, at_us: i64) -> bool;
}

/// The part of the site's plan that the call state machine asks. Plain data, built by `org`.
#[derive(Debug, Clone, Default)]
pub struct SitePlan {
    /// Endpoints that lead outside the PBX.
    pub trunks: BTreeSet<Text>,
    /// Queues served by the operators.
    pub operator_queues: BTreeSet<Text>,
    /// Endpoints of the operators (members of an operator queue).
    pub operators: BTreeSet<Text>,
    /// Public and short numbers and what they lead to.
    pub routes: BTreeMap<Text, Target>,
    /// Inclusive ranges of extensions, low to high, same number of digits.
    pub extensions: Vec<(Text, Text)>,
    /// The unit of each queue.
    pub queue_units: BTreeMap<Text, Text>,
    /// Inclusive ranges of extensions and their unit, first match wins.
    pub extension_units: Vec<(Text, Text, Text)>,
    /// The kinds of sources that tell of the site's calls.
    pub sources: BTreeSet<SourceKind>,
    /// A call older than this is ended as `unknown`.
    pub max_call_age_us: i64,
    /// None: always open.
    pub opening_hours: Option<Arc<dyn OpeningHours>>,
}

impl SitePlan {
    /// What `digits` lead to: a route, an extension, or nothing known.
    #[must_use]
    pub fn target(&self, digits: &str) -> Option<Target> {
        if let Some(target) = self.routes.get(digits) {
            return Some(target.clone());
        }
        self.is_extension(digits).then(|| Target::Extension(digits.into()))
    }

    /// Whether a call to `target` that arrives now finds it open.
    #[must_use]
    pub fn is_open(&self, target: Option<&Target>, at_us: i64) -> bool {
        self.opening_hours.as_ref().is_none_or(|hours| hours.is_open(target, at_us))
    }

    /// The extension that `digits` lead to, if they lead to one.
    #[must_use]
    pub fn extension_behind(&self, digits: &str) -> Option<Text> {
        match self.target(digits) {
            Some(Target::Extension(extension)) => Some(extension),
            Some(Target::Queue(_)) | None => None,
        }
    }

    /// Whether `digits` are one of the site's extensions.
    #[must_use]
    pub fn is_extension(&self, digits: &str) -> bool {
        self.extensions.iter().any(|(low, high)| within(digits, low, high))
    }

    /// The unit that answers for a target.
    #[must_use]
    pub fn unit_of(&self, target: &Target) -> Option<&Text> {
        match target {
            Target::Queue(queue) => self.unit_of_queue(queue),
            Target::Extension(extension) => self.unit_of_extension(extension),
        }
    }

    /// The unit of a queue.
    #[must_use]
    pub fn unit_of_queue(&self, queue: &str) -> Option<&Text> {
        self.queue_units.get(queue)
    }

    /// The unit of an extension.
    #[must_use]
    pub fn unit_of_extension(&self, extension: &str) -> Option<&Text> {
        self.extension_units
            .iter()
            .find(|(low, high, _)| within(extension, low, high))
            .map(|(_, _, unit)| unit)
    }
}

/// Same length and in between, digit by digit: `0465` is not within `465..=470`.
fn within(digits: &str, low: &str, high: &str) -> bool {
    digits.len() == low.len() && digits >= low && digits <= high && digits.bytes().all(|b| b.is_ascii_digit())
}
