//! Certificate and key for the endpoint.

use anyhow::{Context, ensure};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::Path;
use std::sync::Arc;

/// From two PEM files.
pub(super) fn config(certificate_file: &Path, key_file: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let about = |what: &str, file: &Path| format!("[collector.webhook] {what} = {}", file.display());
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
