//! The same over TLS, with a certificate made here.

use crate::endpoint::{Endpoint, ROOM, TOKEN, config, held};
use collector::spool::Spool;
use collector::{Progress, Webhook};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Arc, Mutex};

fn files(webhook: &mut config::Webhook, folder: &Path) {
    webhook.certificate_file = Some(folder.join("certificate.pem"));
    webhook.key_file = Some(folder.join("key.pem"));
}

#[test]
fn an_event_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| files(webhook, folder.path()));
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut socket = TcpStream::connect(&endpoint.address).unwrap();
    let mut stream = Stream::new(&mut connection, &mut socket);
    let body = held("1");
    let length = body.len();
    write!(
        stream,
        "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
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

#[test]
fn files_that_are_no_certificate_or_key_are_named() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
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
