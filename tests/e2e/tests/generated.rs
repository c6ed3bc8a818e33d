//! Generated calls: straight into ClickHouse they are the same rows as by way of Kafka, processor and sink.

use e2e::Machine;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(600);
const WHAT: [&str; 8] = ["--days", "2", "--from", "2026-03-03", "--seed", "3", "--inhabitants", "4000"];

/// Every row but for where in Kafka it came from. The last state of each: the direct way writes no other.
fn digest(table: &str, keys: &str, latest: &str) -> String {
    let columns = "* EXCEPT (kafka_topic, kafka_topic_id, kafka_partition, kafka_offset, inserted_at)";
    format!(
        "SELECT count(), sum(cityHash64(toString(tuple(*)))) FROM (SELECT {columns} FROM {table} WHERE site = 'sjovik' \
         ORDER BY {latest} DESC LIMIT 1 BY {keys})"
    )
}

fn generate(into: &str) -> Vec<&str> {
    ["generate", "--into", into].into_iter().chain(WHAT).collect()
}

#[test]
fn both_ways_make_the_same_rows() {
    let machine = Machine::start();
    let printed = machine.answer(&["generate", "--print-config"], &[]);
    let own = String::from_utf8(printed.stdout).unwrap();
    let (brokers, url) = (machine.brokers(), machine.clickhouse());
    let services = format!("\n[kafka]\nbrokers = \"{brokers}\"\n[clickhouse]\nurl = \"http://{url}\"\n");
    std::fs::write(machine.config(), own + &services).unwrap();

    machine.run(&generate("clickhouse"));
    let calls = digest("calls", "call_id", "version");
    let panes = digest("kpi_windows", "minute, dimension, name, direction", "revision");
    let direct = [machine.ask(&calls), machine.ask(&panes)];
    let count: u64 = direct[0].split('\t').next().unwrap().parse().unwrap();
    assert!((500..2000).contains(&count), "{direct:?}");
    let again = machine.answer(&generate("clickhouse"), &[]);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && said.contains("already holds calls of site `sjovik`"), "{said}");
    assert_eq!(machine.ask(&calls), direct[0], "what is refused writes nothing");

    for table in ["calls", "kpi_windows", "kpi_corrections"] {
        assert_eq!(machine.ask(&format!("TRUNCATE TABLE {table}")), "");
    }
    let services = [machine.spawn(&["process"]), machine.spawn(&["sink"])];
    machine.run(&generate("kafka"));
    machine.wait_for(&calls, &direct[0], PATIENCE);
    machine.wait_for(&panes, &direct[1], PATIENCE);
    services.into_iter().for_each(e2e::Service::stop);
}
