//! Whether something answers, asked in its own protocol.

use crate::Settings;
use anyhow::bail;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// Kafka's ApiVersions request, version 0, correlation 1, no client id: length, key 18, version, correlation, −1.
const API_VERSIONS: &[u8] = &[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff];

/// Nobody listens on this port of 127.0.0.1.
#[must_use]
pub fn port_is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The folder's disk has room for so many bytes more.
pub(crate) fn has_room(folder: &Path, bytes: u64) -> anyhow::Result<()> {
    let disk = nix::sys::statvfs::statvfs(folder)?;
    let free = disk.blocks_available().saturating_mul(disk.fragment_size());
    if free < bytes {
        let (folder, free, bytes) = (folder.display(), free / 1_000_000, bytes / 1_000_000);
        bail!(
            "the disk of {folder} has {free} MB left and {bytes} MB are needed; make room, or set another folder in [stack]"
        );
    }
    Ok(())
}

pub(crate) fn kafka_answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream =
            TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(API_VERSIONS)?;
        // Length, correlation id, error code.
        let mut answer = [0u8; 10];
        stream.read_exact(&mut answer)?;
        Ok(answer[4..8] == [0, 0, 0, 1] && answer[8..10] == [0, 0])
    };
    ask().unwrap_or(false)
}

pub(crate) fn clickhouse_answers(settings: &Settings) -> bool {
    let url = format!("http://127.0.0.1:{}/?query=SELECT%201", settings.clickhouse_http_port);
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build().into();
    let answer = agent
        .get(&url)
        .header("X-ClickHouse-User", &settings.clickhouse_user)
        .header("X-ClickHouse-Key", &settings.clickhouse_password)
        .call();
    answer.is_ok_and(|mut response| response.body_mut().read_to_string().is_ok_and(|body| body.trim() == "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_before_it_is_filled() {
        let folder = tempfile::tempdir().unwrap();
        has_room(folder.path(), 1).unwrap();
        let error = has_room(folder.path(), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("make room"), "{error}");
    }
}
