//! The same over TLS, with a certificate made here.

use crate::endpoint::{Endpoint, ROOM, TOKEN, config, held};
use collector::spool::Spool;
use collector::{Limits, Progress, Webhook};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A test that fails by waiting fails after this.
const PATIENCE: Duration = Duration::from_secs(60);

fn files(webhook: &mut config::Webhook, folder: &Path) {
    webhook.certificate_file = Some(folder.join("certificate.pem"));
    webhook.key_file = Some(folder.join("key.pem"));
}

type Made = rcgen::CertifiedKey<rcgen::KeyPair>;

fn made() -> Made {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write(folder: &Path, made: &Made) {
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
}

/// Posts an event; what is answered to who trusts this certificate alone, or why nothing is.
fn post(endpoint: &Endpoint, trusted: &Made, id: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut socket = TcpStream::connect(&endpoint.address)?;
    let mut stream = Stream::new(&mut connection, &mut socket);
    let body = held(id);
    let length = body.len();
    write!(
        stream,
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn an_event_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let made = made();
    write(folder.path(), &made);
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| files(webhook, folder.path()));
    let answer = post(&endpoint, &made, "1").unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 202") && answer.ends_with("{\"accepted\":1,\"repeated\":0}"),
        "{answer}"
    );
    // Plain text is not understood there.
    let mut plain = TcpStream::connect(&endpoint.address).unwrap();
    plain.write_all(b"POST /v1/events HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    endpoint.close().unwrap();
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_renewed_certificate_is_used_and_one_that_cannot_be_leaves_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = [made(), made(), made()];
    write(folder.path(), &first);
    let limits = Limits { renew_every: Duration::from_millis(10), ..Limits::default() };
    let endpoint = Endpoint::limited(folder.path(), ROOM, limits, |webhook| files(webhook, folder.path()));
    let is_shown =
        |trusted: &Made| post(&endpoint, trusted, "1").is_ok_and(|answer| answer.contains(" 202 "));
    assert!(is_shown(&first) && !is_shown(&second));
    write(folder.path(), &second);
    wait_until("the second is shown", || is_shown(&second));
    assert!(!is_shown(&first));
    let failures = || {
        let text = endpoint.metrics.text().unwrap();
        let name = "svarstid_collector_webhook_certificate_failures_total ";
        text.lines().find_map(|line| line.strip_prefix(name)?.parse::<u64>().ok()).unwrap()
    };
    // Half a renewal may have been seen before.
    let before = failures();
    std::fs::write(folder.path().join("key.pem"), third.signing_key.serialize_pem()).unwrap();
    wait_until("a key that does not fit is counted", || failures() > before);
    assert!(is_shown(&second));
    write(folder.path(), &third);
    wait_until("the third is shown", || is_shown(&third));
    endpoint.close().unwrap();
}

#[test]
fn files_that_are_no_certificate_or_key_are_named() {
    let (made, other) = (made(), made());
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    for (certificate, key, expect) in [
        ("", key.as_str(), "certificate.pem holds no PEM certificate"),
        (&certificate, "no key", "[collector.webhook] key_file = "),
        (&certificate, &other.signing_key.serialize_pem(), "key.pem does not fit its certificate"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("certificate.pem"), certificate).unwrap();
        std::fs::write(folder.path().join("key.pem"), key).unwrap();
        let config = config(folder.path(), |webhook| files(webhook, folder.path()));
        let spool = Arc::new(Mutex::new(Spool::open(&config.spool_folder(), ROOM, 1).unwrap()));
        let codec = Arc::new(wire::Codec::built_in().unwrap());
        let counters = telemetry::Metrics::new().unwrap().collector().unwrap();
        let opening = Webhook::open(&config, codec, spool, counters, Arc::new(Progress::default()));
        let error = tokio::runtime::Runtime::new().unwrap().block_on(opening).err().unwrap();
        assert!(format!("{error:#}").contains(expect), "{error:#}");
    }
}
