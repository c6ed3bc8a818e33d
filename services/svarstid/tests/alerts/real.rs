//! A caller who waits for too long, all the way: the processor's state, its metrics over HTTP, a real Prometheus with the generated rules, a
//! real Alertmanager with the routing of deploy/alertmanager.yml, and somebody who is told. Kafka has no part in it.

use super::receiver::Receiver;
use super::rules::{CONFIG, rules};
use super::watchers::watchers;
use call::event::Endpoint;
use call::{Body, Event, EventId, Origin, Party, SourceKind, Text};
use pipeline::processor::{Processor, Setup};
use pipeline::{Clock, SystemClock};
use std::sync::Arc;
use std::time::Duration;
use tidy::root;

/// A Wednesday at noon in Stockholm, when the switchboard is open.
const OPEN_US: i64 = 1_774_436_400_000_000;
const SECOND_US: i64 = 1_000_000;
/// Nothing here takes so long; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

fn event(position: u64, at_us: i64, leg: Option<&str>, body: Body) -> Event {
    let kind = SourceKind::AsteriskAmi;
    let origin = Origin { site: "town".into(), node: "pbx-1".into(), kind, stream: 1, position };
    let leg = leg.map(Text::from);
    Event { id: EventId(position.into()), origin, at_us, received_us: at_us, linked: leg.clone(), leg, body }
}

fn processor(config: &config::Config) -> Processor {
    let plan = (config.site.id.as_str().into(), Arc::new(config.site_plan().unwrap()));
    Processor::new(Arc::new(Setup {
        plans: [plan].into(),
        measures: config.kpi_settings(),
        definition_version: kpi::DEFINITION_VERSION,
        lateness: window::Lateness { allowed_us: 3600 * SECOND_US },
        disorder_us: processor::DISORDER_US,
    }))
}

#[test]
fn a_long_wait_is_told_once_and_its_end_too() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (metrics, health) = (telemetry::Metrics::new().unwrap(), telemetry::Health::new(PATIENCE));
    let server = runtime.block_on(telemetry::serve("127.0.0.1:0", &metrics, &health)).unwrap();
    let config = config::load(&root().join(CONFIG)).unwrap();
    let meter = processor::Meter::new(metrics.processor().unwrap(), health, "call-events".into());
    let meter = meter.watching(processor::Watched::new(std::iter::once(&config)).unwrap());
    meter.show_open(OPEN_US);

    let (mut processor, now_us) = (processor(&config), SystemClock.now_us());
    let joined_us = now_us - 600 * SECOND_US;
    let started = Body::LegStarted {
        endpoint: Endpoint::Device("trunk".into()),
        incoming: true,
        caller: Party::Unknown,
        dialled: Party::Unknown,
    };
    let joined = Body::QueueJoined { queue: "board".into(), position: 1, count: 1 };
    processor.apply(&event(1, joined_us, Some("a.1"), started), &[]);
    processor.apply(&event(2, joined_us, Some("a.1"), joined), &[]);
    processor.apply(&event(3, now_us, None, Body::Heartbeat), &[]);
    meter.assigned(Duration::ZERO, std::iter::once(&processor));
    let url = receiver.url();
    let Some(_running) = watchers(folder.path(), &rules(CONFIG), server.address().port(), &url) else {
        return;
    };

    let told = receiver.wait_for("SvarstidLongestWait", "firing", PATIENCE);
    assert_eq!(told["labels"]["queue"], "board");
    assert_eq!(told["labels"]["unit"], "Växeln {{1}}");
    assert_eq!(
        told["annotations"]["summary"], "A caller has waited 10m 0s in queue board",
        "from the alert's template"
    );
    let link = told["annotations"]["dashboard"].as_str().unwrap();
    assert!(
        link.starts_with("https://grafana.example.org/d/svarstid-wall-sv?var-site=town&var-queue=board"),
        "{link}"
    );

    let left_us = SystemClock.now_us();
    processor.apply(&event(4, left_us, Some("a.1"), Body::QueueLeft { queue: "board".into() }), &[]);
    meter.assigned(Duration::ZERO, std::iter::once(&processor));
    receiver.wait_for("SvarstidLongestWait", "resolved", PATIENCE);
    assert_eq!(receiver.told("SvarstidLongestWait"), ["firing", "resolved"], "once each");
    assert_eq!(receiver.names(), ["SvarstidLongestWait"], "and nothing else");
}
