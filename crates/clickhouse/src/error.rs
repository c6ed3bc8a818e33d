//! What can go wrong at ClickHouse, and what then.

use clickhouse::error::Error;

/// Kinds of failure. What was written is certain for none of them: an answer may be lost after the rows were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// Nobody listens, or the connection broke.
    Unreachable,
    /// No answer within the time allowed.
    TimedOut,
    /// It answers that it cannot now: overloaded, too many parts, read-only, out of disk or memory.
    Busy,
    /// It does not let us: wrong user, password or rights.
    Denied,
    /// A database, table or function is not there.
    Missing,
    /// Program and tables do not fit each other.
    Mismatch,
    /// Anything that it says and we have no word for.
    Other,
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Send the same bytes with the same token again, until it takes them.
    Resend,
    /// Nothing changes by itself: stop and tell the operator. Nothing is lost, Kafka keeps it.
    Stop,
}

impl Failure {
    /// The one place that decides.
    #[must_use]
    pub const fn policy(self) -> Policy {
        match self {
            Self::Unreachable | Self::TimedOut | Self::Busy | Self::Other => Policy::Resend,
            Self::Denied | Self::Missing | Self::Mismatch => Policy::Stop,
        }
    }

    /// What an operator can do.
    #[must_use]
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Unreachable => "is it running, and is [clickhouse] url right?",
            Self::TimedOut => "it is slow or stuck; look at system.processes",
            Self::Busy => "it is overloaded or out of room; look at its log, disk and memory",
            Self::Denied => "look at [clickhouse] user and password, and at the user's rights",
            Self::Missing => "a table of ours was removed; start the sink again to make it anew",
            Self::Mismatch => "program and tables do not fit each other; was a table altered by hand?",
            Self::Other => "look at its log",
        }
    }

    /// From the error codes of ClickHouse's `ErrorCodes.cpp`.
    const fn of_code(code: u32) -> Self {
        match code {
            // timeouts, also between its nodes
            159 | 160 | 209 | 210 | 279 => Self::TimedOut,
            // quotas, sessions, queries, memory, disk, parts, replicas, keeper, shutting down
            201 | 202 | 203 | 236 | 241 | 242 | 243 | 252 | 254 | 285 | 290 | 319 | 394 | 439 | 473 | 700
            | 745 | 999 => Self::Busy,
            // user, password, address, rights
            164 | 192 | 193 | 194 | 195 | 291 | 497 | 516 | 720 => Self::Denied,
            // function, table, database
            46 | 60 | 81 | 218 => Self::Missing,
            // columns, types, formats, settings
            6 | 8 | 10 | 16 | 20 | 27 | 43 | 47 | 50 | 53 | 62 | 70 | 115 | 117 | 190 => Self::Mismatch,
            _ => Self::Other,
        }
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::Network(_) => Self::Unreachable,
            Error::TimedOut => Self::TimedOut,
            Error::BadResponse(text) => code(text).map_or(Self::Other, Self::of_code),
            Error::SchemaMismatch(_)
            | Error::NotEnoughData
            | Error::InvalidColumnsHeader(_)
            | Error::DataFormat(_)
            | Error::Unsupported(_)
            | Error::InvalidParams(_) => Self::Mismatch,
            // the client's enum is open; everything else is a broken answer
            _ => Self::Other,
        }
    }
}

/// The number after `Code: `.
fn code(text: &str) -> Option<u32> {
    let digits = text.split_once("Code: ")?.1;
    digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Something went wrong at ClickHouse.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A query or insert failed.
    #[error("ClickHouse at {url}: {detail}; {}", kind.hint())]
    Failed {
        /// Its address.
        url: String,
        /// What kind of failure.
        kind: Failure,
        /// What it said.
        detail: String,
    },
    /// An applied file of `schemas/clickhouse/` is not the one that was applied.
    #[error(
        "schemas/clickhouse/{name} was applied to database {database} with another content (checksum {applied}, now {now}); \
         an applied file is never changed: put the change in a new file, or use an empty database"
    )]
    Changed {
        /// The file.
        name: String,
        /// The database.
        database: String,
        /// As it was applied.
        applied: String,
        /// As it is in this program.
        now: String,
    },
    /// The server is older than what the tests know.
    #[error(
        "ClickHouse at {url} is {version}; at least {oldest} is needed, because the tables and views were tried on nothing older: upgrade it"
    )]
    Old {
        /// Its address.
        url: String,
        /// Its version.
        version: String,
        /// The oldest that does.
        oldest: String,
    },
    /// The server does not remember tokens.
    #[error(
        "ClickHouse forgets insert tokens: {setting} is 0 for {database}.{table}, so a batch sent twice would count twice; \
         ALTER TABLE {database}.{table} MODIFY SETTING {setting} = 10000"
    )]
    NoDeduplication {
        /// The database.
        database: String,
        /// The table.
        table: String,
        /// The setting.
        setting: String,
    },
    /// What was read back does not fit.
    #[error("ClickHouse at {url} returned {what}")]
    Unreadable {
        /// Its address.
        url: String,
        /// What.
        what: String,
    },
}

impl StoreError {
    pub(crate) fn new(url: &str, error: Error) -> Self {
        let kind = Failure::of(&error);
        // A server's stack and version help nobody in one line.
        let text = error.to_string();
        let detail = text.split(" (version ").next().unwrap_or(&text).trim().to_owned();
        Self::Failed { url: url.to_owned(), kind, detail }
    }

    /// What to do about it.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        match self {
            Self::Failed { kind, .. } => kind.policy(),
            Self::Changed { .. }
            | Self::Old { .. }
            | Self::NoDeduplication { .. }
            | Self::Unreadable { .. } => Policy::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_answers() {
        let check = |text: &str, kind: Failure| {
            assert_eq!(Failure::of(&Error::BadResponse(text.into())), kind, "{text}");
        };
        check("Code: 252. DB::Exception: Too many parts (TOO_MANY_PARTS)", Failure::Busy);
        check("Code: 516. DB::Exception: svarstid: Authentication failed", Failure::Denied);
        check("Code: 60. DB::Exception: Table svarstid.calls does not exist.", Failure::Missing);
        check("Code: 117. DB::Exception: Type of 'version' must be UInt32", Failure::Mismatch);
        check("Code: 159. DB::Exception: Timeout exceeded", Failure::TimedOut);
        check("Code: 31337. DB::Exception: new", Failure::Other);
        check("502 Bad Gateway", Failure::Other);
        assert_eq!(Failure::of(&Error::TimedOut), Failure::TimedOut);
    }

    #[test]
    fn an_operator_reads_one_line() {
        let error = Error::BadResponse(
            "Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE) (version 26.7)".into(),
        );
        let text = StoreError::new("http://h:1", error).to_string();
        assert_eq!(
            text,
            "ClickHouse at http://h:1: bad response: Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE); \
             a table of ours was removed; start the sink again to make it anew"
        );
    }
}
