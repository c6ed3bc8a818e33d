//! Kafka, ClickHouse, and the services with the configuration of many sites.

use crate::story::site_name;
use anyhow::Context;
use e2e::{Machine, Service};
use kafka::{Settings, Topics};
use std::path::Path;
use std::sync::Arc;

/// A machine for so many sites.
pub struct Town {
    /// Kafka and ClickHouse, and the services' configuration.
    pub machine: Arc<Machine>,
    /// What the names of its topics and groups begin with.
    prefix: String,
    /// How clients reach Kafka.
    pub settings: Settings,
    /// Of `call-events`.
    pub partitions: i32,
}

impl Town {
    /// Starts both and writes a file for each site.
    ///
    /// # Errors
    /// Files cannot be written.
    pub fn start(sites: usize, partitions: i32) -> anyhow::Result<Self> {
        let machine = Machine::start();
        let brokers = machine.brokers();
        let services = format!(
            "\n[kafka]\nbrokers = \"{brokers}\"\npartitions = {partitions}\n[clickhouse]\nurl = \"http://{}\"\n\
             [processor]\nthreads = 2\nsites = [\"sites\"]\n",
            machine.clickhouse()
        );
        std::fs::write(machine.config(), of_site(0)? + &services)?;
        let folder = machine.folder().join("sites");
        std::fs::create_dir(&folder)?;
        for number in 1..sites {
            std::fs::write(folder.join(format!("{number:05}.toml")), of_site(number)?)?;
        }
        let settings = Settings::new(brokers, "svarstid-bench");
        let town = Self { machine: Arc::new(machine), prefix: String::new(), settings, partitions };
        town.make_topics(1)?;
        Ok(town)
    }

    /// Other topics in the same Kafka, of so many partitions.
    ///
    /// # Errors
    /// Kafka does not make them.
    pub fn beside(&self, partitions: i32) -> anyhow::Result<Self> {
        let (machine, settings) = (Arc::clone(&self.machine), self.settings.clone());
        let town = Self { machine, prefix: format!("of-{partitions}-"), settings, partitions };
        town.make_topics(1)?;
        Ok(town)
    }

    /// Makes all topics of a generation.
    ///
    /// # Errors
    /// Kafka does not.
    pub fn make_topics(&self, generation: u32) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let topics = self.topics(generation);
        Ok(runtime.block_on(kafka::ensure_topics(&self.settings, &topics, self.partitions, 1))?)
    }

    /// The topics of a generation.
    #[must_use]
    pub fn topics(&self, generation: u32) -> Topics {
        Topics::new(&*self.prefix, generation)
    }

    /// Starts a service of a generation.
    #[must_use]
    pub fn spawn(&self, service: &str, generation: u32) -> Service {
        let variables = [
            ("KAFKA__GENERATION", generation.to_string()),
            ("KAFKA__TOPIC_PREFIX", self.prefix.clone()),
            ("KAFKA__PARTITIONS", self.partitions.to_string()),
            ("PROCESSOR__GROUP", format!("{}processor", self.prefix)),
        ];
        let variables = variables.map(|(key, value)| (format!("SVARSTID_{key}"), value));
        self.machine.spawn_with(&variables, &[service])
    }

    /// A whole number that ClickHouse tells.
    ///
    /// # Errors
    /// It tells something else.
    pub fn number(&self, sql: &str) -> anyhow::Result<u64> {
        let answer = self.machine.ask(sql);
        answer.parse().with_context(|| format!("{sql}: {answer}"))
    }
}

/// The municipality under the name of the site of this number.
fn of_site(number: usize) -> anyhow::Result<String> {
    let (before, after) =
        generate::MUNICIPALITY.split_once("id = \"sjovik\"").context("the municipality has another id")?;
    Ok(format!("{before}id = \"{}\"{after}", site_name(number)))
}

/// What a process has used since it began.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Seconds of processor time, the kernel's for it included.
    pub cpu_s: f64,
    /// Most memory at once, bytes.
    pub peak_bytes: f64,
}

/// What a service has used until now.
///
/// # Errors
/// It does not run, or the system does not tell.
pub fn used(service: &Service) -> anyhow::Result<Used> {
    let folder = Path::new("/proc").join(service.id().to_string());
    let (stat, status) =
        (std::fs::read_to_string(folder.join("stat"))?, std::fs::read_to_string(folder.join("status"))?);
    read_used(&stat, &status).context("/proc tells something else than was expected")
}

/// Of `/proc/PID/stat` and `/proc/PID/status`; a program's name may hold anything.
fn read_used(stat: &str, status: &str) -> Option<Used> {
    const TICKS_A_SECOND: f64 = 100.0;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: f64 = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = peak.split_whitespace().next()?.parse().ok()?;
    Some(Used { cpu_s: ticks / TICKS_A_SECOND, peak_bytes: kib * 1024.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_used() {
        let stat = "42 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1 0 5 6 7";
        let used = read_used(stat, "Name:\tx\nVmHWM:\t    2048 kB\n").unwrap();
        assert_eq!(used.cpu_s.to_bits(), 2.0_f64.to_bits());
        assert_eq!(used.peak_bytes.to_bits(), 2_097_152.0_f64.to_bits());
        assert!(read_used("nothing", "").is_none());
    }

    #[test]
    fn a_file_for_each_site() {
        let text = of_site(7).unwrap();
        assert_eq!(&*config::parse(&text).unwrap().site.id, "site-00007");
    }
}
