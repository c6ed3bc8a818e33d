//! Every answer that docs/webhook.md lists.

use crate::endpoint::{Endpoint, ROOM, SECRET, TOKEN, held};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;
use std::io::{Read, Write};

const JSON: &str = "application/json";

#[test]
fn one_event_or_many_are_accepted_when_they_are_in_the_spool() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post(JSON, held("1")).counts(), (1, 0));
    assert_eq!(endpoint.post("application/JSON; charset=utf-8", held("2")).counts(), (1, 0));
    assert_eq!(
        endpoint.post_lines(&format!("{}\r\n  \n{}", held("3"), held("4").trim_end())).counts(),
        (2, 0)
    );
    let events = endpoint.events();
    let positions: Vec<_> = events.iter().map(|event| (event.origin.stream, event.origin.position)).collect();
    assert_eq!(positions, [(7, 0), (7, 1), (7, 2), (7, 3)]);
    assert!(events.iter().all(|event| event.origin.kind.word() == "webhook"));
    assert!(endpoint.metric("svarstid_collector_webhook_requests_total{code=\"202\"} 3"));
    assert!(endpoint.metric("svarstid_collector_events_total{kind=\"held\"} 4"));
    endpoint.close().unwrap();
}

#[test]
fn a_bad_document_is_told_where_and_nothing_of_its_request_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    let bad = "{\"id\":\"3\",\"at\":\"2026-11-24T08:00:00Z\",\"leg\":\"1.1\",\"event\":{\"leg_started\":{\"device\":7,\
        \"caller\":\"+46 70 174 06 05\"}}}";
    let answer = endpoint.post_lines(&format!("{}\n{}{bad}", held("1"), held("2")));
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json["error"], "invalid_field");
    assert_eq!(answer.json["line"], 4);
    assert_eq!(answer.json["path"], "event.leg_started.device");
    assert!(answer.json["detail"].as_str().unwrap().contains("expected a string"), "{}", answer.json);
    let answer = endpoint.post(JSON, "{\"id\":");
    assert_eq!((answer.status, &answer.json["error"]), (400, &"malformed".into()));
    assert!(answer.json.get("line").is_none(), "one document has no lines");
    assert_eq!(endpoint.post_lines("\n \n").json["detail"], "the body holds no event");
    assert_eq!(endpoint.events(), []);
    let rejected = endpoint.rejected();
    let reasons: Vec<_> =
        rejected.iter().map(|rejected| (rejected.reason.word(), &*rejected.position)).collect();
    assert_eq!(
        reasons,
        [("invalid_field", "posted:4"), ("malformed", "posted:1"), ("malformed", "posted:1")]
    );
    assert!(rejected[0].detail.starts_with("event.leg_started.device: "), "{}", rejected[0].detail);
    assert!(
        rejected[0].excerpt.contains("leg_started") && !rejected[0].excerpt.contains("174"),
        "{}",
        rejected[0].excerpt
    );
    assert!(endpoint.metric("svarstid_collector_rejected_records_total{reason=\"malformed\"} 2"));
    assert!(endpoint.metric("svarstid_collector_webhook_requests_total{code=\"400\"} 3"));
    // The good ones of a mended request are new.
    assert_eq!(endpoint.post_lines(&(held("1") + &held("2"))).counts(), (2, 0));
    endpoint.close().unwrap();
}

fn signature(at_s: i64, body: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at_s}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at_s},v1={hex}")
}

#[test]
fn only_who_knows_the_token_or_the_secret_may_post() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| webhook.hmac_secret_file = Some(secret));
    let now_s = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).unwrap();
    let body = held("1");
    let signed = |signature: &str| {
        endpoint.send(&[("content-type", JSON), ("x-svarstid-signature", signature)], body.as_bytes())
    };
    for refused in [
        endpoint.send(&[("content-type", JSON)], body.as_bytes()),
        endpoint.send(&[("content-type", JSON), ("authorization", "Bearer wrong")], body.as_bytes()),
        signed(&signature(now_s, &body, "wrong")),
        signed(&signature(now_s, "another body", SECRET)),
        signed(&signature(now_s - 400, &body, SECRET)),
        signed(&signature(now_s + 400, &body, SECRET)),
        signed(TOKEN),
    ] {
        assert_eq!((refused.status, &refused.json["error"]), (401, &"unauthorized".into()));
        let detail = refused.json["detail"].as_str().unwrap();
        assert_eq!(
            detail,
            "expected is `Authorization: Bearer TOKEN` or `X-Svarstid-Signature: t=UNIX,v1=HEX`"
        );
    }
    assert_eq!(endpoint.events(), []);
    assert_eq!(signed(&signature(now_s - 200, &body, SECRET)).counts(), (1, 0));
    assert_eq!(endpoint.post(JSON, &body).counts(), (0, 1));
    endpoint.close().unwrap();
}

#[test]
fn other_contents_and_too_long_bodies() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| webhook.body_max_kib = 1);
    for content in ["text/plain", "application/xml", ""] {
        assert_eq!(endpoint.post(content, held("1")).status, 415, "{content}");
    }
    let token = format!("Bearer {TOKEN}");
    let packed = [("content-type", JSON), ("authorization", &token), ("content-encoding", "gzip")];
    assert_eq!(endpoint.send(&packed, held("1").as_bytes()).status, 415);
    let exactly = held("1") + &" ".repeat(1024 - held("1").len());
    assert_eq!(endpoint.post(JSON, format!("{exactly} ")).json["error"], "too_large");
    assert_eq!(endpoint.post(JSON, "x".repeat(3_000_000)).status, 413);
    assert_eq!(endpoint.post(JSON, exactly).counts(), (1, 0));
    endpoint.close().unwrap();
}

