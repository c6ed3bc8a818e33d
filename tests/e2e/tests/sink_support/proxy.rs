//! What stands between the sink and ClickHouse, and can be told to misbehave.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// A proxy of one address. Its threads end with the test program.
pub struct Proxy {
    port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    upstream: String,
    /// Nobody is there.
    away: AtomicBool,
    /// So many answers to inserts are still to be lost.
    lose: AtomicU32,
    /// So many inserts went through, answered or not.
    inserts: AtomicU32,
}

impl Proxy {
    /// To `host:port`.
    pub fn start(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State { upstream, ..State::default() });
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = Arc::clone(&accepting);
                std::thread::spawn(move || state.serve(client));
            }
        });
        Self { port, state }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on connections break, old ones too; or work again.
    pub fn set_away(&self, away: bool) {
        self.state.away.store(away, Ordering::SeqCst);
    }

    /// The next `count` inserts are carried out, but their answers do not come back.
    pub fn lose_answers(&self, count: u32) {
        self.state.lose.store(count, Ordering::SeqCst);
    }

    /// Answers still to be lost.
    pub fn to_lose(&self) -> u32 {
        self.state.lose.load(Ordering::SeqCst)
    }

    pub fn inserts(&self) -> u32 {
        self.state.inserts.load(Ordering::SeqCst)
    }
}

impl State {
    fn serve(self: Arc<Self>, mut client: TcpStream) {
        if self.is_away() {
            return;
        }
        let Ok(mut server) = TcpStream::connect(&self.upstream) else { return };
        let inserting = Arc::new(AtomicBool::new(false));
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let (state, flag) = (Arc::clone(&self), Arc::clone(&inserting));
        std::thread::spawn(move || {
            state.pass(&mut from, &mut to, |bytes| {
                if bytes.starts_with(b"POST") {
                    flag.store(bytes.windows(6).any(|window| window == b"INSERT"), Ordering::SeqCst);
                }
                true
            });
        });
        self.pass(&mut server, &mut client, |_| {
            if !inserting.swap(false, Ordering::SeqCst) {
                return true;
            }
            self.inserts.fetch_add(1, Ordering::SeqCst);
            self.lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
        });
    }

    fn is_away(&self) -> bool {
        self.away.load(Ordering::SeqCst)
    }

    /// Until one side ends, or `allow` says no; then both ends are closed.
    fn pass(&self, from: &mut TcpStream, to: &mut TcpStream, mut allow: impl FnMut(&[u8]) -> bool) {
        let mut bytes = [0u8; 65_536];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            if self.is_away() || !allow(&bytes[..n]) || to.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
