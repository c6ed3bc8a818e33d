//! The one call into the engine's library.
#![allow(unsafe_code, reason = "a C function of a shared library; everything unsafe of this program is here")]

use anyhow::Context;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;

/// `chdb_query_cmdline(argc, argv)`: clickhouse-local's main. The result's contents are not needed.
type QueryCommandLine = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;

/// Runs the engine until its last query ends.
pub fn run(library: &Path, arguments: &[String]) -> anyhow::Result<()> {
    let arguments: Vec<CString> =
        arguments.iter().map(|argument| CString::new(argument.as_str())).collect::<Result<_, _>>()?;
    let mut pointers: Vec<*mut c_char> =
        arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
    let count = c_int::try_from(pointers.len())?;
    pointers.push(std::ptr::null_mut());
    // SAFETY: the library is the one whose checksum was verified when it was fetched; its initialisers may run here.
    let library = unsafe { libloading::Library::new(library) }
        .with_context(|| format!("{} cannot be loaded", library.display()))?;
    // SAFETY: name and type are those of libchdb's chdb.h.
    let query: libloading::Symbol<'_, QueryCommandLine> = unsafe { library.get(b"chdb_query_cmdline\0") }
        .context("the library has no chdb_query_cmdline; is it libchdb?")?;
    // SAFETY: `pointers` are null-terminated strings that live until the call returns, ended by a null pointer.
    let _result = unsafe { query(count, pointers.as_mut_ptr()) };
    Ok(())
}
