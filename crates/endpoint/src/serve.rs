//! The server itself.

use crate::{Certificate, Limits};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsAcceptor;
use hyper_util::rt::TokioTimer;
use std::net::SocketAddr;
use std::time::Duration;
use telemetry::metrics::Counter;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How long requests are finished when the service stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Answers with `routes` until `stop`; what was asked before is still answered. With a certificate over TLS; renewals of it that cannot
/// be used are counted.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    certificate: Option<(Certificate, Counter)>,
    routes: Router,
    limits: Limits,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    // They end with this function.
    let mut beside = JoinSet::new();
    let tls = certificate.as_ref().map(|(certificate, _)| certificate.used());
    if let Some((certificate, failures)) = certificate {
        beside.spawn(certificate.renew(limits.renew_every, failures));
    }
    let handle: Handle<SocketAddr> = Handle::new();
    let stopped = handle.clone();
    beside.spawn(async move {
        stop.await;
        stopped.graceful_shutdown(Some(STOP_WITHIN));
    });
    let mut server = axum_server::from_tcp(listener.into_std()?)?.handle(handle).http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(limits.head_within);
    let routes = routes.into_make_service();
    match tls {
        Some(tls) => server.acceptor(RustlsAcceptor::new(tls)).serve(routes).await,
        None => server.serve(routes).await,
    }
}
