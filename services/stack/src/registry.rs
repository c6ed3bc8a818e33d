//! A schema registry for tests: Apicurio with Confluent's REST API.

use crate::parts;
use anyhow::{Context, bail};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const READY_WITHIN: Duration = Duration::from_secs(120);

/// A running registry that keeps its schemas in memory; stopped when dropped.
pub struct Registry {
    child: Child,
    /// Base address of Confluent's API.
    pub url: String,
}

impl Registry {
    /// Starts one on a port of 127.0.0.1.
    pub fn up(cache: &Path, port: u16, progress: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let folder = parts::registry(cache, progress)?;
        let jar = std::fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
        let jar = jar.into_iter().find(|path| path.to_string_lossy().ends_with("-runner.jar"));
        let jar = jar.context("the registry's archive holds no -runner.jar")?;
        let child = Command::new("java")
            .args([
                "-Dquarkus.http.host=127.0.0.1",
                &format!("-Dquarkus.http.port={port}"),
                "-Xmx384m",
                "-jar",
            ])
            .arg(jar)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("java cannot be started")?;
        let mut registry = Self { child, url: format!("http://127.0.0.1:{port}/apis/ccompat/v7") };
        registry.wait()?;
        Ok(registry)
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while ureq::get(format!("{}/subjects", self.url)).call().is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the registry ended at once: {status}");
            }
            if begun.elapsed() > READY_WITHIN {
                bail!("the registry did not answer within {} s", READY_WITHIN.as_secs());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
