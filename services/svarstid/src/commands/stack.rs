//! `svarstid stack`: Kafka and ClickHouse on this machine.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command that talks to a person")]

use anyhow::{Context, bail};
use clap::Subcommand;
use stack::Settings;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Start both and keep them running until Ctrl-C
    Up {
        /// Go on in the background; `stack down` stops it
        #[arg(long)]
        detach: bool,
    },
    /// Stop what `stack up` started
    Down,
    /// What runs, where, and how much room it takes
    Status,
}

pub fn run(arguments: &Arguments, config_file: &Path) -> anyhow::Result<ExitCode> {
    let settings = Settings::from_config(&config::load(config_file)?);
    match arguments.action {
        Action::Up { detach: true } => up_detached(&settings, config_file),
        Action::Up { detach: false } => up(&settings),
        Action::Down => {
            let stopped = stack::down(&settings)?;
            println!("{}", if stopped { "stopped" } else { "nothing runs" });
            Ok(ExitCode::SUCCESS)
        }
        Action::Status => Ok(tell(&settings)),
    }
}

fn up(settings: &Settings) -> anyhow::Result<ExitCode> {
    let stop = super::stop::stop_signal()?;
    let running = stack::up_unless(settings, &|what| eprintln!("{what}"), &|| stop.wait(Duration::ZERO))?;
    tell(settings);
    while !stop.wait(Duration::from_millis(500)) {
        if let Some(why) = running.failed() {
            bail!("{why}");
        }
    }
    eprintln!("stopping");
    running.stop();
    Ok(ExitCode::SUCCESS)
}

/// The same command in a session of its own; returns when both parts answer.
fn up_detached(settings: &Settings, config_file: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(settings.folder.join("logs"))?;
    let log_path = settings.folder.join("logs/stack.log");
    let log = std::fs::File::create(&log_path)?;
    let program = std::env::current_exe().context("the running program's place is not known")?;
    let mut child = Command::new(program)
        .arg("--config")
        .arg(config_file)
        .args(["stack", "up"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0)
        .spawn()?;
    loop {
        let status = stack::status(settings);
        // Something else may answer on these ports, and then ours is about to say so.
        let ours = |part: &stack::PartStatus| part.answers && part.pid.is_some();
        if status.supervisor == i32::try_from(child.id()).ok() && status.parts.iter().all(ours) {
            return Ok(tell(settings));
        }
        if let Some(status) = child.try_wait()? {
            let said = std::fs::read_to_string(&log_path).unwrap_or_default();
            bail!("it ended with {status}: {}", said.trim());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn tell(settings: &Settings) -> ExitCode {
    let status = stack::status(settings);
    match status.supervisor {
        Some(pid) => println!("stack       running, process {pid}, in {}", settings.folder.display()),
        None => println!("stack       not running ({})", settings.folder.display()),
    }
    for part in &status.parts {
        let answers = if part.answers { "answers" } else { "does not answer" };
        let process = part.pid.map_or("no process".to_owned(), |pid| format!("process {pid}"));
        let (name, version, address) = (part.name, part.version, &part.address);
        let disk_mb = part.disk_bytes / 1_000_000;
        println!("{name:<11} {version}, {process}, {answers} at {address}, {disk_mb} MB on disk");
    }
    if status.parts.iter().all(|part| part.answers) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
