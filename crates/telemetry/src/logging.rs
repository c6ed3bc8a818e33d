//! Logs: to stderr, for a person when stderr is a terminal and as JSON lines otherwise.

use std::io::IsTerminal as _;
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// What is logged when nobody says otherwise.
const DEFAULT_FILTER: &str = "info";

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The filter cannot be read.
    #[error("{variable}={value:?} is no log filter ({detail}); write for instance info, or warn,sink=debug")]
    Filter {
        /// The environment variable.
        variable: &'static str,
        /// Its content.
        value: String,
        /// What is wrong.
        detail: String,
    },
    /// Somebody started it before.
    #[error("logging was started twice in one process")]
    Twice,
}

/// Starts logging for the whole process; `service` stands in every JSON line.
///
/// `SVARSTID_LOG`, else `RUST_LOG`, else `info` says what is logged, in the language of `EnvFilter`.
///
/// # Errors
/// A filter that cannot be read, or a second start.
pub fn init(service: &str) -> Result<(), LoggingError> {
    let filter = filter(variable("SVARSTID_LOG").as_deref(), variable("RUST_LOG").as_deref())?;
    let human = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if human { builder.try_init() } else { json(builder, service).try_init() }
        .map_err(|_| LoggingError::Twice)
}

#[expect(
    clippy::disallowed_methods,
    reason = "logging starts before the configuration is read, to log its errors"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn filter(svarstid: Option<&str>, rust: Option<&str>) -> Result<EnvFilter, LoggingError> {
    let (variable, value) = match (svarstid, rust) {
        (Some(value), _) => ("SVARSTID_LOG", value),
        (None, Some(value)) => ("RUST_LOG", value),
        (None, None) => ("SVARSTID_LOG", DEFAULT_FILTER),
    };
    EnvFilter::builder().parse(value).map_err(|error| LoggingError::Filter {
        variable,
        value: value.into(),
        detail: error.to_string(),
    })
}

type JsonSubscriber<W> = tracing_subscriber::fmt::SubscriberBuilder<JsonFields, Stamped, EnvFilter, W>;

fn json<N, F, W>(
    builder: tracing_subscriber::fmt::SubscriberBuilder<N, Format<F>, EnvFilter, W>,
    service: &str,
) -> JsonSubscriber<W>
where
    W: for<'w> MakeWriter<'w> + 'static,
{
    let lines = tracing_subscriber::fmt::format().json().flatten_event(true);
    let service = serde_json::Value::from(service).to_string();
    builder.fmt_fields(JsonFields::new()).event_format(Stamped { lines, service })
}

/// The JSON formatter, with the service's name first in every line: one log store holds the lines of all services.
struct Stamped {
    lines: Format<Json>,
    /// A JSON string, quoted.
    service: String,
}

impl<S, N> FormatEvent<S, N> for Stamped
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = String::new();
        self.lines.format_event(context, Writer::new(&mut line), event)?;
        match line.strip_prefix('{') {
            Some(rest) => write!(writer, "{{\"service\":{},{rest}", self.service),
            None => writer.write_str(&line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{filter, json};
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(filter_text: &str, log: impl FnOnce()) -> Vec<serde_json::Value> {
        let captured = Captured::default();
        let writer = captured.clone();
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter(Some(filter_text), None).unwrap())
            .with_writer(move || writer.clone());
        tracing::subscriber::with_default(json(builder, "sink").finish(), log);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_json_line_tells_service_level_message_and_fields() {
        let lines = lines_of("info", || {
            tracing::info!(rows = 7, table = "ca\"lls", "written");
            tracing::debug!("not asked for");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["service"], "sink");
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["message"], "written");
        assert_eq!(lines[0]["rows"], 7);
        assert_eq!(lines[0]["table"], "ca\"lls");
        assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn a_filter_can_let_more_through() {
        assert_eq!(lines_of("debug", || tracing::debug!("asked for")).len(), 1);
    }

    #[test]
    fn our_own_variable_goes_before_the_general_one() {
        assert_eq!(filter(Some("warn"), Some("debug")).unwrap().to_string(), "warn");
        assert_eq!(filter(None, Some("debug")).unwrap().to_string(), "debug");
        assert_eq!(filter(None, None).unwrap().to_string(), "info");
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_named_with_its_variable() {
        let error = filter(Some("sink=loud"), None).unwrap_err().to_string();
        assert!(error.starts_with("SVARSTID_LOG=\"sink=loud\" is no log filter"), "{error}");
        let error = filter(None, Some("=,=")).unwrap_err().to_string();
        assert!(error.starts_with("RUST_LOG="), "{error}");
    }
}
