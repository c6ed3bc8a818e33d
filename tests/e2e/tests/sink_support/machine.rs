//! The real Kafka and the real ClickHouse engine for one test program.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};
use tempfile::TempDir;

/// Both, in a folder of their own; stopped when the last test that uses them ends.
pub struct Machine {
    // Dropped in this order: first what runs, then its folder.
    running: stack::Running,
    pub settings: stack::Settings,
    _folder: TempDir,
}

static SHARED: Mutex<Weak<Machine>> = Mutex::new(Weak::new());

impl Machine {
    /// The one of this test program.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(machine) = shared.upgrade() {
            return machine;
        }
        let machine = Arc::new(Self::start());
        *shared = Arc::downgrade(&machine);
        machine
    }

    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ports = free_ports();
        let mut port = || ports.next().unwrap();
        let settings = stack::Settings {
            folder: folder.path().to_owned(),
            cache: config::load(&PathBuf::from(EXAMPLE)).unwrap().cache_folder(),
            kafka_port: port(),
            controller_port: port(),
            clickhouse_http_port: port(),
            clickhouse_tcp_port: port(),
            clickhouse_user: "svarstid".into(),
            clickhouse_password: "svarstid".into(),
            engine: Some(program("embedded-clickhouse")),
        };
        let running = stack::up(&settings, &|_| {}).unwrap();
        Self { running, settings, _folder: folder }
    }

    pub fn pid(&self, part: &str) -> i32 {
        self.running.pids().into_iter().find(|(name, _)| *name == part).map(|(_, pid)| pid).unwrap()
    }

    /// ClickHouse's settings for a database.
    pub fn clickhouse(&self, database: &str) -> store::Settings {
        store::Settings {
            url: format!("http://127.0.0.1:{}", self.settings.clickhouse_http_port),
            database: database.into(),
            user: self.settings.clickhouse_user.clone(),
            password: self.settings.clickhouse_password.clone(),
        }
    }

    /// A client of a database with all tables, in which nothing is merged, so that rows written twice are seen.
    pub async fn store(&self, database: &str) -> store::Store {
        let store = store::Store::new(&self.clickhouse(database));
        store.apply(store::schema::FILES).await.unwrap();
        for table in ["calls", "kpi_windows", "kpi_corrections", "rejected"] {
            store.execute(&format!("SYSTEM STOP MERGES {database}.{table}")).await.unwrap();
        }
        store
    }
}

/// The sample's configuration.
pub const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../recordings/asterisk22/svarstid.toml");

/// A program of this workspace, beside the test program's folder.
pub fn program(name: &str) -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let program = me.ancestors().nth(2).unwrap().join(name);
    assert!(program.exists(), "{} is not built: cargo build -p {name}", program.display());
    program
}

/// Ports where nobody listens; test programs that run at the same time begin apart.
pub fn free_ports() -> impl Iterator<Item = u16> {
    let begin = 44_000 + u16::try_from(std::process::id() % 90).unwrap() * 10;
    (begin..45_000).chain(44_000..begin).filter(|port| stack::port_is_free(*port))
}

/// One value of a query.
pub async fn value(store: &store::Store, sql: &str) -> String {
    String::from_utf8(store.fetch(sql, "TSV").await.unwrap()).unwrap().trim().to_owned()
}
