//! The sites: the one of the recording, and a town with generated traffic in each of eight partitions.

use crate::list;
use crate::size::Size;
use crate::template::templates;
use crate::traffic::{self, Plays};
use crate::ways::WAYS;
use e2e::{Machine, program};
use kafka::partition_of;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PARTITIONS: i32 = 8;
/// Of a town's calls one in so many more stands in its list.
const LISTED: u64 = 40;
/// What the towns have beside what the recording's site has.
const TOWN: &str = r#"
[processor]
max_call_age_s = 2400

[[opening_hours]]
days = "mon-sun"
from = "08:00"
to = "17:00"

[[targets]]
name = "operators"
answer_within_s = 30
queue = "vaxel"
share = 0.5
lost_share_max = 0.3

[[targets]]
name = "school"
answer_within_s = 12
clock = "menu"
unit = "kultur_fritid"
share = 0.2

[import.columns]
call_id = "Row"
linked_id = "Call"
arrived = "Start"
answered = "Answered"
ended = "End"
caller = "From"
dialled = "To"
queue = "Queue"
answered_by = "Agent"
result = "Result"

[import.results]
answered = "answer"
abandoned = "cancel"
overflow = "no_answer"
"#;

/// Every site.
pub struct Sites(pub Vec<Site>);

pub struct Site {
    pub id: String,
    pub config: PathBuf,
    /// What its PBX said; of a town also the list of the day before, which comes afterwards: to minutes that are closed.
    pub recording: PathBuf,
    pub list: Option<PathBuf>,
}

impl Sites {
    /// Writes the towns' files and traffic.
    pub fn new(machine: &Machine, size: Size) -> Self {
        let config = config::load(&machine.config()).unwrap();
        let recording = e2e::recordings().join("ami.raw.txt.gz");
        let mut sites =
            vec![Site { id: config.site.id.clone(), config: machine.config(), recording, list: None }];
        let plays = Plays::new(templates(&config));
        let folder = machine.folder().join("sites");
        std::fs::create_dir(&folder).unwrap();
        let calls = size.calls / u64::from(PARTITIONS.unsigned_abs());
        for (number, id) in (0..).zip(towns()) {
            let town = folder.join(format!("{id}.toml"));
            write_config(&config.site.id, &id, &town);
            let recording = machine.folder().join(format!("{id}.ami"));
            let list = machine.folder().join(format!("{id}.csv"));
            let seed = size.seed * 1000 + number;
            traffic::write(&plays, seed, calls, &recording);
            list::write(seed, calls / LISTED, &list);
            sites.push(Site { id, config: town, recording, list: Some(list) });
        }
        Self(sites)
    }

    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|site| &site.id)
    }

    /// Every recording, and then every list, through real collectors into the first way's `call-events`.
    pub fn collect(&self, machine: &Machine) {
        let recordings =
            self.0.iter().map(|site| collector(machine, site, &["collect", "--replay"], &site.recording));
        let lists = |site: &Site| site.list.as_ref().map(|list| collector(machine, site, &["import"], list));
        // All at a time: so the sites' events lie among each other.
        for collectors in [recordings.collect::<Vec<_>>(), self.0.iter().filter_map(lists).collect()] {
            let running = collectors.into_iter().map(|mut collector| collector.spawn().unwrap());
            for mut collector in running.collect::<Vec<_>>() {
                let status = collector.wait().unwrap();
                assert!(status.success(), "a collector: {status}: {}", machine.log("collect"));
            }
        }
    }
}

fn collector(machine: &Machine, site: &Site, words: &[&str], file: &Path) -> Command {
    let log = machine.folder().join("collect.log");
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
    let mut command = Command::new(program("svarstid"));
    command.arg("--config").arg(&site.config).args(words).arg(file);
    command.envs(WAYS[0].environment()).env("SVARSTID_KAFKA__BROKERS", machine.brokers());
    command.env("SVARSTID_COLLECTOR__SPOOL__FOLDER", machine.folder().join(format!("spool-{}", site.id)));
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    command
}

/// The first of a list of names that lies in each partition.
fn towns() -> Vec<String> {
    let name = |partition: i32| {
        let names = (1..).map(|n| format!("town-{n}"));
        names.into_iter().find(|id| partition_of(id.as_bytes(), PARTITIONS) == partition).unwrap()
    };
    (0..PARTITIONS).map(name).collect()
}

fn write_config(of: &str, id: &str, file: &Path) {
    let text = std::fs::read_to_string(e2e::recordings().join("svarstid.toml")).unwrap();
    let named = text.replacen(&format!("id = \"{of}\""), &format!("id = \"{id}\""), 1);
    assert_ne!(named, text);
    std::fs::write(file, named + TOWN).unwrap();
}
