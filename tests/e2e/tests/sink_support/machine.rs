//! Databases of their own on the shared ClickHouse.

use e2e::Machine;
use store::Store;

const TABLES: [&str; 5] = ["calls", "kpi_windows", "kpi_corrections", "rejected", "call_events"];

/// ClickHouse's settings for a database.
pub fn settings(machine: &Machine, database: &str) -> store::Settings {
    store::Settings {
        url: format!("http://{}", machine.clickhouse()),
        database: database.into(),
        user: "svarstid".into(),
        password: "svarstid".into(),
        cluster: None,
    }
}

/// A client of a database with all tables, in which nothing is merged: a row that was written twice is there twice.
pub async fn store(machine: &Machine, database: &str) -> Store {
    let store = Store::new(&settings(machine, database));
    store.apply(store::schema::FILES).await.unwrap();
    for table in TABLES {
        store.execute(&format!("SYSTEM STOP MERGES {database}.{table}")).await.unwrap();
    }
    store
}

/// One value of a query.
pub async fn value(store: &Store, sql: &str) -> String {
    String::from_utf8(store.fetch(sql, "TSV").await.unwrap()).unwrap().trim().to_owned()
}
