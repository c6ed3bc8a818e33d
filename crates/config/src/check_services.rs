//! What must hold for the PBX's connection and the services.

use crate::check::{Checked, wrong};
use crate::{Ami, Cel, Config, SinkAlerts, Webhook};
use std::collections::BTreeSet;

/// An insert is atomic in ClickHouse up to so many rows (`max_insert_block_size`).
const BATCH_ROWS_MAX: usize = 1_000_000;
/// What a topic's name may be made of; 249 characters in all, the longest of ours has 20.
const TOPIC_PREFIX_MAX: usize = 200;

impl Config {
    pub(crate) fn check_pbx(&self) -> Checked {
        let pbx = &self.pbx;
        match (pbx.make.as_str(), &pbx.ami) {
            ("asterisk", _) | ("other", None) => {}
            ("other", Some(_)) => return wrong("pbx.ami", "only an asterisk has a manager interface"),
            _ => {
                return wrong(
                    "pbx.make",
                    "write \"asterisk\", or \"other\" for a PBX that posts its events or exports lists",
                );
            }
        }
        not_empty("pbx.node", &pbx.node)?;
        not_empty("pbx.priority_variable", &pbx.priority_variable)?;
        if pbx.trunks.iter().all(|trunk| trunk.trim().is_empty()) {
            return wrong(
                "pbx.trunks",
                "name at least one endpoint that leads outside, or no call is an external one",
            );
        }
        check_cel(&pbx.cel)?;
        pbx.ami.as_ref().map_or(Ok(()), check_ami)
    }

    pub(crate) fn check_services(&self) -> Checked {
        self.check_kafka()?;
        http("clickhouse.url", &self.clickhouse.url)?;
        not_empty("clickhouse.user", &self.clickhouse.user)?;
        if !is_name(&self.clickhouse.database) {
            return wrong("clickhouse.database", "letters, digits and `_` only");
        }
        if self.clickhouse.cluster.as_ref().is_some_and(|name| !is_cluster(name)) {
            let what = "a name of ClickHouse's remote_servers (letters, digits, `_` and `-`), or a macro such as \"{cluster}\"; \
                leave it out for one node";
            return wrong("clickhouse.cluster", what);
        }
        let listens = [
            ("collector.listen", &self.collector.listen),
            ("processor.listen", &self.processor.listen),
            ("sink.listen", &self.sink.listen),
        ];
        for (key, listen) in listens {
            listen.as_deref().map_or(Ok(()), |address| host_and_port(key, address))?;
        }
        let names = [
            ("processor.group", &self.processor.group),
            ("processor.instance", &self.processor.instance),
            ("sink.group", &self.sink.group),
            ("sink.instance", &self.sink.instance),
        ];
        names.iter().try_for_each(|(key, name)| not_empty(key, name))?;
        self.collector.webhook.as_ref().map_or(Ok(()), Webhook::check)?;
        self.sink.alerts.as_ref().map_or(Ok(()), SinkAlerts::check)?;
        self.check_amounts()?;
        self.check_ports()
    }

    fn check_kafka(&self) -> Checked {
        let kafka = &self.kafka;
        kafka.brokers.split(',').try_for_each(|broker| host_and_port("kafka.brokers", broker.trim()))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if !kafka.topic_prefix.chars().all(fits) || kafka.topic_prefix.len() > TOPIC_PREFIX_MAX {
            return wrong("kafka.topic_prefix", "at most 200 letters, digits, `.`, `_` and `-`");
        }
        kafka.schema_registry.as_deref().map_or(Ok(()), |url| http("kafka.schema_registry", url))
    }

    /// Names of what a later generation does not share with the first: topics have theirs in `kafka::Topics`.
    pub(crate) fn name_generation(&mut self) {
        let generation = self.kafka.generation;
        if generation > 1 {
            self.clickhouse.database.push_str(&format!("_g{generation}"));
            self.processor.group.push_str(&format!("-g{generation}"));
        }
    }

