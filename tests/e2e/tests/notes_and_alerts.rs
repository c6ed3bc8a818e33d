//! What is told beside the figures, in the real engine: alerts that are posted to the sink, and what `svarstid annotate` writes.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod sink_support;

use config::SinkAlerts;
use e2e::Machine;
use sink::alerts::Receiver;
use sink_support::machine::{self, settings, value};
use sink_support::proxy::Proxy;
use std::sync::Arc;
use store::Store;
use telemetry::Metrics;
use tokio::sync::oneshot;

const TOKEN: &str = "a-token-of-tests-only";
const FIRING: &str = include_str!("posted_alerts/firing.json");
const RESOLVED: &str = include_str!("posted_alerts/resolved.json");
const GRAFANA: &str = include_str!("posted_alerts/grafana.json");

/// An endpoint for alerts before a ClickHouse that can be away.
struct Endpoint {
    address: String,
    store: Store,
    proxy: Proxy,
    metrics: Metrics,
    _stop: oneshot::Sender<()>,
    _machine: Arc<Machine>,
    _folder: tempfile::TempDir,
}

impl Endpoint {
    async fn start(database: &str) -> Self {
        let machine = Machine::shared();
        let store = machine::store(&machine, database).await;
        let proxy = Proxy::start(machine.clickhouse());
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("token"), TOKEN).unwrap();
        let mut config = config::load(&e2e::recordings().join("svarstid.toml")).unwrap();
        config.sink.alerts = Some(SinkAlerts {
            listen: "127.0.0.1:0".into(),
            bearer_token_file: Some(folder.path().join("token")),
            certificate_file: None,
            key_file: None,
            without_tls: false,
            body_max_kib: 256,
        });
        let through = store::Settings { url: proxy.url(), ..settings(&machine, database) };
        let metrics = Metrics::new().unwrap();
        let receiver = Receiver::open(&config, Store::new(&through), metrics.sink().unwrap()).await;
        let receiver = receiver.unwrap().unwrap();
        let address = receiver.address().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(receiver.run(async { drop(stopped.await) }));
        Self { address, store, proxy, metrics, _stop: stop, _machine: machine, _folder: folder }
    }

    /// Status and body of the answer.
    async fn post_with(&self, token: &str, body: impl Into<String>) -> (u16, String) {
        let (url, token, body) =
            (format!("http://{}/v1/alerts", self.address), token.to_owned(), body.into());
        let posting = tokio::task::spawn_blocking(move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let post = agent.post(url).header("Authorization", format!("Bearer {token}"));
            let mut answer = post.content_type("application/json").send(body).unwrap();
            (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
        });
        posting.await.unwrap()
    }

    async fn post(&self, body: impl Into<String>) -> (u16, String) {
        self.post_with(TOKEN, body).await
    }

    #[track_caller]
    fn counted(&self, line: &str) {
        let text = self.metrics.text().unwrap();
        assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
    }
}

const ROWS: &str = "SELECT alert, site, queue, severity, is_raised, toUnixTimestamp(ends), lasted_s, labels['job'], links['dashboard'] != ''
    FROM raised_alerts ORDER BY starts, alert";
