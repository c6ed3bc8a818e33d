//! What was scraped → blocks that Prometheus reads. A file of text at a time: a year of it would be some gigabytes.

use super::tools::{run, said, tool};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// One of the sizes that Prometheus makes of blocks (2 h × 3ⁿ); each file becomes one block of it.
const BLOCK_H: i64 = 162;
/// A gauge that does not change is written again after so long: Prometheus takes a value for the last five minutes', so that the
/// samples between say nothing new. Counters are always written: `increase` looks at how far apart samples are.
const SAME_S: i64 = 240;

pub struct Samples {
    /// How far apart the samples of each metric are, seconds.
    metrics: BTreeMap<String, i64>,
    folder: PathBuf,
    block: i64,
    file: Option<(PathBuf, BufWriter<File>)>,
    /// By series of a gauge: its value, and when it was written.
    last: HashMap<String, (String, i64)>,
    files: Option<SyncSender<PathBuf>>,
    importing: Option<JoinHandle<()>>,
    pub written: u64,
}

impl Samples {
    /// Of these metrics, so many seconds apart at least, into blocks in this folder.
    pub fn new(metrics: BTreeMap<String, i64>, folder: &Path) -> Self {
        let (files, to_import) = sync_channel::<PathBuf>(1);
        let blocks = folder.to_owned();
        let importing = std::thread::spawn(move || to_import.iter().for_each(|file| import(&file, &blocks)));
        let folder = folder.to_owned();
        let (files, importing) = (Some(files), Some(importing));
        Self { metrics, folder, block: 0, file: None, last: HashMap::new(), files, importing, written: 0 }
    }

    /// One scrape.
    pub fn add(&mut self, at_s: i64, text: &str) {
        let block = at_s.div_euclid(BLOCK_H * 3600);
        if self.file.is_none() || block != self.block {
            self.close();
            let path = self.folder.join(format!("{block}.txt"));
            self.file = Some((path.clone(), BufWriter::new(File::create(&path).unwrap())));
            self.block = block;
        }
        for line in text.lines() {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            let is_due = self.metrics.get(name).is_some_and(|every_s| at_s % every_s == 0);
            if !is_due || self.is_known(name, line, at_s) {
                continue;
            }
            let (_, file) = self.file.as_mut().unwrap();
            writeln!(file, "{line} {at_s}").unwrap();
            self.written += 1;
        }
    }

    fn is_known(&mut self, name: &str, line: &str, at_s: i64) -> bool {
        if name.ends_with("_total") {
            return false;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        match self.last.get_mut(series) {
            Some((known, since_s)) if known == value && at_s - *since_s < SAME_S => return true,
            Some(known) => *known = (value.to_owned(), at_s),
            None => drop(self.last.insert(series.to_owned(), (value.to_owned(), at_s))),
        }
        false
    }

    fn close(&mut self) {
        let Some((path, mut file)) = self.file.take() else { return };
        writeln!(file, "# EOF").unwrap();
        file.flush().unwrap();
        self.files.as_ref().unwrap().send(path).unwrap();
    }

    /// Waits until everything is in blocks. How many samples there are.
    pub fn finish(mut self) -> u64 {
        self.close();
        self.files = None;
        self.importing.take().unwrap().join().unwrap();
        self.written
    }
}

fn import(file: &Path, blocks: &Path) {
    let mut promtool = tool("promtool").unwrap();
    promtool.args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"]);
    promtool.arg(format!("--max-block-duration={BLOCK_H}h")).arg(file).arg(blocks);
    let output = run(promtool, "");
    assert!(output.status.success(), "{}", said(&output));
    std::fs::remove_file(file).unwrap();
}
