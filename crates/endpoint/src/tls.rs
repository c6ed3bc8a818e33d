//! Certificate and key for the endpoint, read again when they are renewed.

use anyhow::{Context, ensure};
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use telemetry::metrics::Counter;

/// What new connections are shown, and the files that it was read from.
pub struct Certificate {
    section: &'static str,
    certificate_file: PathBuf,
    key_file: PathBuf,
    seen: [Option<Stamp>; 2],
    used: RustlsConfig,
}

/// Tells a file from what it was before: inode, time of its last change (of contents, name or rights), length.
type Stamp = (u64, i64, i64, u64);

impl Certificate {
    /// From two PEM files; `section` is that of the configuration, for errors.
    ///
    /// # Errors
    /// One cannot be read, or they do not belong together.
    pub fn open(section: &'static str, certificate_file: &Path, key_file: &Path) -> anyhow::Result<Self> {
        let files = [certificate_file, key_file];
        // Before it is read: what is written meanwhile is another one.
        let seen = files.map(stamp);
        let used = RustlsConfig::from_config(config(section, certificate_file, key_file)?);
        Ok(Self { section, certificate_file: certificate_file.into(), key_file: key_file.into(), seen, used })
    }

    pub(crate) fn used(&self) -> RustlsConfig {
        self.used.clone()
    }

    /// For ever: what cannot be used is told and counted once, and the one before stays.
    pub(crate) async fn renew(mut self, every: Duration, failures: Counter) {
        loop {
            tokio::time::sleep(every).await;
            let seen = [self.certificate_file.as_path(), &self.key_file].map(stamp);
            if seen == self.seen {
                continue;
            }
            self.seen = seen;
            match config(self.section, &self.certificate_file, &self.key_file) {
                Ok(renewed) => {
                    self.used.reload_from_config(renewed);
                    tracing::info!(file = %self.certificate_file.display(), "the renewed certificate is used");
                }
                Err(error) => {
                    failures.inc();
                    let error = format!("{error:#}");
                    tracing::error!(error, "the renewed certificate cannot be used; the one before is");
                }
            }
        }
    }
}

fn stamp(file: &Path) -> Option<Stamp> {
    let facts = std::fs::metadata(file).ok()?;
    Some((facts.ino(), facts.ctime(), facts.ctime_nsec(), facts.len()))
}

/// From two PEM files.
fn config(section: &str, certificate_file: &Path, key_file: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let about = |what: &str, file: &Path| format!("[{section}] {what} = {}", file.display());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate_file)
        .and_then(Iterator::collect)
        .with_context(|| about("certificate_file", certificate_file))?;
    ensure!(!chain.is_empty(), "{} holds no PEM certificate", about("certificate_file", certificate_file));
    let key = PrivateKeyDer::from_pem_file(key_file).with_context(|| about("key_file", key_file))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .with_context(|| format!("{} does not fit its certificate", about("key_file", key_file)))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
