//! What is seen of a service from outside: its logs, its metrics, its health.
//!
//! A service does this once:
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! telemetry::logging::init("collector")?;
//! let metrics = telemetry::Metrics::new()?;
//! let collector = metrics.collector()?;
//! let health = telemetry::Health::new(std::time::Duration::from_secs(30));
//! let server = telemetry::serve("127.0.0.1:9101", &metrics, &health).await?;
//! health.beat(); // in every turn of the main loop
//! collector.events.of(["leg_started"]).inc();
//! health.set_ready();
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

mod health;
pub mod logging;
pub mod metrics;
mod server;

pub use health::Health;
pub use metrics::Metrics;
pub use server::{ServeError, ServerHandle, serve};
