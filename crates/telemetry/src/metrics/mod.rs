//! The one home of metric names. Names follow Prometheus' conventions: `svarstid_<service>_<what>_<unit>`, base units
//! (seconds, bytes), counters end in `_total`. `docs/metrics-of-services.md` lists them; a test holds the two together.

mod answers;
mod collector;
mod define;
mod processor;
mod sink;

pub use answers::Answers;
pub use collector::Collector;
pub use define::{CounterBy, Definition, GaugeBy, HistogramBy, Kind, MetricsError, RealBy};
pub use processor::Processor;
/// A counter of seconds.
pub use prometheus::Counter as SecondsCounter;
/// A value that goes up and down.
pub use prometheus::Gauge;
/// Durations in seconds.
pub use prometheus::Histogram;
/// A counter of whole things.
pub use prometheus::IntCounter as Counter;
/// A whole number that goes up and down.
pub use prometheus::IntGauge as Count;
pub use sink::Sink;

use define::Catalogue;

/// The metrics of one process. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Metrics(Catalogue);

impl Metrics {
    /// An empty set, apart from `svarstid_build_info`.
    ///
    /// # Errors
    /// Never in practice: the name is registered once.
    pub fn new() -> Result<Self, MetricsError> {
        let catalogue = Catalogue::default();
        let build = catalogue.gauge_by(
            "svarstid_build_info",
            "Always 1; the label tells the program's version.",
            ["version"],
        )?;
        build.of([env!("CARGO_PKG_VERSION")]).set(1);
        Ok(Self(catalogue))
    }

    /// The collector's metrics, at zero.
    ///
    /// # Errors
    /// They were taken before.
    pub fn collector(&self) -> Result<Collector, MetricsError> {
        Collector::register(&self.0)
    }

    /// The processor's metrics, at zero.
    ///
    /// # Errors
    /// They were taken before.
    pub fn processor(&self) -> Result<Processor, MetricsError> {
        Processor::register(&self.0)
    }

    /// The sink's metrics, at zero.
    ///
    /// # Errors
    /// They were taken before.
    pub fn sink(&self) -> Result<Sink, MetricsError> {
        Sink::register(&self.0)
    }

    /// What has been registered so far, in order of registration.
    #[must_use]
    pub fn definitions(&self) -> Vec<Definition> {
        self.0.definitions()
    }

    /// All values in Prometheus' text format.
    ///
    /// # Errors
    /// The values cannot be written as text; tells which.
    pub fn text(&self) -> Result<String, MetricsError> {
        self.0.text()
    }
}