const RAISED: &str = "SvarstidLongestWait\texempelby\tswitchboard\tpage\ttrue\t\\N\t\\N\tsvarstid\t1";
const OVER: &str = "SvarstidLongestWait\texempelby\tswitchboard\tpage\tfalse\t1795504800\t299.5\tsvarstid\t1";

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_one_row_however_often_and_in_which_order_it_is_told() {
    let here = Endpoint::start("alerts_order").await;
    let told = |body: &str| here.post(body.to_owned());
    assert_eq!(told(FIRING).await, (200, "{\"kept\":1}".to_owned()));
    assert_eq!(value(&here.store, ROWS).await, RAISED);
    told(FIRING).await;
    assert_eq!(value(&here.store, ROWS).await, RAISED);
    assert_eq!(told(RESOLVED).await.0, 200);
    assert_eq!(value(&here.store, ROWS).await, OVER);
    // A message that comes late, and one that comes again.
    told(FIRING).await;
    told(RESOLVED).await;
    assert_eq!(value(&here.store, ROWS).await, OVER);
    // An end that was guessed when Prometheus fell silent is corrected, and does not come back.
    told(&RESOLVED.replace("07:20:00Z", "07:25:00Z")).await;
    told(RESOLVED).await;
    assert_eq!(value(&here.store, ROWS).await, OVER.replace("1795504800\t299.5", "1795505100\t599.5"));
    // The next time is another row.
    told(&FIRING.replace("2026-11-24T08:15:00.5+01:00", "2026-11-24T12:00:00Z")).await;
    assert_eq!(
        value(&here.store, "SELECT groupArray(is_raised) FROM (SELECT * FROM raised_alerts ORDER BY starts)")
            .await,
        "[false,true]"
    );
    // What Grafana found is beside it.
    assert_eq!(told(GRAFANA).await.0, 200);
    let sql = "SELECT found_by, alert, site, unit, labels['alertname'] FROM raised_alerts WHERE found_by = 'grafana'";
    let expect =
        "grafana\tSvarstidMessagesOpen\texempelby\tSwitchboard\tSvarstidMessagesOpen exempelby Switchboard";
    assert_eq!(value(&here.store, sql).await, expect);
    here.counted("svarstid_sink_alerts_total{found_by=\"prometheus\"} 8");
    here.counted("svarstid_sink_alerts_total{found_by=\"grafana\"} 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_clickhouse_is_away_the_sender_keeps_its_alerts() {
    let here = Endpoint::start("alerts_away").await;
    here.proxy.set_away(true);
    let (status, body) = here.post(FIRING).await;
    assert_eq!((status, body.contains("\"away\"")), (503, true), "{body}");
    assert_eq!(value(&here.store, ROWS).await, "");
    here.proxy.set_away(false);
    assert_eq!(here.post(FIRING).await.0, 200);
    assert_eq!(value(&here.store, ROWS).await, RAISED);
    // Written, but the answer is lost: said to be away, sent again, and still one row.
    here.proxy.lose_answers(1);
    assert_eq!(here.post(RESOLVED).await.0, 503);
    assert_eq!(here.proxy.to_lose(), 0);
    assert_eq!(here.post(RESOLVED).await.0, 200);
    assert_eq!(value(&here.store, ROWS).await, OVER);
    here.counted("svarstid_sink_alert_requests_total{code=\"503\"} 2");
    here.counted("svarstid_sink_alert_requests_total{code=\"200\"} 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_alert_is_refused_and_counted() {
    let here = Endpoint::start("alerts_refused").await;
    assert_eq!(here.post_with("another-token-of-tests", FIRING).await.0, 401);
    assert_eq!(here.post("{\"alerts\":").await.0, 400);
    assert_eq!(here.post("[1]").await.0, 400);
    assert_eq!(here.post(" ".repeat(256 * 1024 + 1)).await.0, 413);
    let many = format!("{{\"alerts\":[{}{{}}]}}", "{},".repeat(1000));
    assert_eq!(here.post(many).await.0, 413);
    assert_eq!(value(&here.store, "SELECT count() FROM alerts").await, "0");
    // The others of its message are kept.
    let nameless =
        "{\"status\":\"firing\",\"labels\":{},\"startsAt\":\"2026-11-24T07:15:00Z\",\"fingerprint\":\"1\"},";
    let half = FIRING.replace("\"alerts\": [", &format!("\"alerts\": [{nameless}"));
    let half = half.replace("\"truncatedAlerts\": 0", "\"truncatedAlerts\": 4");
    let (status, body) = here.post(half).await;
    assert_eq!(status, 400);
    assert!(
        body.contains("\"kept\":1,\"refused\":1") && body.contains("alerts[0]: there is no label"),
        "{body}"
    );
    assert_eq!(value(&here.store, ROWS).await, RAISED);
    for (reason, count) in [
        ("unauthorized", 1),
        ("malformed", 2),
        ("too_large", 1),
        ("too_many", 1),
        ("no_name", 1),
        ("truncated", 4),
    ] {
        here.counted(&format!("svarstid_sink_alerts_refused_total{{reason=\"{reason}\"}} {count}"));
    }
}

/// Whether it ended well, and what it said.
fn annotate(machine: &Machine, arguments: &[&str]) -> (bool, String) {
    let answer = machine.answer(&[&["annotate"], arguments].concat(), &[]);
    let said = [answer.stdout, answer.stderr].concat();
    (answer.status.success(), String::from_utf8(said).unwrap())
}

const NOTES: &str = "SELECT toString(begins), dateDiff('minute', begins, ends), queue, unit, kind, text FROM notes ORDER BY begins";

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_written_listed_and_removed() {
    let machine = Machine::shared();
    let store = machine::store(&machine, "svarstid").await;
    let broken = [
        "water main broken",
        "--from",
        "2026-03-03 10:00",
        "--to",
        "2026-03-03T12:30:00+01:00",
        "--queue",
        "vaxel",
    ];
    let (is_well, said) = annotate(&machine, &broken);
    assert!(is_well && said.ends_with("is written\n"), "{said}");
    let id = said.split(' ').next().unwrap().to_owned();
    let (is_well, said) = annotate(&machine, &broken);
    assert!(is_well && said.contains("is there already"), "{said}");
    let row = "2026-03-03 09:00:00.000000\t150\tvaxel\t\tnote\twater main broken";
    assert_eq!(value(&store, NOTES).await, row);
    let (_, said) = annotate(&machine, &["--list", "--from", "2026-03-03"]);
    assert!(said.contains(&id) && said.contains("2026-03-03 10:00:00 CET"), "{said}");
    let (_, said) = annotate(&machine, &["--list", "--from", "2026-03-04"]);
    assert!(!said.contains(&id), "{said}");
    let (is_well, said) = annotate(&machine, &["ill", "--queue", "support"]);
    assert!(!is_well && said.contains("there are: vaxel, grupp-"), "{said}");

    let (is_well, said) = annotate(&machine, &["--remove", &id]);
    assert!(is_well, "{said}");
    assert_eq!(value(&store, NOTES).await, "");
    assert_eq!(
        value(&store, "SELECT count() FROM annotations WHERE text != ''").await,
        "0",
        "its text is gone"
    );
    let (is_well, said) = annotate(&machine, &["--remove", &id]);
    assert!(!is_well && said.contains("has no note"), "{said}");
    // Written by hand again, it is meant.
    annotate(&machine, &broken);
    assert_eq!(value(&store, NOTES).await, row);
    annotate(&machine, &["--remove", &id]);

    the_same_file_twice_is_once(&machine, &store).await;
}

async fn the_same_file_twice_is_once(machine: &Machine, store: &Store) {
    let file = machine.folder().join("incidents.jsonl");
    let line = |kind: &str, hour: u8| {
        format!(
            "{{\"kind\":\"{kind}\",\"queue\":\"vaxel\",\"unit\":null,\"from\":\"2026-04-01T0{hour}:00:00.000000Z\",\"to\":\"2026-04-01T09:00:00.000000Z\",\
             \"strength\":0.6,\"effect\":\"longer waits\"}}\n"
        )
    };
    std::fs::write(&file, line("surge", 7) + &line("staffing_drop", 8)).unwrap();
    let arguments = ["--file", file.to_str().unwrap()];
    assert_eq!(
        annotate(machine, &arguments).1,
        "2 written, 0 there already, 0 removed before and not written again\n"
    );
    let rows = "2026-04-01 07:00:00.000000\t120\tvaxel\t\tsurge\tlonger waits (strength 0.6)\n\
        2026-04-01 08:00:00.000000\t60\tvaxel\t\tstaffing_drop\tlonger waits (strength 0.6)";
    assert_eq!(value(store, NOTES).await, rows);
    assert_eq!(
        annotate(machine, &arguments).1,
        "0 written, 2 there already, 0 removed before and not written again\n"
    );
    assert_eq!(value(store, NOTES).await, rows);
    // What a person took away stays away when the file is read again.
    let id = value(store, "SELECT id FROM notes WHERE kind = 'surge'").await;
    annotate(machine, &["--remove", &id]);
    assert_eq!(
        annotate(machine, &arguments).1,
        "0 written, 1 there already, 1 removed before and not written again\n"
    );
    assert_eq!(value(store, "SELECT kind FROM notes").await, "staffing_drop");
    // One line is wrong: none is written.
    std::fs::write(&file, line("surge", 6) + &line("surge", 5).replace("vaxel", "nowhere")).unwrap();
    let (is_well, said) = annotate(machine, &arguments);
    assert!(!is_well && said.contains("nothing is written: line 2: `nowhere` is no queue"), "{said}");
    assert_eq!(value(store, "SELECT count() FROM notes").await, "1");
}
