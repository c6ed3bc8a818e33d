//! Which ClickHouse this program is known to be right with.

use crate::{Store, StoreError};

/// The oldest one that every view and insert was tried on, by the tests.
const OLDEST: (u32, u32) = (26, 7);

/// Year and month of a version, such as `26.7.3.22`.
fn year_and_month(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

impl Store {
    /// Checks that the server is not older than what the tests know: its answers could be other ones.
    ///
    /// # Errors
    /// It is, or it cannot be asked.
    pub async fn check_version(&self) -> Result<(), StoreError> {
        let outside = Self { client: self.client.clone().with_database("default"), ..self.clone() };
        let answer = outside.fetch("SELECT version()", "TSV").await?;
        let version = String::from_utf8_lossy(&answer).trim().to_owned();
        match year_and_month(&version) {
            Some(found) if found >= OLDEST => Ok(()),
            _ => Err(StoreError::Old {
                url: self.url.clone(),
                version,
                oldest: format!("{}.{}", OLDEST.0, OLDEST.1),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn years_and_months() {
        for (version, expect) in [
            ("26.7.3.22", Some((26, 7))),
            ("26.12.1.1\n", Some((26, 12))),
            ("25.8.16.34-lts", Some((25, 8))),
            ("no version", None),
        ] {
            assert_eq!(year_and_month(version), expect, "{version}");
        }
        assert!((26, 12) > OLDEST && (25, 8) < OLDEST);
    }

    /// Somebody who says that he is an old ClickHouse, whatever he is asked.
    fn old_server() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n25.8.16.34\n\n");
            }
        });
        url
    }

    #[tokio::test]
    async fn an_old_server_gets_no_tables() {
        let [database, user, password] = ["svarstid"; 3].map(str::to_owned);
        let store = Store::new(&Settings { url: old_server(), database, user, password, cluster: None });
        let error = store.apply(crate::schema::FILES).await.unwrap_err();
        assert!(error.to_string().ends_with("is 25.8.16.34; at least 26.7 is needed, because the tables and views were tried on nothing older: upgrade it"));
    }
}
