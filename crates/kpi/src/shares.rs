//! The measures that are quotients, from a pane's counts. A merged pane gives them for any span.

use crate::Pane;
use crate::service_level::{ServiceLevel, ServiceLevelInput, share};
use crate::target::Clock;
use call::{CauseKind, LostStage, Outcome, PassResult};

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

    /// `undiverted_share` with those who were busy left out: they could not have answered, and may have set nothing.
    #[must_use]
    pub fn undiverted_share_without_busy(&self) -> Option<f64> {
        share(self.undiverted_calls - self.undiverted_busy_calls, self.direct_calls)
    }

    /// Lost calls whose caller had met neither queue nor phone.
    #[must_use]
    pub fn lost_in_menu(&self) -> i64 {
        self.lost_stages[LostStage::Menu.index()]
    }

    /// P, H, A and B of a service level on a clock. `threshold_s`: 1 to 120, where whole seconds are edges of bins.
    #[must_use]
    pub fn level_input(&self, clock: Clock, threshold_s: u16) -> ServiceLevelInput {
        let of_calls = self.outcomes[Outcome::Answered.index()];
        let of_passes = self.pass_results[PassResult::Answered.index()];
        let (times, lost, presented) = match clock {
            Clock::Arrival => (&self.answer_time, &self.lost_wait, self.presented()),
            Clock::Queue => (&self.pass_wait_answered, &self.pass_wait_lost, self.presented_passes()),
            Clock::Menu => {
                (&self.answer_after_menu, &self.lost_after_menu, self.presented() - self.lost_in_menu())
            }
        };
        ServiceLevelInput {
            answered_within: times.count_below_s(threshold_s),
            lost_within: lost.count_below_s(threshold_s),
            presented,
            answered: if clock == Clock::Queue { of_passes } else { of_calls },
        }
    }

    /// Passes that are not still waiting.
    #[must_use]
    pub fn presented_passes(&self) -> i64 {
        self.entered() - self.pass_results[PassResult::InProgress.index()]
    }

    /// Of P on a clock, those that were lost.
    #[must_use]
    pub fn lost_on(&self, clock: Clock) -> i64 {
        match clock {
            Clock::Arrival => self.lost(),
            Clock::Queue => self.lost_passes(),
            Clock::Menu => self.lost_after_menu.count(),
        }
    }

    /// The service levels of its calls, T from arrival. `threshold_s`: 1 to 120, where whole seconds are edges of bins.
    #[must_use]
    pub fn service_level(&self, threshold_s: u16) -> ServiceLevel {
        self.level_input(Clock::Arrival, threshold_s).into()
    }

    /// The service levels of its passes, T from joining.
    #[must_use]
    pub fn pass_service_level(&self, threshold_s: u16) -> ServiceLevel {
        self.level_input(Clock::Queue, threshold_s).into()
    }

    /// The service levels of its calls, T from the end of the menu; who was lost in the menu is not counted.
    #[must_use]
    pub fn menu_service_level(&self, threshold_s: u16) -> ServiceLevel {
        self.level_input(Clock::Menu, threshold_s).into()
    }
}
