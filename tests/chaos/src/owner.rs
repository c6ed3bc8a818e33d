//! Whose connection is this? The kernel knows: the socket of a connection, and the process that holds the socket.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// The process among `pids` that holds the other end of a connection from `peer` to `here`.
#[must_use]
pub fn owner(peer: SocketAddr, here: SocketAddr, pids: &BTreeMap<i32, &'static str>) -> Option<&'static str> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().find_map(|table| {
        let table = std::fs::read_to_string(table).ok()?;
        table.lines().skip(1).find_map(|line| inode_of(line, peer.port(), here.port()))
    })?;
    let link = format!("socket:[{inode}]");
    pids.iter().find(|(pid, _)| holds(**pid, &link)).map(|(_, name)| *name)
}

/// The socket of a line of the table, if it is the connection between these ports.
fn inode_of(line: &str, from: u16, to: u16) -> Option<u64> {
    let mut columns = line.split_whitespace().skip(1);
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
    let (local, remote) = (port(columns.next()?)?, port(columns.next()?)?);
    if (local, remote) != (from, to) {
        return None;
    }
    columns.nth(6)?.parse().ok().filter(|inode| *inode > 0)
}

fn holds(pid: i32, link: &str) -> bool {
    let Ok(files) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == link))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_connection_has_its_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, peer) = listener.accept().unwrap();
        let me = i32::try_from(std::process::id()).unwrap();
        let here = server.local_addr().unwrap();
        assert_eq!(owner(peer, here, &BTreeMap::from([(me, "me")])), Some("me"));
        assert_eq!(owner(peer, here, &BTreeMap::from([(1, "init")])), None);
    }
}
