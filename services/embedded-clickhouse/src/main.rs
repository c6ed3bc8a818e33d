//! The real ClickHouse engine as a process of its own.
//!
//! `libchdb.so` holds the whole server. It is told to listen and then to read a pipe that nobody writes to: when the pipe
//! is closed the query ends and the engine shuts down cleanly. That happens on SIGTERM, on Ctrl-C, and when whoever
//! started this process goes away (its end of stdin closes).

mod engine;

use clap::Parser;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Parser)]
#[command(about = "The ClickHouse engine for one machine; started by `svarstid stack up`")]
struct Arguments {
    /// libchdb.so
    #[arg(long)]
    library: PathBuf,
    /// Folder of the data
    #[arg(long)]
    data: PathBuf,
    /// Server settings (XML)
    #[arg(long)]
    settings: PathBuf,
    /// Port of HTTP on 127.0.0.1
    #[arg(long)]
    http_port: u16,
    /// Port of the native protocol on 127.0.0.1
    #[arg(long)]
    tcp_port: u16,
}

#[expect(clippy::print_stderr, reason = "a process of its own: what it says goes to its log")]
fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("embedded-clickhouse: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if !has_avx2() {
        anyhow::bail!(
            "this processor has no AVX2, which the ClickHouse engine needs; set [clickhouse] url to a server elsewhere"
        );
    }
    std::fs::create_dir_all(&arguments.data)?;
    let pipe = arguments.data.join("stop.pipe");
    let asked = Arc::new(AtomicBool::new(false));
    stop_when_asked(open_pipe(&pipe)?, &pipe, &asked)?;
    engine::run(&arguments.library, &command_line(arguments, &pipe))?;
    if asked.load(Ordering::SeqCst) {
        return Ok(());
    }
    anyhow::bail!("the engine ended without being asked; what it printed above says why")
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    std::is_x86_feature_detected!("avx2")
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

fn command_line(arguments: &Arguments, pipe: &Path) -> Vec<String> {
    let query = format!(
        "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; SELECT * FROM file('{}', 'LineAsString', 'l String') FORMAT Null",
        pipe.display()
    );
    vec![
        "clickhouse".into(),
        format!("--path={}", arguments.data.display()),
        "--listen_host=127.0.0.1".into(),
        format!("--http_port={}", arguments.http_port),
        format!("--tcp_port={}", arguments.tcp_port),
        format!("--config-file={}", arguments.settings.display()),
        "--query".into(),
        query,
    ]
}

/// A fresh pipe with this process as its only writer.
fn open_pipe(path: &Path) -> anyhow::Result<File> {
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    nix::unistd::mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    // Reading and writing at once: opening for writing alone would wait for the engine.
    Ok(OpenOptions::new().read(true).write(true).open(path)?)
}

/// Closes the pipe on a signal, or when stdin ends.
fn stop_when_asked(pipe: File, path: &Path, asked: &Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGTERM);
    signals.add(Signal::SIGINT);
    // Blocked here, before any other thread exists, so that only the thread below ever sees them.
    signals.thread_block()?;
    let (sender, stop) = std::sync::mpsc::channel::<()>();
    let by_signal = sender.clone();
    std::thread::spawn(move || {
        let _ = signals.wait();
        let _ = by_signal.send(());
    });
    std::thread::spawn(move || {
        let mut byte = [0u8; 64];
        while matches!(std::io::stdin().read(&mut byte), Ok(n) if n > 0) {}
        let _ = sender.send(());
    });
    let asked = Arc::clone(asked);
    let path = path.to_path_buf();
    std::thread::spawn(move || {
        let _ = stop.recv();
        asked.store(true, Ordering::SeqCst);
        drop(pipe);
        // An engine that has not come to its last query yet opens the pipe later: it must meet a writer then.
        loop {
            let _ = OpenOptions::new().write(true).custom_flags(nix::libc::O_NONBLOCK).open(&path);
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    });
    Ok(())
}
