//! `POST /v1/events` over HTTP.

use super::answer::Answer;
use super::documents::{self, Bad, Format, Site};
use super::keeper::{Job, Kept, Wanted};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use endpoint::{Admission, Limits, Unread};
use governor::DefaultDirectRateLimiter;
use governor::clock::{Clock as _, DefaultClock};
use pipeline::{Clock, SystemClock};
use std::sync::Arc;
use telemetry::metrics::Collector as Metrics;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// What every request needs.
pub(super) struct Door {
    pub admission: Admission,
    pub site: Site,
    pub limit: DefaultDirectRateLimiter,
    pub body_max_kib: u32,
    /// Requests that are being read or kept: what they hold in memory is bounded.
    pub at_once: Semaphore,
    pub limits: Limits,
    pub keeper: mpsc::Sender<Job>,
    pub metrics: Metrics,
}

/// The routes; whatever is answered is counted.
pub(super) fn routes(door: Arc<Door>) -> Router {
    let nowhere = || async { (StatusCode::NOT_FOUND, "events are taken by POST /v1/events\n") };
    Router::new()
        .route("/v1/events", post(take))
        .fallback(nowhere)
        .layer(middleware::from_fn_with_state(Arc::clone(&door), count))
        .with_state(door)
}

async fn count(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    door.metrics.webhook_requests.of([response.status().as_str()]).inc();
    response
}

async fn take(State(door): State<Arc<Door>>, request: Request) -> Response {
    let answer = door.answer(request).await;
    answer.unwrap_or_else(|refusal| refusal).into_response()
}

impl Door {
    async fn answer(&self, request: Request) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        let unauthorized = || Answer::unauthorized(&self.admission);
        let now_s = SystemClock.now_us() / 1_000_000;
        let proof = self.admission.proof(&head.headers, now_s).ok_or_else(unauthorized)?;
        let turn = tokio::time::timeout(self.limits.turn_within, self.at_once.acquire()).await;
        let _turn = turn.ok().and_then(Result::ok).ok_or(Answer::Busy)?;
        let body = self.body(body).await?;
        if !self.admission.admits(&proof, &body) {
            return Err(unauthorized());
        }
        if let Err(not_until) = self.limit.check() {
            return Err(Answer::TooMany { wait: not_until.wait_time_from(DefaultClock::default().now()) });
        }
        let format = Format::of(&head.headers).ok_or(Answer::UnknownContent)?;
        match documents::read(&body, format, &self.site) {
            Ok(events) => match self.keep(Wanted::Events(events)).await? {
                Kept::Safe { accepted, repeated } => Ok(Answer::Accepted { accepted, repeated }),
                Kept::Full => Err(Answer::Full),
                Kept::Unwritable => Err(Answer::Unwritable),
            },
            Err(bad) => self.reject(bad, format).await,
        }
    }

    async fn body(&self, body: Body) -> Result<Vec<u8>, Answer> {
        let reading = endpoint::body(body, self.body_max_kib as usize * 1024, self.limits.body_within);
        reading.await.map_err(|unread| match unread {
            Unread::TooLong => Answer::TooLarge { max_kib: self.body_max_kib },
            Unread::CutShort => Answer::CutShort,
            Unread::Slow => Answer::Slow,
        })
    }

    /// The sender hears of a bad document when it is known to be kept among the rejected ones.
    async fn reject(&self, bad: Bad, format: Format) -> Result<Answer, Answer> {
        let bad = Arc::new(bad);
        match self.keep(Wanted::Rejected(Arc::clone(&bad))).await? {
            Kept::Safe { .. } => Err(Answer::Bad(bad, format)),
            Kept::Full => Err(Answer::Full),
            Kept::Unwritable => Err(Answer::Unwritable),
        }
    }

    async fn keep(&self, wanted: Wanted) -> Result<Kept, Answer> {
        let (answer, kept) = oneshot::channel();
        self.keeper.send(Job { wanted, answer }).await.map_err(|_| Answer::Busy)?;
        kept.await.map_err(|_| Answer::Busy)
    }
}
