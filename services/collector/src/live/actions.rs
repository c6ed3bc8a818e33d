//! Logging in and asking for what is needed.

use super::connection::Connection;
use super::session::SessionEnd;
use super::{Manager, life};
use md5::{Digest, Md5};
use std::fmt::Write as _;

/// Challenge login: the secret never crosses the wire.
pub(super) async fn log_in(connection: &mut Connection, manager: &Manager) -> Result<(), SessionEnd> {
    let challenge = connection.ask(&[("Action", "Challenge"), ("AuthType", "MD5")]).await?;
    let Some(challenge) = challenge.get("Challenge").map(str::to_owned) else {
        return Err(refused(manager, "it offers no MD5 challenge"));
    };
    let key = response(&challenge, &manager.secret);
    let login = [
        ("Action", "Login"),
        ("AuthType", "MD5"),
        ("Username", manager.username.as_str()),
        ("Key", key.as_str()),
        ("Events", "off"),
    ];
    let answer = connection.ask(&login).await?;
    match answer.get("Response") {
        Some("Success") => Ok(()),
        _ => Err(refused(manager, answer.get("Message").unwrap_or("no reason given"))),
    }
}

/// MD5 of challenge and secret, in hexadecimal, as AMI wants it.
pub(super) fn response(challenge: &str, secret: &str) -> String {
    let digest = Md5::new().chain_update(challenge).chain_update(secret).finalize();
    digest.iter().fold(String::with_capacity(32), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn refused(manager: &Manager, why: &str) -> SessionEnd {
    SessionEnd::Refused(format!(
        "the manager at {} refuses user {:?}: {why}; compare [pbx.ami] with manager.conf",
        manager.address, manager.username
    ))
}

/// Asks the PBX to send only what matches a filter. Needs the privilege `system`: without it the operator is told what
/// to write into manager.conf, and everything is read.
pub(super) async fn set_filters(connection: &mut Connection, manager: &Manager) -> Result<(), SessionEnd> {
    for filter in &manager.filters {
        let answer =
            connection.ask(&[("Action", "Filter"), ("Operation", "Add"), ("Filter", filter)]).await?;
        if answer.get("Response") != Some("Success") {
            let lines: Vec<String> =
                manager.filters.iter().map(|filter| format!("eventfilter = {filter}")).collect();
            tracing::warn!(
                why = answer.get("Message").unwrap_or(""),
                "the PBX sends everything; to spare it, write into manager.conf for this user: {}",
                lines.join(" ; ")
            );
            return Ok(());
        }
    }
    Ok(())
}

/// Who it is, for the log.
pub(super) async fn tell_version(connection: &mut Connection, manager: &Manager) -> Result<(), SessionEnd> {
    let answer = connection.ask(&[("Action", "CoreSettings")]).await?;
    let version = answer.get("AsteriskVersion").unwrap_or("not told");
    tracing::info!(
        address = manager.address,
        version,
        system = answer.get("SystemName").unwrap_or(""),
        "logged in"
    );
    Ok(())
}

/// When it started; none if it does not tell.
pub(super) async fn ask_begin(connection: &mut Connection) -> Result<Option<String>, SessionEnd> {
    let answer = connection.ask(&[("Action", "CoreStatus")]).await?;
    Ok(life::begin(&answer))
}

/// Lets events flow.
pub(super) async fn start_events(connection: &mut Connection) -> Result<(), SessionEnd> {
    let answer = connection.ask(&[("Action", "Events"), ("EventMask", "on")]).await?;
    match answer.get("Response") {
        Some("Success") => Ok(()),
        _ => Err(SessionEnd::Refused(
            "the manager sends this user no events; give it `read = call,agent,user,dialplan,reporting` in manager.conf".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_answer_to_a_challenge() {
        // printf '840415273secret' | md5sum
        assert_eq!(super::response("840415273", "secret"), "81c3ab5534a432bec402f6d988ee45b4");
    }
}
