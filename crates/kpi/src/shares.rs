//! The measures that are quotients, from a pane's counts. A merged pane gives them for any span.

use crate::service_level::{ServiceLevel, ServiceLevelInput, share};
use crate::{Histogram, Pane};
use call::{CauseKind, Outcome, PassResult};

impl Pane {
    /// Calls that are neither closed nor in progress.
    #[must_use]
    pub fn presented(&self) -> i64 {
        let apart = [Outcome::Closed, Outcome::InProgress];
        self.offered() - apart.iter().map(|outcome| self.outcomes[outcome.index()]).sum::<i64>()
    }

    /// `lost_share`: lost / (offered − closed − in_progress).
    #[must_use]
    pub fn lost_share(&self) -> Option<f64> {
        share(self.lost(), self.presented())
    }

    /// `direct_number_share`: calls to direct or group numbers / all calls.
    #[must_use]
    pub fn direct_number_share(&self) -> Option<f64> {
        share(self.direct_calls + self.group_calls, self.offered())
    }

    /// `undiverted_share`: direct calls that fell to the operator because the person was not diverted / direct calls.
    #[must_use]
    pub fn undiverted_share(&self) -> Option<f64> {
        share(self.undiverted_calls, self.direct_calls)
    }

    /// `undiverted_of_operator`: operator passes with cause `not_diverted` / operator passes.
    #[must_use]
    pub fn undiverted_of_operator(&self) -> Option<f64> {
        share(self.pass_causes[CauseKind::NotDiverted.index()], self.pass_causes.iter().sum())
    }

    /// The service levels of its calls, T from arrival. `threshold_s`: 1 to 120, where whole seconds are edges of bins.
    #[must_use]
    pub fn service_level(&self, threshold_s: u16) -> ServiceLevel {
        level(&self.answer_time, &self.lost_wait, self.presented(), threshold_s)
    }

    /// The service levels of its passes, T from joining.
    #[must_use]
    pub fn pass_service_level(&self, threshold_s: u16) -> ServiceLevel {
        let presented = self.entered() - self.pass_results[PassResult::InProgress.index()];
        level(&self.pass_wait_answered, &self.pass_wait_lost, presented, threshold_s)
    }
}

fn level(answered: &Histogram, lost: &Histogram, presented: i64, threshold_s: u16) -> ServiceLevel {
    ServiceLevelInput {
        answered_within: answered.count_below_s(threshold_s),
        lost_within: lost.count_below_s(threshold_s),
        presented,
        answered: answered.count(),
    }
    .into()
}
