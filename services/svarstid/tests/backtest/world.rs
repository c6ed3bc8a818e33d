//! The generated municipality, and what the processor's `/metrics` would have shown of it: the processor's core and its own meter, with
//! the events' time as the clock.

use call::{Event, SitePlan};
use config::Config;
use generate::{Generator, Incident, Parameters, Site};
use jiff::tz::TimeZone;
use pipeline::processor::{Applied, Processor};
use processor::{Commit, Meter, Watched};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

pub const SECOND_US: i64 = 1_000_000;
/// Events handed over together: a few hours.
const EVENTS: usize = 20_000;

/// Where the generated events come from. The configuration that is printed for them names no source, because none is asked, and what
/// has no source cannot be silent.
const SOURCE: &str = "[pbx.ami]\naddress = \"192.0.2.10:5038\"\nusername = \"svarstid\"";

pub struct World {
    pub config: Config,
    pub config_file: PathBuf,
    pub zone: TimeZone,
    plan: Arc<SitePlan>,
    parameters: Parameters,
    span_us: Range<i64>,
    more: Vec<Incident>,
}

impl World {
    /// Of this span of time, µs UTC, with these incidents beside the seed's own, and with this configuration, which names no source.
    pub fn new(
        folder: &Path,
        config: &str,
        parameters: Parameters,
        span_us: Range<i64>,
        more: Vec<Incident>,
    ) -> Self {
        let config_file = folder.join("svarstid.toml");
        std::fs::write(&config_file, format!("{config}\n{SOURCE}\n")).unwrap();
        let config = config::load(&config_file).unwrap();
        let zone = TimeZone::get(&config.site.time_zone).unwrap();
        let plan = Arc::new(config.site_plan().unwrap());
        Self { config, config_file, zone, plan, parameters, span_us, more }
    }

    /// In seconds.
    pub fn span_s(&self) -> Range<i64> {
        self.span_us.start / SECOND_US..self.span_us.end / SECOND_US
    }

    pub fn incidents(&self) -> Vec<Incident> {
        self.generator().incidents().to_vec()
    }

    fn generator(&self) -> Generator {
        let site = Site {
            id: self.config.site.id.as_str().into(),
            node: self.config.pbx.node.as_str().into(),
            trunk: self.config.pbx.trunks.first().unwrap().as_str().into(),
            key_epoch: self.config.numbers.pseudonym_keys.first().unwrap().epoch,
            time_zone: self.zone.clone(),
            plan: Arc::clone(&self.plan),
        };
        Generator::new(site, self.parameters.clone(), self.span_us.clone(), self.more.clone()).unwrap()
    }

    /// Shows the text of `/metrics` every so many seconds, with the moment in seconds. How many events there were.
    pub fn play(&self, every_s: i64, mut show: impl FnMut(i64, &str)) -> u64 {
        let mut service = Service::new(&self.config);
        let mut generator = self.generator();
        let (events_out, events_in) = sync_channel(4);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                loop {
                    let events: Vec<Event> = generator.by_ref().take(EVENTS).collect();
                    if events.is_empty() || events_out.send(events).is_err() {
                        return;
                    }
                }
            });
            let (mut at_s, mut count) = (next(self.span_s().start, every_s), 0);
            for event in events_in.into_iter().flatten() {
                while at_s * SECOND_US < event.received_us {
                    show(at_s, &service.metrics(at_s));
                    at_s += every_s;
                }
                let applied = service.processor.apply(&event, &[]);
                assert_eq!(applied, Applied::Used, "event {}", event.origin.position);
                count += 1;
            }
            count
        })
    }
}

/// The first moment that is a multiple of the step, as Prometheus evaluates at.
pub fn next(from_s: i64, every_s: i64) -> i64 {
    (from_s + every_s - 1).div_euclid(every_s) * every_s
}

/// A processor that works for all of the time, without Kafka.
struct Service {
    processor: Processor,
    meter: Meter,
    metrics: telemetry::Metrics,
}

impl Service {
    fn new(config: &Config) -> Self {
        let metrics = telemetry::Metrics::new().unwrap();
        let health = telemetry::Health::new(Duration::from_secs(3600));
        let meter = Meter::new(metrics.processor().unwrap(), health, "call-events".into());
        let meter = meter.watching(Watched::new(std::iter::once(config)).unwrap());
        let processor = Processor::new(Arc::new(processor::setup(config).unwrap()));
        meter.assigned(Duration::ZERO, std::iter::once(&processor));
        Self { processor, meter, metrics }
    }

    /// Commits what was taken in, at this moment, and shows what is scraped then.
    fn metrics(&mut self, at_s: i64) -> String {
        let commit = Commit {
            records: Vec::new(),
            next_offset: 0,
            output: self.processor.take(),
            breaches: self.processor.take_breaches(),
            lost: 0,
        };
        self.meter.committed(&[commit], at_s * SECOND_US);
        self.meter.show_open(at_s * SECOND_US);
        let now = Duration::from_secs(u64::try_from(at_s).unwrap());
        self.meter.look(now, std::iter::once(&self.processor), || BTreeMap::from([(0, 0)]));
        self.metrics.text().unwrap()
    }
}
