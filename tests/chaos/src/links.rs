//! What stands between the parts: proxies that know who speaks with whom, and can be told to cut, or to swallow.

use crate::herd::Pids;
use crate::owner::owner;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often a stalled connection looks whether it may go on.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How the way between two parts is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Way {
    /// Everything passes.
    Open,
    /// Connections break, and none is made.
    Cut,
    /// Nothing passes and nobody is told: connections stay, as when a cable is pulled. What was on its way comes late.
    Silent,
    /// Nothing passes from the client to the server; answers do.
    NoRequests,
    /// Nothing passes from the server to the client; requests do, and are carried out.
    NoAnswers,
}

impl Way {
    /// How a network can be broken.
    pub const BROKEN: [Self; 4] = [Self::Cut, Self::Silent, Self::NoRequests, Self::NoAnswers];

    /// For a line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Cut => "cut",
            Self::Silent => "silent",
            Self::NoRequests => "no_requests",
            Self::NoAnswers => "no_answers",
        }
    }
}

/// From one part to another.
#[derive(Default)]
struct Link {
    way: AtomicU8,
    streams: Mutex<Vec<TcpStream>>,
}

impl Link {
    fn is(&self, ways: &[Way]) -> bool {
        let way = self.way.load(Ordering::SeqCst);
        ways.iter().any(|one| *one as u8 == way)
    }

    fn keep(&self, stream: &TcpStream) {
        if let Ok(stream) = stream.try_clone() {
            let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            // What was closed since has no other end any more.
            streams.retain(|stream| stream.peer_addr().is_ok());
            streams.push(stream);
        }
    }
}

/// All of them, by who asks and who is asked.
pub struct Links {
    links: Mutex<BTreeMap<(&'static str, &'static str), Arc<Link>>>,
    pids: Pids,
}

impl Links {
    /// All open.
    #[must_use]
    pub fn new(pids: Pids) -> Arc<Self> {
        Arc::new(Self { links: Mutex::default(), pids })
    }

    fn link(&self, from: &'static str, to: &'static str) -> Arc<Link> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(links.entry((from, to)).or_default())
    }

    /// From now on, old connections too.
    pub fn set(&self, from: &'static str, to: &'static str, way: Way) {
        let link = self.link(from, to);
        link.way.store(way as u8, Ordering::SeqCst);
        if way == Way::Cut {
            let mut streams = link.streams.lock().unwrap_or_else(PoisonError::into_inner);
            streams.drain(..).for_each(|stream| drop(stream.shutdown(Shutdown::Both)));
        }
    }

    /// Passes connections of `listener` on to `upstream`, which is the part `to`. Its threads end with the program.
    pub fn serve(self: &Arc<Self>, listener: TcpListener, to: &'static str, upstream: SocketAddr) {
        let links = Arc::clone(self);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let links = Arc::clone(&links);
                std::thread::spawn(move || links.pass(client, to, upstream));
            }
        });
    }

    fn pass(&self, client: TcpStream, to: &'static str, upstream: SocketAddr) -> Option<()> {
        let pids = self.pids.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let from = owner(client.peer_addr().ok()?, client.local_addr().ok()?, &pids).unwrap_or("other");
        let link = self.link(from, to);
        if link.is(&[Way::Cut]) {
            return None;
        }
        let server = TcpStream::connect(upstream).ok()?;
        for stream in [&client, &server] {
            stream.set_nodelay(true).ok()?;
            link.keep(stream);
        }
        // Cut while it was being made.
        if link.is(&[Way::Cut]) {
            return None;
        }
        let (asking, asked) = (client.try_clone().ok()?, server.try_clone().ok()?);
        let requests = Arc::clone(&link);
        std::thread::spawn(move || pump(asking, asked, &requests, &[Way::Silent, Way::NoRequests]));
        pump(server, client, &link, &[Way::Silent, Way::NoAnswers]);
        None
    }
}

/// Until one side ends; while the link is one of `stalled`, nothing passes, not even the end.
fn pump(mut from: TcpStream, mut to: TcpStream, link: &Link, stalled: &[Way]) {
    let mut bytes = [0u8; 65_536];
    loop {
        let n = from.read(&mut bytes).unwrap_or(0);
        while link.is(stalled) {
            std::thread::sleep(LOOK_EVERY);
        }
        if n == 0 || to.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers every byte with the next one, behind a proxy; and who speaks with it.
    fn stage() -> (Arc<Links>, SocketAddr) {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = server.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in server.incoming().flatten() {
                std::thread::spawn(move || {
                    let mut byte = [0];
                    while stream.read_exact(&mut byte).is_ok() && stream.write_all(&[byte[0] + 1]).is_ok() {}
                });
            }
        });
        let pids = Pids::default();
        pids.lock().unwrap().insert(i32::try_from(std::process::id()).unwrap(), "me");
        let links = Links::new(pids);
        let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = proxy.local_addr().unwrap();
        links.serve(proxy, "server", upstream);
        (links, address)
    }

    fn ask(stream: &mut TcpStream, byte: u8) -> Option<u8> {
        stream.write_all(&[byte]).ok()?;
        let mut answer = [0];
        stream.read_exact(&mut answer).ok().map(|()| answer[0])
    }

    #[test]
    fn what_was_swallowed_comes_late_and_what_was_cut_does_not() {
        let (links, address) = stage();
        let mut stream = TcpStream::connect(address).unwrap();
        assert_eq!(ask(&mut stream, 1), Some(2));
        for way in [Way::Silent, Way::NoRequests, Way::NoAnswers] {
            links.set("me", "server", way);
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            assert_eq!(ask(&mut stream, 3), None, "{way:?}");
            stream.set_read_timeout(None).unwrap();
            links.set("me", "server", Way::Open);
            let mut late = [0];
            stream.read_exact(&mut late).unwrap();
            assert_eq!(late, [4], "{way:?}");
        }
        links.set("somebody", "server", Way::Cut);
        assert_eq!(ask(&mut stream, 5), Some(6), "another's way is not ours");
        links.set("me", "server", Way::Cut);
        assert_eq!(ask(&mut stream, 7), None);
        assert_eq!(ask(&mut TcpStream::connect(address).unwrap(), 7), None);
    }
}
