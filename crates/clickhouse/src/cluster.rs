//! The same tables on a cluster: each statement of `schemas/clickhouse` as the statements that make it there.
//!
//! ```text
//! calls            Distributed, on every node: what is read and written
//!   └─ calls_local on every node, replicated within its shard
//! config_…         replicated on every node, whole
//! ```
//! All versions of a call, revisions of a pane and corrections of it lie on one shard, so that `FINAL` leaves the last one, whoever asks.

/// Tables that lie in shards, and what all rows that replace each other have in common.
const SHARDED: [(&str, &str); 5] = [
    ("calls", "cityHash64(site, call_id)"),
    ("kpi_windows", "cityHash64(site, dimension, name, minute)"),
    ("kpi_corrections", "cityHash64(site, dimension, name, minute)"),
    ("rejected", "cityHash64(site, source_position)"),
    // Where the call lies that has the id of the set's first channel.
    ("call_events", "cityHash64(site, concat(site, '/', ifNull(linked, ifNull(leg, ''))))"),
];

/// A cluster of the server's `remote_servers`, whose nodes have macros `shard` and `replica`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name there, or a macro such as `{cluster}`.
    pub name: String,
    /// The database of the tables.
    pub database: String,
}

/// The table on each node that holds rows of `table`.
#[must_use]
pub fn local(table: &str) -> String {
    if is_sharded(table) { format!("{table}_local") } else { table.to_owned() }
}

fn is_sharded(table: &str) -> bool {
    SHARDED.iter().any(|(known, _)| *known == table)
}

impl Cluster {
    /// What does on a cluster what `statement` does on one node, in order. Statements about data stay as they are.
    #[must_use]
    pub fn statements(&self, statement: &str) -> Vec<String> {
        let lines = statement.lines().skip_while(|line| line.starts_with("--") || line.trim().is_empty());
        let text = lines.collect::<Vec<_>>().join("\n");
        for (verb, place) in [
            ("CREATE TABLE IF NOT EXISTS ", Self::table as fn(&Self, &str, &str) -> Vec<String>),
            ("ALTER TABLE ", Self::alter),
        ] {
            if let Some((name, rest)) = after(&text, verb) {
                return place(self, name, rest);
            }
        }
        for verb in
            ["CREATE OR REPLACE VIEW ", "CREATE OR REPLACE FUNCTION ", "CREATE DATABASE IF NOT EXISTS "]
        {
            if let Some((name, rest)) = after(&text, verb) {
                return vec![format!("{verb}{name} {}{rest}", self.everywhere())];
            }
        }
        vec![text]
    }

    fn everywhere(&self) -> String {
        format!("ON CLUSTER '{}'", self.name)
    }

    fn table(&self, name: &str, rest: &str) -> Vec<String> {
        let local = local(name);
        let made = format!(
            "CREATE TABLE IF NOT EXISTS {local} {}{}",
            self.everywhere(),
            self.replicated(name, rest)
        );
        let Some((_, key)) = SHARDED.iter().find(|(known, _)| *known == name) else { return vec![made] };
        vec![made, self.distributed(name, &local, key, rest)]
    }

    /// One path in the coordinator for each shard, or one for all nodes.
    fn replicated(&self, name: &str, rest: &str) -> String {
        let (path, replica) = if is_sharded(name) {
            (format!("/clickhouse/tables/{{shard}}/{}/{name}", self.database), "{replica}")
        } else {
            (format!("/clickhouse/tables/all/{}/{name}", self.database), "{shard}-{replica}")
        };
        let engine =
            |arguments: &str| format!("ReplicatedReplacingMergeTree('{path}', '{replica}'{arguments}");
        let rest = match rest.split_once("ENGINE = ReplacingMergeTree(") {
            Some((before, arguments)) => format!("{before}ENGINE = {}{arguments}", engine(", ")),
            None => rest.replacen("ReplacingMergeTree", &engine(")"), 1),
        };
        // As long as Kafka keeps what may be sent again, by its own default.
        rest.replace(
            "non_replicated_deduplication_window = 10000",
            "replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800",
        )
    }

