//! `POST /v1/alerts` over HTTP.

use super::answer::Answer;
use super::message::{self, Message, Reason, Told};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use endpoint::{Admission, Limits};
use pipeline::{Clock, SystemClock};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use store::alerts::{Alert, version};
use telemetry::metrics::Sink as Metrics;
use tokio::sync::Semaphore;

/// ClickHouse may take so long: less than Alertmanager waits for an answer.
const WRITE_WITHIN: Duration = Duration::from_secs(8);

/// What every request needs.
pub(super) struct Door {
    pub admission: Admission,
    pub body_max_kib: u32,
    /// Requests that are being read or written: what they hold in memory is bounded.
    pub at_once: Semaphore,
    pub limits: Limits,
    pub store: Store,
    pub metrics: Metrics,
}

/// The routes; whatever is answered is counted.
pub(super) fn routes(door: Arc<Door>) -> Router {
    let nowhere = || async { (StatusCode::NOT_FOUND, "alerts are taken by POST /v1/alerts\n") };
    Router::new()
        .route("/v1/alerts", post(take))
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(&door), count))
        .with_state(door)
}

async fn count(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    door.metrics.alert_requests.of([response.status().as_str()]).inc();
    response
}

async fn take(State(door): State<Arc<Door>>, request: Request) -> Response {
    let answer = door.answer(request).await.unwrap_or_else(|refusal| refusal);
    for reason in answer.reasons() {
        door.metrics.alerts_refused.of([reason]).inc();
    }
    answer.into_response()
}

impl Door {
    async fn answer(&self, request: Request) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        let now_us = SystemClock.now_us();
        // Only a token is expected, so the body need not be signed.
        self.admission.proof(&head.headers, now_us / 1_000_000).ok_or(Answer::Unauthorized)?;
        let turn = tokio::time::timeout(self.limits.turn_within, self.at_once.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Answer::Busy)?;
        let max_kib = self.body_max_kib;
        let body = endpoint::body(body, max_kib as usize * 1024, self.limits.body_within).await;
        let body = body.map_err(|unread| Answer::Unread { unread, max_kib })?;
        let message = message::read(&body).map_err(Answer::Bad)?;
        let Message { found_by, alerts, bad, truncated } = message;
        let kept = alerts.len();
        self.write(alerts.into_iter().map(|told| row(told, found_by, now_us)).collect()).await?;
        self.metrics.alerts.of([found_by]).inc_by(kept as u64);
        if truncated > 0 {
            self.metrics.alerts_refused.of([Reason::Truncated.word()]).inc_by(truncated);
        }
        if bad.is_empty() {
            return Ok(Answer::Kept { kept });
        }
        tracing::warn!(found_by, kept, refused = bad.len(), first = bad[0].detail, "alerts cannot be used");
        Err(Answer::Partly { kept, bad })
    }

    /// Whoever sent them hears of it when ClickHouse has them, and otherwise sends them again.
    async fn write(&self, alerts: Vec<Alert>) -> Result<(), Answer> {
        if alerts.is_empty() {
            return Ok(());
        }
        let away = match tokio::time::timeout(WRITE_WITHIN, self.store.tell_alerts(alerts)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("ClickHouse has not answered for {} s", WRITE_WITHIN.as_secs()),
        };
        tracing::warn!(error = away, "alerts are not written; whoever sent them is to send them again");
        Err(Answer::Away(away))
    }
}

fn row(told: Told, found_by: &str, heard_at: i64) -> Alert {
    Alert {
        site: told.site,
        alert: told.alert,
        found_by: found_by.to_owned(),
        fingerprint: told.fingerprint,
        starts: told.starts,
        ends: told.ends,
        version: version(told.ends),
        severity: told.severity,
        queue: told.queue,
        unit: told.unit,
        target: told.target,
        labels: told.labels,
        summary: told.summary,
        description: told.description,
        links: told.links,
        heard_at,
    }
}
