//! `svarstid generate`: a municipality that does not exist, and years of its calls.

mod clickhouse;
mod incidents;
mod kafka;
mod live;
mod made;
mod rows;

use anyhow::{Context, bail};
use clap::ValueEnum;
use generate::{Generator, Parameters, Site};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

const AFTER: &str = "\
The generated municipality has its own number plan. First write its configuration, then use it everywhere:
  svarstid generate --print-config > svarstid.toml
  svarstid stack up --detach
  svarstid generate --years 5 --seed 1 --into clickhouse --incidents incidents.jsonl
From now on, at the pace of the clock, through processor and sink, with half of the operators gone after a minute:
  svarstid generate --into kafka --live --incident staffing_drop --after 60 --for 300
The same seed, days and size give the same calls. docs/generate.md tells what the world is and where its figures come from.";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub struct Arguments {
    /// What is generated
    #[arg(long, value_enum, default_value_t = Profile::Municipality)]
    profile: Profile,
    /// Print the configuration that fits, and end
    #[arg(long)]
    print_config: bool,
    /// Where the calls go
    #[arg(long, value_enum, required_unless_present = "print_config")]
    into: Option<Into>,
    /// So many years
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=30))]
    years: u16,
    /// So many days instead
    #[arg(long, value_name = "N", conflicts_with = "years", value_parser = clap::value_parser!(u16).range(1..))]
    days: Option<u16>,
    /// The first day; without it: as many years or days back from today
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The same seed gives the same calls
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How large the municipality is: each inhabitant makes 32 calls a year, those among its own phones and out included
    #[arg(long, value_name = "N", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(1000..=200_000))]
    inhabitants: u32,
    /// Calls in the first year, instead of what the inhabitants make
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1000..=10_000_000))]
    calls_per_year: Option<u32>,
    /// So many serve each queue, day and night, instead of as many as its calls need; never more than belong to it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    members: Option<u16>,
    /// Nothing goes wrong
    #[arg(long)]
    no_incidents: bool,
    /// Write what goes wrong, and when, as lines of JSON: the truth that alerts can be measured by
    #[arg(long, value_name = "FILE")]
    incidents: Option<PathBuf>,
    #[command(flatten)]
    live: live::Options,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Profile {
    /// A Swedish municipality: operators, six groups, some 600 persons in twelve units
    Municipality,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Into {
    /// Straight into the tables, through the same code as real events, without Kafka
    Clickhouse,
    /// Into the topic of events, as the collector does it: processor and sink do the rest
    Kafka,
}

#[expect(clippy::print_stdout, reason = "a configuration to be redirected into a file")]
pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let Profile::Municipality = arguments.profile;
    let Some(into) = arguments.into.filter(|_| !arguments.print_config) else {
        print!("{}", generate::MUNICIPALITY);
        return Ok(ExitCode::SUCCESS);
    };
    let config = config::load(config_file)?;
    let site = site(&config)?;
    if arguments.live.is_live() {
        anyhow::ensure!(
            into == Into::Kafka,
            "--live needs --into kafka: live figures come from processor and sink"
        );
        let stop = crate::commands::stop::stop_signal()?;
        return kafka::send(&config, arguments.live_generator(site)?, true, &stop);
    }
    let days = arguments.days(&site)?;
    let generator = Generator::of_days(site, arguments.parameters(), days)?;
    arguments.tell_incidents(&generator)?;
    match into {
        Into::Clickhouse => clickhouse::fill(&config, generator, arguments.seed),
        Into::Kafka => kafka::send(&config, generator, false, &crate::commands::stop::stop_signal()?),
    }
}

impl Arguments {
    fn parameters(&self) -> Parameters {
        let mut parameters = Parameters::of_inhabitants(self.seed, self.inhabitants);
        if let Some(calls) = self.calls_per_year {
            parameters.calls_a_year = calls.into();
        }
        parameters.has_incidents = !self.no_incidents;
        parameters.members = self.members.map(usize::from);
        parameters
    }

    /// From now on, with no incident but the one that was asked for.
    fn live_generator(&self, site: Site) -> anyhow::Result<Generator> {
        let now_us = pipeline::Clock::now_us(&pipeline::SystemClock);
        let parameters = self.live.parameters(self.parameters());
        let incident = self.live.incident(now_us)?;
        let generator = Generator::new(site, parameters, now_us..now_us + live::LONGEST_US, incident)?;
        self.tell_incidents(&generator)?;
        Ok(generator)
    }

    fn tell_incidents(&self, generator: &Generator) -> anyhow::Result<()> {
        let Some(file) = &self.incidents else { return Ok(()) };
        incidents::write(generator.incidents(), file)
            .with_context(|| format!("the incidents could not be written to {}", file.display()))
    }

    fn days(&self, site: &Site) -> anyhow::Result<std::ops::Range<Date>> {
        let span = match self.days {
            Some(days) => i32::from(days).days(),
            None => i32::from(self.years).years(),
        };
        let (first, end) = match self.from {
            Some(first) => (first, first.checked_add(span)),
            None => {
                let now_us = pipeline::Clock::now_us(&pipeline::SystemClock);
                let now = jiff::Timestamp::from_microsecond(now_us)?;
                let today = site.time_zone.to_datetime(now).date();
                (today.checked_sub(span)?, Ok(today))
            }
        };
        match end {
            Ok(end) if first.year() >= 1990 && end.year() <= 2100 => Ok(first..end),
            _ => bail!("--from {first}: calls can be generated from 1990 to 2100"),
        }
    }
}

/// What events say of the site, as the configuration has it.
fn site(config: &config::Config) -> anyhow::Result<Site> {
    let trunk = config.pbx.trunks.first().context("[pbx] trunks: one must be there")?;
    Ok(Site {
        id: config.site.id.as_str().into(),
        node: config.pbx.node.as_str().into(),
        trunk: trunk.as_str().into(),
        key_epoch: config.numbers.pseudonym_keys.iter().map(|key| key.epoch).max().unwrap_or(1),
        time_zone: TimeZone::get(&config.site.time_zone)?,
        plan: Arc::new(config.site_plan()?),
    })
}

#[cfg(test)]
mod tests;
