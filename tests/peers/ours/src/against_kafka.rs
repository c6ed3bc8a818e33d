//! Ours and the check on a real broker.

use crate::compare::machine::Machine;
use crate::fill::{Expected, Plan};
use crate::pane::Pane;
use crate::{check, measure, produce, ready, run};
use kafka::{Settings, Topics};
use pipeline::Pace;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::time::Duration;

const PARTITIONS: i32 = 3;
const PATIENCE: Duration = Duration::from_secs(300);

fn plan() -> Plan {
    Plan {
        records: 50_000,
        sites: 20,
        queues: 3,
        span_us: 1_800_000_000,
        first_us: 1_790_000_000_000_000,
        lateness_us: 600_000_000,
        seed: 3,
    }
}

struct Here {
    settings: Settings,
    topics: Topics,
    expected: Expected,
}

impl Here {
    fn wrong(&self) -> Vec<String> {
        check::compare(&self.settings, &self.topics.kpi_windows(), PARTITIONS, &self.expected).unwrap()
    }

    /// Into the partition that the key has already.
    fn write(&self, key: &str, value: &[u8]) {
        let mut client = self.settings.client();
        let producer: BaseProducer = client.set("partitioner", "murmur2_random").create().unwrap();
        let queue = key.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
        let partition = kafka::partition_of(queue.as_bytes(), PARTITIONS);
        let topic = self.topics.kpi_windows();
        let record = BaseRecord::to(&topic).partition(partition).key(key).payload(value);
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
    }
}

#[test]
fn ours_makes_the_panes_of_the_reference_and_the_check_sees_another() {
    let folder = tempfile::tempdir().unwrap();
    let machine = Machine::start(folder.path()).unwrap();
    let (plan, topics) = (plan(), Topics::new("t-", 2));
    let settings = Settings::new(machine.brokers(), "test");
    ready(&settings, &topics, PARTITIONS).unwrap();
    produce::fill(&settings, &topics.call_events(), PARTITIONS, &plan).unwrap();
    let job = run::Job {
        settings: settings.clone(),
        topics: topics.clone(),
        group: "test".into(),
        lateness_us: plan.lateness_us,
        pace: Pace { commit_every: Duration::from_millis(100), events_max: 5_000 },
    };
    let span = measure::Span { records: plan.records, warmup: 0, max: PATIENCE };
    let line = measure::measure(&job, 2, &span).unwrap();
    let here = Here { settings, topics, expected: plan.expected().unwrap() };
    assert_eq!(here.wrong(), [""; 0]);
    assert_eq!(line["late"], here.expected.late);
    assert_eq!(line["n"], plan.records);

    let (key, pane) = here.expected.panes.iter().next().unwrap();
    let mut altered: Pane = pane.clone();
    altered.results[3] += 1;
    here.write(key, &altered.write());
    let wrong = here.wrong();
    assert!(wrong.len() == 1 && wrong[0].contains(key.as_str()), "{wrong:?}");
    here.write(key, &pane.write());
    here.write("site-00000/queue-0/external/1", &pane.write());
    let wrong = here.wrong();
    assert!(wrong.len() == 1 && wrong[0].contains("nobody expects it"), "{wrong:?}");
}
