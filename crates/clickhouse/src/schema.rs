//! `schemas/clickhouse/`: applied in order, each file once.
//!
//! Every statement can be run again without harm, so that several sinks may start at the same time, and one that was stopped in
//! the middle may go on.

use crate::{Store, StoreError};
use clickhouse::Row;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its name; the order.
    pub name: &'static str,
    /// Its statements, each ended by `;` at the end of a line.
    pub sql: &'static str,
}

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(File { name: $name, sql: include_str!(concat!("../../../schemas/clickhouse/", $name)) }),+]
    };
}

/// Every file, in order.
pub const FILES: &[File] = files![
    "0001_calls.sql",
    "0002_kpi.sql",
    "0003_rejected.sql",
    "0004_functions.sql",
    "0005_views.sql",
    "0006_sources.sql",
    "0007_operators.sql",
    "0008_measures.sql",
    "0009_completeness.sql",
    "0010_spans.sql",
    "0011_definitions.sql",
    "0012_kpi_definition.sql",
    "0013_plain_views.sql",
    "0014_comments.sql",
    "0015_sites.sql",
    "0016_annotations.sql",
    "0017_alerts.sql",
    "0018_messages.sql",
    "0019_many_calls.sql",
    "0020_call_events.sql",
    "0021_heard.sql",
    "0022_merges.sql",
];

/// What was applied, by whom it was found. More than one checksum for a name: two programs disagree.
const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_versions (
    name String COMMENT 'File of schemas/clickhouse',
    checksum String COMMENT 'SHA-256 of its content',
    applied_at DateTime DEFAULT now() COMMENT 'When it was applied'
) ENGINE = ReplacingMergeTree ORDER BY (name, checksum) COMMENT 'Which files of schemas/clickhouse were applied'";

#[derive(Row, Deserialize)]
struct Applied {
    name: String,
    checksum: String,
}

impl File {
    /// SHA-256 of its content, in hexadecimal.
    #[must_use]
    pub fn checksum(&self) -> String {
        Sha256::digest(self.sql.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Its statements, without the `;`.
    pub fn statements(&self) -> impl Iterator<Item = &'static str> {
        self.sql.split(";\n").map(str::trim).filter(|text| !text.is_empty())
    }
}

impl Store {
    /// Makes the database and applies what is missing of `files`; returns the names applied now.
    ///
    /// # Errors
    /// The server is too old; a file that was applied before has changed; or ClickHouse refuses.
    pub async fn apply(&self, files: &[File]) -> Result<Vec<&'static str>, StoreError> {
        self.check_version().await?;
        self.make_database().await?;
        self.make_versions().await?;
        let applied = self.applied().await?;
        self.compare(files, &applied)?;
        let mut now = Vec::new();
        for file in files.iter().filter(|file| !applied.iter().any(|known| known.name == file.name)) {
            for statement in file.statements() {
                self.define(statement).await?;
            }
            let record = format!(
                "INSERT INTO schema_versions (name, checksum) SETTINGS async_insert = 0 VALUES ('{}', '{}')",
                file.name,
                file.checksum()
            );
            self.execute(&record).await?;
            now.push(file.name);
        }
        self.compare(files, &self.applied().await?)?;
        Ok(now)
    }

    /// Asked first: a cluster is not made to agree on what is there already, so that a sink starts while a node is away.
    async fn has(&self, what: &str) -> Result<bool, StoreError> {
        // A client that names a database that is not there cannot even ask.
        let outside = self.client.clone().with_database("default");
        let query = outside.query_raw(&format!("EXISTS {what}"));
        Ok(query.fetch_one::<u8>().await.map_err(|error| self.error(error))? == 1)
    }

    async fn make_database(&self) -> Result<(), StoreError> {
        let name = self.database.replace('`', "");
        if self.has(&format!("DATABASE `{name}`")).await? {
            return Ok(());
        }
        let outside = Self { client: self.client.clone().with_database("default"), ..self.clone() };
        outside.define(&format!("CREATE DATABASE IF NOT EXISTS `{name}`")).await
    }

    async fn make_versions(&self) -> Result<(), StoreError> {
        let name = self.database.replace('`', "");
        if self.has(&format!("TABLE `{name}`.schema_versions")).await? {
            Ok(())
        } else {
            self.define(VERSIONS).await
        }
    }

    async fn applied(&self) -> Result<Vec<Applied>, StoreError> {
        let query = self.client.query("SELECT ?fields FROM schema_versions FINAL ORDER BY name, checksum");
        query.fetch_all::<Applied>().await.map_err(|error| self.error(error))
    }

    fn compare(&self, files: &[File], applied: &[Applied]) -> Result<(), StoreError> {
        for known in applied {
            match files.iter().find(|file| file.name == known.name) {
                Some(file) if file.checksum() != known.checksum => {
                    return Err(StoreError::Changed {
                        name: known.name.clone(),
                        database: self.database.clone(),
                        applied: known.checksum.clone(),
                        now: file.checksum(),
                    });
                }
                Some(_) => {}
                None => tracing::warn!(file = known.name, "the database was made by a newer program"),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_in_order_and_can_be_applied_again() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/clickhouse");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        names.sort();
        assert_eq!(FILES.iter().map(|file| file.name).collect::<Vec<_>>(), names);
        for statement in FILES.iter().flat_map(File::statements) {
            let text: Vec<_> =
                statement.lines().filter(|line| !line.starts_with("--") && !line.is_empty()).collect();
            let again = text[0].starts_with("CREATE TABLE IF NOT EXISTS ")
                || text[0].starts_with("CREATE OR REPLACE ")
                || text[0].starts_with("ALTER TABLE ")
                    && [" IF ", " MODIFY COLUMN", " MODIFY SETTING ", " MATERIALIZE INDEX "]
                        .iter()
                        .any(|word| text.join(" ").contains(word));
            assert!(again, "{statement}");
        }
    }
}