#[test]
fn more_requests_than_allowed_are_asked_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| webhook.requests_per_s = 1);
    let refused =
        (0..1000).map(|n| endpoint.post(JSON, held(&n.to_string()))).find(|answer| answer.status != 202);
    let refused = refused.unwrap();
    assert_eq!((refused.status, refused.retry_after_s), (429, Some(1)));
    assert_eq!(refused.json["error"], "too_many_requests");
    endpoint.close().unwrap();
}

#[test]
fn a_full_spool_takes_a_request_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::with(folder.path(), 450, |_| {});
    assert_eq!(endpoint.post_lines(&(held("1") + &held("2"))).counts(), (2, 0));
    let many: String = (2..9).map(|n| held(&n.to_string())).collect();
    let full = endpoint.post_lines(&many);
    assert_eq!((full.status, full.retry_after_s, &full.json["error"]), (503, Some(10), &"spool_full".into()));
    assert_eq!(endpoint.events().len(), 2);
    // What fits is still taken, and what was known before is still known.
    assert_eq!(endpoint.post_lines(&(held("2") + &held("3"))).counts(), (1, 1));
    endpoint.close().unwrap();
}

/// What is posted can be posted again; what the PBX says on a live connection is said once.
#[test]
fn posted_events_leave_room_for_a_live_connection() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::with(folder.path(), 4000, |_| {});
    let refused = (0..100).map(|n| endpoint.post_lines(&held(&n.to_string())).status).find(|s| *s != 202);
    assert_eq!(refused, Some(503));
    let spool = endpoint.spool.lock().unwrap();
    assert!(spool.has_room(0, spool.reserve()) && spool.reserve() == 1000);
    drop(spool);
    endpoint.close().unwrap();
}

#[test]
fn a_spool_that_cannot_be_written_is_told_and_used_again_when_it_can() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    let (spool, away) = (folder.path().join("spool"), folder.path().join("away"));
    std::fs::rename(&spool, &away).unwrap();
    let refused = endpoint.post(JSON, held("1"));
    assert_eq!((refused.status, refused.retry_after_s), (503, Some(10)));
    assert_eq!(refused.json["error"], "spool_unwritable");
    std::fs::rename(&away, &spool).unwrap();
    assert_eq!(endpoint.post(JSON, held("1")).counts(), (1, 0));
    assert_eq!(endpoint.events().len(), 1);
    endpoint.close().unwrap();
}

#[test]
fn a_disk_that_forgot_what_it_was_given_ends_the_endpoint_and_the_retry_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    let segment = folder.path().join("spool").join(format!("{:020}.spool", 0));
    // It takes every byte, and refuses to sync.
    std::os::unix::fs::symlink("/dev/null", &segment).unwrap();
    let refused = endpoint.post(JSON, held("1"));
    assert_eq!((refused.status, &refused.json["error"]), (503, &"spool_unwritable".into()));
    endpoint.close().unwrap_err();
    std::fs::remove_file(segment).unwrap();
    let endpoint = Endpoint::open(folder.path());
    assert_eq!(endpoint.post(JSON, held("1")).counts(), (1, 0));
    endpoint.close().unwrap();
}

#[test]
fn other_paths_and_methods_do_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::open(folder.path());
    let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
    let status = |path: &str| {
        agent.get(format!("http://{}{path}", endpoint.address)).call().unwrap().status().as_u16()
    };
    assert_eq!((status("/v1/events"), status("/")), (405, 404));
    endpoint.close().unwrap();
}

/// Any bytes as a whole request or as a body: an answer or a closed connection, never 500.
fn never_500(endpoint: &Endpoint, whole: &[u8]) {
    let mut stream = std::net::TcpStream::connect(&endpoint.address).unwrap();
    stream.write_all(whole).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let line = String::from_utf8_lossy(&answer[..answer.len().min(16)]).into_owned();
    assert!(line.is_empty() || line.starts_with("HTTP/1.1 4") || line.starts_with("HTTP/1.1 2"), "{line}");
}

#[test]
fn any_bytes_are_answered_and_the_next_request_too() {
    let folder = tempfile::tempdir().unwrap();
    let endpoint = Endpoint::with(folder.path(), ROOM, |webhook| webhook.requests_per_s = 100_000);
    let strategy =
        (prop::collection::vec(any::<u8>(), 0..300), "[ -~\r\n]{0,80}", any::<bool>(), 0usize..200);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    runner
        .run(&strategy, |(bytes, head, lines, cut)| {
            never_500(&endpoint, &[head.as_bytes(), &bytes].concat());
            let content = if lines { "application/x-ndjson" } else { JSON };
            let body = [&held("1").as_bytes()[..cut.min(held("1").len())], &bytes].concat();
            let status = endpoint.post(content, &body).status;
            prop_assert!([202, 400].contains(&status), "{status}");
            let request = format!(
                "POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: {content}\r\n\
                 Content-Length: {}\r\n\r\n",
                body.len() + 7
            );
            never_500(&endpoint, &[request.as_bytes(), &body].concat());
            Ok(())
        })
        .unwrap();
    assert_eq!(endpoint.post(JSON, held("last")).status, 202);
    assert!(!endpoint.metrics.text().unwrap().contains("code=\"5"));
    endpoint.close().unwrap();
}
