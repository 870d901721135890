//! The deep check: every page's authentication code, then every table with its indexes, one after
//! the other, so that it can be left between them.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;

use crate::error::Result;

/// Findings beyond this many say nothing new.
const FINDINGS: usize = 20;

/// What was found: nothing is good. None when it was stopped before the end.
///
/// The codes are checked on the database file itself, so nothing may be folded into it meanwhile.
pub fn deep(connection: &Connection, stop: &AtomicBool) -> Result<Option<Vec<String>>> {
    // Every page of the file has the code that it was written with.
    let mut findings = texts(connection, "PRAGMA cipher_integrity_check")?;
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    for table in texts(connection, tables)? {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let quoted = table.replace('"', "\"\"");
        match texts(connection, &format!("PRAGMA integrity_check(\"{quoted}\")")) {
            Ok(told) => findings.extend(told.into_iter().filter(|line| line != "ok")),
            Err(error) => findings.push(format!("{table}: {error}")),
        }
    }
    findings.truncate(FINDINGS);
    Ok(Some(findings))
}

fn texts(connection: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut query = connection.prepare(sql)?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
