//! What was judged, and what does not hold.

use super::horizon::Horizon;
use super::kept::Kept;
use comfy_table::{LineStyle, Table, presets};
use pipeline::Invariant;
use serde_json::{Value, json};
use std::io::Write;

/// So many breaches of one invariant are told one by one.
const TOLD_MAX: usize = 5;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub what: String,
    pub place: String,
    pub todo: String,
}

/// One thing that always holds.
#[derive(Debug)]
pub struct Check {
    invariant: Invariant,
    /// Of what.
    of: String,
    /// How many of what were judged.
    pub judged: Vec<(&'static str, u64)>,
    /// How many of what were not, because they are not there yet.
    pub on_the_way: (&'static str, u64),
    /// From where on, where retention matters.
    pub since: Vec<Since>,
    pub findings: Vec<Finding>,
}

/// The first transaction of a partition of which every topic keeps everything.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    pub partition: i32,
    pub transaction: u64,
    /// Where it begins in the input.
    pub offset: i64,
}

/// All of them.
#[derive(Debug)]
pub struct Report {
    pub checks: Vec<Check>,
    /// Rejected records by the stage that rejected them.
    pub rejected: Vec<(String, u64)>,
    /// How far back Kafka can be asked.
    pub horizons: Vec<Horizon>,
    /// How far back ClickHouse can be asked.
    pub kept: Kept,
}

impl Check {
    pub fn new(invariant: Invariant, of: &str) -> Self {
        let nothing = ("records", 0);
        Self {
            invariant,
            of: of.to_owned(),
            judged: Vec::new(),
            on_the_way: nothing,
            since: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn judged(&self) -> String {
        let of: Vec<_> = self.judged.iter().map(|(what, count)| format!("{count} {what}")).collect();
        of.join(", ")
    }

    fn json(&self) -> Value {
        let (what, count) = self.on_the_way;
        let finding = |one: &Finding| json!({ "what": one.what, "where": one.place, "what_to_do": one.todo });
        let since = |one: &Since| json!({ "partition": one.partition, "transaction": one.transaction, "offset": one.offset });
        let mut check = json!({
            "invariant": self.invariant.id(),
            "of": self.of,
            "holds": self.findings.is_empty(),
            "judged": self.judged.iter().map(|(what, count)| ((*what).to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "on_the_way": { what: count },
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
        });
        if !self.since.is_empty() {
            check["judged_from"] = self.since.iter().map(since).collect();
        }
        check
    }

    /// Where it begins, of partitions of which something is gone.
    fn since(&self) -> Option<String> {
        let cut: Vec<_> = self
            .since
            .iter()
            .filter(|one| one.transaction > 1)
            .map(|one| {
                let Since { partition, transaction, offset } = one;
                format!("partition {partition} from transaction {transaction} (input offset {offset})")
            })
            .collect();
        (!cut.is_empty()).then(|| cut.join(", "))
    }
}

impl Report {
    /// Nothing was found.
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.findings.is_empty())
    }

    /// For people: a table, then what was found.
    pub fn write(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none())).set_header([
            "invariant",
            "of",
            "judged",
            "on the way",
            "holds",
        ]);
        for check in &self.checks {
            let (what, count) = check.on_the_way;
            let way = if count == 0 { "-".to_owned() } else { format!("{count} {what}") };
            let holds = if check.findings.is_empty() {
                "yes".to_owned()
            } else {
                format!("NO: {}", check.findings.len())
            };
            table.add_row([check.invariant.id().to_owned(), check.of.clone(), check.judged(), way, holds]);
        }
        writeln!(out, "{table}")?;
        if !self.rejected.is_empty() {
            let stages: Vec<_> =
                self.rejected.iter().map(|(stage, count)| format!("{count} by the {stage}")).collect();
            writeln!(
                out,
                "Rejected records, told with their reason in table rejected: {}",
                stages.join(", ")
            )?;
        }
        for horizon in &self.horizons {
            writeln!(out, "Topic {}", horizon.line())?;
        }
        for line in self.kept.lines() {
            writeln!(out, "{line}")?;
        }
        for since in self.checks.iter().filter_map(Check::since) {
            writeln!(out, "Transactions are judged as far back as every topic has all of them: {since}")?;
        }
        for check in self.checks.iter().filter(|check| !check.findings.is_empty()) {
            writeln!(out, "\n{} does not hold", check.invariant.id())?;
            for finding in check.findings.iter().take(TOLD_MAX) {
                writeln!(out, "  {}: {}", finding.place, finding.what)?;
            }
            if let Some(more) = check.findings.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
                writeln!(out, "  … and {more} more")?;
            }
            for todo in check.findings.iter().map(|one| &one.todo).collect::<std::collections::BTreeSet<_>>()
            {
                writeln!(out, "  What to do: {todo}.")?;
            }
        }
        Ok(())
    }

    /// For scripts.
    pub fn write_json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let rejected: serde_json::Map<_, _> =
            self.rejected.iter().map(|(stage, count)| (stage.clone(), json!(count))).collect();
        let checks: Vec<_> = self.checks.iter().map(Check::json).collect();
        let document = json!({
            "holds": self.holds(),
            "checks": checks,
            "rejected_by_stage": rejected,
            "kept_in_clickhouse": self.kept.json(),
            "horizons": self.horizons.iter().map(Horizon::json).collect::<Vec<_>>(),
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        Ok(writeln!(out)?)
    }
}
