//! What an audit asks: the tables, counted in another way than they were written.
//!
//! Every question returns what does not hold, so that nothing is an answer: everything does.

mod calls;
mod panes;
mod rows;

pub use calls::{Odd, Versions, one_outcome, versions};
pub use panes::{Compared, Difference, calls_conserved, panes, passes_conserved};
pub use rows::{Copies, copies, rejected_by_stage, rejected_places};

use crate::{Store, StoreError};
use clickhouse::RowRead;
use clickhouse::query::Query;

/// So many breaches of one kind are returned at most; whoever has more needs no longer list.
pub const FOUND_MAX: usize = 10_000;

/// Which calls, passes and minutes are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// One site; none: all.
    pub site: Option<String>,
    /// From this second on (since 1970-01-01 00:00 UTC).
    pub from_s: i64,
    /// Until before this one.
    pub to_s: i64,
}

impl Asked {
    /// The same from this second on at the earliest.
    #[must_use]
    pub fn since(&self, from_s: i64) -> Self {
        Self { from_s: self.from_s.max(from_s), ..self.clone() }
    }

    /// The condition on a column of times, with four `?`.
    fn condition(column: &str) -> String {
        format!("(? = '' OR site = ?) AND {}", Self::within(column))
    }

    /// The same where what nobody could read belongs to every site.
    fn condition_or_unread(column: &str) -> String {
        format!("(? = '' OR site IN ('', ?)) AND {}", Self::within(column))
    }

    fn within(column: &str) -> String {
        format!("{column} >= toDateTime(?, 'UTC') AND {column} < toDateTime(?, 'UTC')")
    }

    /// Fills in one such condition.
    fn bind(&self, query: Query) -> Query {
        let site = self.site.as_deref().unwrap_or_default();
        query.bind(site).bind(site).bind(self.from_s).bind(self.to_s)
    }
}

impl Store {
    /// Asks with the condition filled in so many times.
    async fn asked<T>(&self, sql: &str, asked: &Asked, times: usize) -> Result<Vec<T>, StoreError>
    where
        T: clickhouse::RowOwned + RowRead,
    {
        let query = (0..times).fold(self.client.query(sql), |query, _| asked.bind(query));
        query.fetch_all::<T>().await.map_err(|error| self.error(error))
    }
}
