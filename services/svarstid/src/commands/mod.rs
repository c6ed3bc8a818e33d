//! One module for each subcommand.

pub mod analyze;

use std::process::ExitCode;

/// What shells and service managers expect of a wrong configuration (sysexits.h: EX_USAGE).
const EXIT_CONFIGURATION: u8 = 64;

/// Prints the error with its causes, for an operator, and picks the exit code.
#[expect(clippy::print_stderr, reason = "the one place where the command line says what went wrong")]
pub fn exit_code(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("svarstid: {error:#}");
            let configuration = error.chain().any(|cause| cause.is::<config::ConfigError>());
            ExitCode::from(if configuration { EXIT_CONFIGURATION } else { 1 })
        }
    }
}
