//! Two real ClickHouse engines as two shards of a cluster. The engine here has no coordinator and takes neither `ON CLUSTER` nor
//! replicated tables, so each statement goes to each node without them.

use e2e::{program, recordings};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::Duration;
use store::cluster::Cluster;
use store::schema::FILES;
use store::{Settings, Store};
use tempfile::TempDir;

pub const NAME: &str = "two";
const DATABASE: &str = "spread";

/// One shard.
pub struct Node {
    settings: stack::Settings,
    child: Option<Child>,
}

/// Both of them.
pub struct Shards {
    pub nodes: Vec<Node>,
    // Dropped last.
    _folder: TempDir,
}

impl Node {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.settings.clickhouse_http_port)
    }

    /// Starts it and waits until it answers.
    pub async fn start(&mut self, cluster: &str) {
        let parts = stack::parts::Parts::ready(&self.settings.cache, &|_| {}).unwrap();
        let mut command = stack::clickhouse_command(&self.settings, &parts).unwrap();
        let more = self.settings.folder.join("clickhouse/server.d");
        std::fs::create_dir_all(&more).unwrap();
        std::fs::write(more.join("cluster.xml"), cluster).unwrap();
        let log = std::fs::File::create(self.settings.folder.join("log")).unwrap();
        // It ends when its standard input does.
        self.child = Some(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let store = self.store("default", None);
        for _ in 0..600 {
            if store.execute("SELECT 1 FORMAT Null").await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{}", std::fs::read_to_string(self.settings.folder.join("log")).unwrap());
    }

    /// As a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn settings(&self, database: &str, cluster: Option<&str>) -> Settings {
        Settings {
            url: self.url(),
            database: database.into(),
            user: "svarstid".into(),
            password: "svarstid".into(),
            cluster: cluster.map(str::to_owned),
        }
    }

    fn store(&self, database: &str, cluster: Option<&str>) -> Store {
        Store::new(&self.settings(database, cluster))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Shards {
    /// With all tables.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free: Vec<TcpListener> = (0..4).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let port = |at: usize| free[at].local_addr().unwrap().port();
        let base = config::load(&recordings().join("svarstid.toml")).unwrap();
        let node = |n: usize| Node {
            settings: stack::Settings {
                folder: folder.path().join(n.to_string()),
                clickhouse_http_port: port(2 * n),
                clickhouse_tcp_port: port(2 * n + 1),
                engine: Some(program("embedded-clickhouse")),
                ..stack::Settings::from_config(&base)
            },
            child: None,
        };
        let nodes = vec![node(0), node(1)];
        drop(free);
        let mut shards = Self { nodes, _folder: folder };
        let cluster = shards.cluster();
        for node in &mut shards.nodes {
            node.start(&cluster).await;
        }
        shards.make_tables().await;
        shards
    }

    /// The nodes' settings of the cluster.
    pub fn cluster(&self) -> String {
        let shard = |node: &Node| {
            format!(
                "<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>{}</port>\
                 <user>svarstid</user><password>svarstid</password></replica></shard>",
                node.settings.clickhouse_tcp_port
            )
        };
        let shards: String = self.nodes.iter().map(shard).collect();
        format!("<clickhouse><remote_servers><{NAME}>{shards}</{NAME}></remote_servers></clickhouse>")
    }

    async fn make_tables(&self) {
        let cluster = Cluster { name: NAME.into(), database: DATABASE.into() };
        for node in &self.nodes {
            let store = node.store(DATABASE, None);
            store.apply(&[]).await.unwrap();
            for file in FILES {
                for statement in file.statements().flat_map(|one| cluster.statements(one)) {
                    store.execute(&of_one_node(&statement)).await.unwrap();
                }
                let known = format!(
                    "INSERT INTO schema_versions (name, checksum) VALUES ('{}', '{}')",
                    file.name,
                    file.checksum()
                );
                store.execute(&known).await.unwrap();
            }
        }
    }

    /// The whole cluster through one node.
    pub fn through(&self, node: usize) -> Store {
        self.nodes[node].store(DATABASE, Some(NAME))
    }

    /// The same for whoever knows nothing of a cluster.
    pub fn as_a_reader(&self, node: usize) -> Store {
        self.nodes[node].store(DATABASE, None)
    }

    /// What the sink needs to know of it.
    pub fn tell(&self, config: &mut config::Config) {
        config.clickhouse.url = self.nodes[0].url();
        config.clickhouse.database = DATABASE.into();
        config.clickhouse.cluster = Some(NAME.into());
    }

    /// A database of one node beside it.
    pub async fn single(&self) -> Store {
        let store = self.nodes[0].store("single", None);
        store.apply(FILES).await.unwrap();
        store
    }
}

/// Without a coordinator.
fn of_one_node(statement: &str) -> String {
    let text = statement.replace(&format!(" ON CLUSTER '{NAME}'"), "");
    let text = text.replace(
        "SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800",
        "SETTINGS non_replicated_deduplication_window = 10000",
    );
    let Some((before, rest)) = text.split_once("ReplicatedReplacingMergeTree(") else { return text };
    let (arguments, rest) = rest.split_once(')').unwrap();
    let version = arguments.split(", ").nth(2).unwrap_or_default();
    format!("{before}ReplacingMergeTree({version}){rest}")
}
