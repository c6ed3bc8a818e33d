//! Making metrics: each is written down as a definition when it is registered, so that docs and lint see them all, those
//! with no value yet included.

use prometheus::{
    Counter, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::sync::{Arc, Mutex, PoisonError};

/// Why a metric could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Registered twice, or a name that Prometheus does not allow.
    #[error("metric {name}: {detail}")]
    Register {
        /// Its name.
        name: String,
        /// What is wrong.
        detail: String,
    },
    /// The values cannot be written.
    #[error("metrics cannot be written: {0}")]
    Write(String),
}

/// What kind of metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Observations in buckets.
    Histogram,
}

/// What a metric is called and means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its labels, in order.
    pub labels: Vec<&'static str>,
    /// What it means, one sentence.
    pub help: &'static str,
}

/// Counters with `N` labels.
#[derive(Debug, Clone)]
pub struct CounterBy<const N: usize>(IntCounterVec);

impl<const N: usize> CounterBy<N> {
    /// The counter with these label values; made at zero when it is asked for the first time. Values must come from a
    /// small closed set, never from a caller's number.
    #[must_use]
    pub fn of(&self, values: [&str; N]) -> IntCounter {
        self.0.with_label_values(&values)
    }
}

/// Gauges with `N` labels.
#[derive(Debug, Clone)]
pub struct GaugeBy<const N: usize>(IntGaugeVec);

impl<const N: usize> GaugeBy<N> {
    /// The gauge with these label values; made at zero when it is asked for the first time.
    #[must_use]
    pub fn of(&self, values: [&str; N]) -> IntGauge {
        self.0.with_label_values(&values)
    }

    /// Takes away a series, for instance when a partition went to another member.
    pub fn forget(&self, values: [&str; N]) {
        // Not there is just as well.
        let _ = self.0.remove_label_values(&values);
    }
}

/// Gauges of seconds or ratios with `N` labels.
#[derive(Debug, Clone)]
pub struct RealBy<const N: usize>(GaugeVec);

impl<const N: usize> RealBy<N> {
    /// The gauge with these label values; made at zero when it is asked for the first time.
    #[must_use]
    pub fn of(&self, values: [&str; N]) -> Gauge {
        self.0.with_label_values(&values)
    }

    /// Takes away a series.
    pub fn forget(&self, values: [&str; N]) {
        let _ = self.0.remove_label_values(&values);
    }
}

/// Histograms of seconds with `N` labels.
#[derive(Debug, Clone)]
pub struct HistogramBy<const N: usize>(HistogramVec);

impl<const N: usize> HistogramBy<N> {
    /// The histogram with these label values; made empty when it is asked for the first time. Values must come from a small
    /// closed set.
    #[must_use]
    pub fn of(&self, values: [&str; N]) -> Histogram {
        self.0.with_label_values(&values)
    }
}

/// Waiting times of callers: the seconds that targets are about, to a quarter of an hour.
const WAIT_BUCKETS_S: [f64; 13] =
    [2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 900.0];

/// Durations from a millisecond to half a minute: a commit takes about a tenth of a second.
const DURATION_BUCKETS_S: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// A registry that remembers what was registered.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    registry: Registry,
    definitions: Arc<Mutex<Vec<Definition>>>,
}

impl Catalogue {
    pub(super) fn counter(&self, name: &'static str, help: &'static str) -> Result<IntCounter, MetricsError> {
        let made = IntCounter::with_opts(Opts::new(name, help));
        self.keep(made, Definition { name, kind: Kind::Counter, labels: Vec::new(), help })
    }

    pub(super) fn counter_by<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Result<CounterBy<N>, MetricsError> {
        let made = IntCounterVec::new(Opts::new(name, help), &labels);
        self.keep(made, Definition { name, kind: Kind::Counter, labels: labels.into(), help }).map(CounterBy)
    }

    pub(super) fn seconds_counter(
        &self,
        name: &'static str,
        help: &'static str,
    ) -> Result<Counter, MetricsError> {
        let made = Counter::with_opts(Opts::new(name, help));
        self.keep(made, Definition { name, kind: Kind::Counter, labels: Vec::new(), help })
    }

    pub(super) fn gauge(&self, name: &'static str, help: &'static str) -> Result<IntGauge, MetricsError> {
        let made = IntGauge::with_opts(Opts::new(name, help));
        self.keep(made, Definition { name, kind: Kind::Gauge, labels: Vec::new(), help })
    }

    pub(super) fn gauge_by<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Result<GaugeBy<N>, MetricsError> {
        let made = IntGaugeVec::new(Opts::new(name, help), &labels);
        self.keep(made, Definition { name, kind: Kind::Gauge, labels: labels.into(), help }).map(GaugeBy)
    }

    pub(super) fn seconds(&self, name: &'static str, help: &'static str) -> Result<Gauge, MetricsError> {
        let made = Gauge::with_opts(Opts::new(name, help));
        self.keep(made, Definition { name, kind: Kind::Gauge, labels: Vec::new(), help })
    }

    pub(super) fn real_by<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Result<RealBy<N>, MetricsError> {
        let made = GaugeVec::new(Opts::new(name, help), &labels);
        self.keep(made, Definition { name, kind: Kind::Gauge, labels: labels.into(), help }).map(RealBy)
    }

    pub(super) fn durations(
        &self,
        name: &'static str,
        help: &'static str,
    ) -> Result<Histogram, MetricsError> {
        let made = Histogram::with_opts(HistogramOpts::new(name, help).buckets(DURATION_BUCKETS_S.into()));
        self.keep(made, Definition { name, kind: Kind::Histogram, labels: Vec::new(), help })
    }

    pub(super) fn waits_by<const N: usize>(
        &self,
        name: &'static str,
        help: &'static str,
        labels: [&'static str; N],
    ) -> Result<HistogramBy<N>, MetricsError> {
        let made = HistogramVec::new(HistogramOpts::new(name, help).buckets(WAIT_BUCKETS_S.into()), &labels);
        self.keep(made, Definition { name, kind: Kind::Histogram, labels: labels.into(), help })
            .map(HistogramBy)
    }

    pub(super) fn definitions(&self) -> Vec<Definition> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn text(&self) -> Result<String, MetricsError> {
        TextEncoder::new()
            .encode_to_string(&self.registry.gather())
            .map_err(|error| MetricsError::Write(error.to_string()))
    }

    fn keep<M>(&self, made: prometheus::Result<M>, definition: Definition) -> Result<M, MetricsError>
    where
        M: prometheus::core::Collector + Clone + 'static,
    {
        let made = made.and_then(|metric| self.registry.register(Box::new(metric.clone())).map(|()| metric));
        let metric = made.map_err(|error| MetricsError::Register {
            name: definition.name.into(),
            detail: error.to_string(),
        })?;
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner).push(definition);
        Ok(metric)
    }
}
