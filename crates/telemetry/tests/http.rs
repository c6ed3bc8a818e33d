//! The server, asked over real HTTP.
#![expect(clippy::unwrap_used, reason = "helpers of tests: a failed step is a failed test")]

use std::net::SocketAddr;
use std::time::Duration;
use telemetry::{Health, Metrics, ServerHandle, serve};

/// Status and body of `GET path`.
async fn get(address: SocketAddr, path: &'static str) -> (u16, String) {
    tokio::task::spawn_blocking(move || {
        let agent =
            ureq::Agent::new_with_config(ureq::Agent::config_builder().http_status_as_error(false).build());
        let mut response = agent.get(format!("http://{address}{path}")).call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    })
    .await
    .unwrap()
}

async fn start(metrics: &Metrics, health: &Health) -> ServerHandle {
    serve("127.0.0.1:0", metrics, health).await.unwrap()
}

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn metrics_are_served_as_text() {
    let metrics = Metrics::new().unwrap();
    let collector = metrics.collector().unwrap();
    collector.events.of(["leg_started"]).inc_by(3);
    collector.gap_seconds.inc_by(1.5);
    let server = start(&metrics, &Health::new(LONG)).await;
    let (status, body) = get(server.address(), "/metrics").await;
    assert_eq!(status, 200);
    assert!(body.contains("svarstid_collector_events_total{kind=\"leg_started\"} 3\n"), "{body}");
    assert!(body.contains("svarstid_collector_gap_seconds_total 1.5\n"), "{body}");
    assert!(body.contains("# TYPE svarstid_collector_connected gauge\n"), "{body}");
    collector.events.of(["leg_started"]).inc();
    let (_, body) = get(server.address(), "/metrics").await;
    assert!(body.contains("svarstid_collector_events_total{kind=\"leg_started\"} 4\n"), "{body}");
    server.stop().await;
}

#[tokio::test]
async fn health_tells_whether_the_main_loop_turns() {
    let metrics = Metrics::new().unwrap();
    let alive = start(&metrics, &Health::new(LONG)).await;
    assert_eq!(get(alive.address(), "/healthz").await, (200, "alive\n".into()));
    alive.stop().await;
    // No loop can beat often enough for a limit of nothing.
    let stuck = start(&metrics, &Health::new(Duration::ZERO)).await;
    let (status, body) = get(stuck.address(), "/healthz").await;
    assert_eq!(status, 503);
    assert!(body.contains("has not turned"), "{body}");
    stuck.stop().await;
}

#[tokio::test]
async fn readiness_follows_the_service_and_tells_why_not() {
    let health = Health::new(LONG);
    let server = start(&Metrics::new().unwrap(), &health).await;
    assert_eq!(get(server.address(), "/readyz").await, (503, "not ready: starting\n".into()));
    health.set_ready();
    assert_eq!(get(server.address(), "/readyz").await, (200, "ready\n".into()));
    health.set_not_ready("ClickHouse does not answer");
    assert_eq!(
        get(server.address(), "/readyz").await,
        (503, "not ready: ClickHouse does not answer\n".into())
    );
    server.stop().await;
}

#[tokio::test]
async fn a_taken_port_is_told_clearly_and_free_again_after_the_stop() {
    let (metrics, health) = (Metrics::new().unwrap(), Health::new(LONG));
    let first = start(&metrics, &health).await;
    let listen = first.address().to_string();
    let error = serve(&listen, &metrics, &health).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{listen} is taken by another program")), "{error}");
    first.stop().await;
    serve(&listen, &metrics, &health).await.unwrap().stop().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_told_clearly() {
    let (metrics, health) = (Metrics::new().unwrap(), Health::new(LONG));
    let error = serve("not-an-address", &metrics, &health).await.unwrap_err().to_string();
    assert!(error.contains("cannot listen on not-an-address") && error.contains("127.0.0.1:9101"), "{error}");
}