    /// The same columns without an index, and what the table says of itself.
    fn distributed(&self, name: &str, local: &str, key: &str, rest: &str) -> String {
        let (columns, clauses) = rest.split_once("\n)").unwrap_or((rest, ""));
        let columns: Vec<&str> =
            columns.lines().filter(|line| !line.trim_start().starts_with("INDEX ")).collect();
        let columns = columns.join("\n");
        let comment = clauses.rsplit_once("\nCOMMENT ").map_or("''", |(_, comment)| comment);
        format!(
            "CREATE TABLE IF NOT EXISTS {name} {}{}\n)\nENGINE = Distributed('{}', '{}', '{local}', {key})\nCOMMENT {comment}",
            self.everywhere(),
            columns.trim_end_matches(','),
            self.name,
            self.database
        )
    }

    fn alter(&self, name: &str, rest: &str) -> Vec<String> {
        let mut statements = vec![format!("ALTER TABLE {} {}{rest}", local(name), self.everywhere())];
        // How long, how densely and how findably rows are kept is of the tables that have them.
        let is_of_rows = ["TTL", "CODEC(", "SETTING", "INDEX"].iter().any(|word| rest.contains(word));
        if is_sharded(name) && !is_of_rows {
            statements.push(format!("ALTER TABLE {name} {}{rest}", self.everywhere()));
        }
        statements
    }
}

/// The name after a verb and, from the space or line end on, the rest.
fn after<'a>(text: &'a str, verb: &str) -> Option<(&'a str, &'a str)> {
    let text = text.strip_prefix(verb)?;
    let end = text.find([' ', '\n']).unwrap_or(text.len());
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::FILES;

    const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cluster.statements.sql");

    fn cluster() -> Cluster {
        Cluster { name: "{cluster}".into(), database: "svarstid".into() }
    }

    /// Without what is not changed: columns, and bodies of views and functions.
    fn shortened(statement: &str) -> String {
        let is_table = statement.starts_with("CREATE TABLE");
        let kept = |(n, line): &(usize, &str)| {
            *n == 0 || (is_table || statement.starts_with("ALTER")) && !line.starts_with("    ")
        };
        statement.lines().enumerate().filter(kept).map(|(_, line)| line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_statement_is_made_for_a_cluster() {
        let all = FILES.iter().flat_map(|file| file.statements());
        let made: Vec<_> = all.flat_map(|one| cluster().statements(one)).map(|one| shortened(&one)).collect();
        let text = made.join(";\n") + ";\n";
        if std::env::var_os("SVARSTID_WRITE_SNAPSHOTS").is_some() {
            std::fs::write(SNAPSHOT, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(SNAPSHOT).unwrap(),
            text,
            "set SVARSTID_WRITE_SNAPSHOTS=1 if it is meant"
        );
        assert!(made.iter().all(|one| one.contains(" ON CLUSTER '{cluster}'")), "one is for a single node");
    }

    #[test]
    fn both_tables_have_all_columns() {
        let calls = FILES[0].statements().next().unwrap();
        let columns = |text: &str| -> Vec<String> {
            let lines =
                text.lines().filter(|line| line.starts_with("    ") && !line.starts_with("    INDEX"));
            lines.map(|line| line.trim_end_matches(',').to_owned()).collect()
        };
        let made = cluster().statements(calls);
        assert_eq!(made.len(), 2);
        assert!(columns(calls).len() > 40);
        for one in &made {
            assert_eq!(columns(one), columns(calls), "{one}");
        }
        assert!(made[0].contains("INDEX kafka_offsets") && !made[1].contains("INDEX"));
    }

    #[test]
    fn what_is_of_rows_is_changed_where_rows_are() {
        let of = |sql: &str| cluster().statements(sql);
        let ttl = "ALTER TABLE calls MODIFY TTL toDate(arrived_at) + toIntervalDay(3)";
        let local =
            "ALTER TABLE calls_local ON CLUSTER '{cluster}' MODIFY TTL toDate(arrived_at) + toIntervalDay(3)";
        assert_eq!(of(ttl), [local]);
        let added = of("-- Why.\nALTER TABLE calls ADD COLUMN IF NOT EXISTS\n    x Bool COMMENT 'X'");
        assert_eq!(
            added[1],
            "ALTER TABLE calls ON CLUSTER '{cluster}' ADD COLUMN IF NOT EXISTS\n    x Bool COMMENT 'X'"
        );
        assert!(added[0].starts_with("ALTER TABLE calls_local ON CLUSTER"));
        let data = "INSERT INTO schema_versions (name) VALUES ('a')";
        assert_eq!(of(data), [data]);
    }
}