    fn check_amounts(&self) -> Checked {
        let many = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let positive = [
            ("kafka.partitions", i64::from(self.kafka.partitions)),
            ("kafka.generation", i64::from(self.kafka.generation)),
            ("kafka.replication", i64::from(self.kafka.replication)),
            ("collector.spool.max_mib", many(self.collector.spool.max_mib)),
            ("processor.commit_every_ms", many(self.processor.commit_every_ms)),
            ("processor.threads", i64::from(self.processor.threads)),
            ("processor.max_call_age_s", i64::from(self.processor.max_call_age_s)),
            ("sink.batch_rows", many(self.sink.batch_rows as u64)),
            ("sink.batch_every_ms", many(self.sink.batch_every_ms)),
        ];
        if let Some((key, _)) = positive.iter().find(|(_, value)| *value <= 0) {
            return wrong(key, "must be at least 1");
        }
        if self.sink.batch_rows > BATCH_ROWS_MAX {
            return wrong(
                "sink.batch_rows",
                "at most 1,000,000: a larger insert is not atomic in ClickHouse",
            );
        }
        Ok(())
    }

    fn check_ports(&self) -> Checked {
        let stack = &self.stack;
        let ports = [
            ("stack.kafka_port", stack.kafka_port),
            ("stack.controller_port", stack.controller_port),
            ("stack.clickhouse_http_port", stack.clickhouse_http_port),
            ("stack.clickhouse_tcp_port", stack.clickhouse_tcp_port),
        ];
        let mut seen = BTreeSet::new();
        for (key, port) in ports {
            if port == 0 {
                return wrong(key, "port 0 is no port; choose one from 1 to 65535");
            }
            if !seen.insert(port) {
                return wrong(key, format!("port {port} is taken by another part of the stack"));
            }
        }
        Ok(())
    }
}

fn check_cel(cel: &Cel) -> Checked {
    let mut seen = BTreeSet::new();
    if let Some(twice) = cel.columns.iter().find(|column| !seen.insert(*column)) {
        return wrong("pbx.cel.columns", format!("`{twice}` stands there twice"));
    }
    for (key, event) in [("not_diverted", &cel.not_diverted), ("diverted", &cel.diverted)] {
        let Some(event) = event else { continue };
        let known = ["sought", "dial_status", "kind", "reason", "target"];
        if let Some(word) = event.fields.iter().find(|field| !known.contains(&field.as_str())) {
            return wrong(
                &format!("pbx.cel.{key}.fields"),
                format!("`{word}` is none of {}", known.join(", ")),
            );
        }
    }
    Ok(())
}

fn check_ami(ami: &Ami) -> Checked {
    host_and_port("pbx.ami.address", &ami.address)?;
    not_empty("pbx.ami.username", &ami.username)?;
    // A line break would end the manager action and begin another.
    if ami.username.contains(char::is_control) {
        return wrong("pbx.ami.username", "it holds a control character");
    }
    if ami.secret.is_some() && ami.secret_file.is_some() {
        return wrong("pbx.ami", "name `secret_file` or `secret`, not both");
    }
    if ami.keep_alive_s == 0 {
        return wrong("pbx.ami.keep_alive_s", "must be at least 1");
    }
    Ok(())
}

fn not_empty(key: &str, text: &str) -> Checked {
    if text.trim().is_empty() { wrong(key, "it is empty") } else { Ok(()) }
}

/// Or a macro of the server's: `{cluster}`.
fn is_cluster(text: &str) -> bool {
    let name = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

pub(crate) fn host_and_port(key: &str, address: &str) -> Checked {
    let parts = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    match parts.map(|(_, port)| port.parse::<u16>()) {
        Some(Ok(0)) => wrong(key, "port 0 is no port; choose one from 1 to 65535"),
        Some(Ok(_)) => Ok(()),
        _ => wrong(key, format!("`{address}` is not host:port, such as \"127.0.0.1:9092\"")),
    }
}

fn http(key: &str, url: &str) -> Checked {
    let host = ["http://", "https://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with(['/', ':']) => Ok(()),
        _ => wrong(key, format!("`{url}` is no address that begins with http:// or https://")),
    }
}
