//! Table `page_lost`: sealed pages that cannot be read any more, until they are there again.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use crate::error::Result;

/// Notes a page; the first time counts.
pub fn note(tx: &Transaction, sha256: &str, at: DateTime<Utc>) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO page_lost (sha256, noticed_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    query.execute(params![sha256, at.to_rfc3339()])?;
    Ok(())
}

/// It is there again, or nothing refers to it any more.
pub fn forget(tx: &Transaction, sha256: &str) -> Result<()> {
    let mut query = tx.prepare_cached("DELETE FROM page_lost WHERE sha256 = ?1")?;
    query.execute([sha256])?;
    Ok(())
}

/// Whether it is one of them.
pub fn is(connection: &Connection, sha256: &str) -> Result<bool> {
    let mut query = connection.prepare_cached("SELECT 1 FROM page_lost WHERE sha256 = ?1")?;
    Ok(query.exists([sha256])?)
}

/// Those that no case waits for any more are not sent, and not told of; while a command is not
/// answered nobody knows. How many.
pub fn let_go(tx: &Transaction) -> Result<usize> {
    let gone = tx.execute(
        "DELETE FROM page_out WHERE sent = 0 AND sha256 IN (SELECT sha256 FROM page_lost)
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE settled = 0 AND told = 0)
         AND NOT EXISTS (SELECT 1 FROM entity
             WHERE stage = 'awaiting_pages' AND base IS NOT NULL
             AND instr(base, page_out.sha256) > 0)",
        [],
    )?;
    if gone > 0 {
        tx.execute(
            "DELETE FROM page_lost
             WHERE sha256 NOT IN (SELECT sha256 FROM page_out)
             AND sha256 NOT IN (SELECT sha256 FROM draft_page)",
            [],
        )?;
    }
    Ok(gone)
}

/// All of them, by hash.
pub fn all(connection: &Connection) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached("SELECT sha256 FROM page_lost ORDER BY sha256")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use crate::error::Result;
    use crate::proof::{founded, identity, now, open, register};
    use crate::store::Tx;

    const LOST: &str = "aa11";

    #[test]
    fn a_lost_page_is_let_go_only_when_no_case_waits_for_it_and_nothing_is_unanswered() {
        let folder = founded();
        let desk = open(folder.path());
        let run = |sql: &str| {
            let done: Result<()> = desk.store.write(|tx: &Tx| Ok(tx.execute_batch(sql)?));
            done.unwrap();
        };
        let let_go = || desk.store.let_go_of_lost_pages().unwrap();
        run(
            "INSERT INTO page_out (sha256, size_bytes) VALUES ('aa11', 5), ('bb22', 5);
             INSERT INTO entity (id, kind, person, stage, seq, base)
             VALUES (x'01', 'case', x'02', 'awaiting_pages', 1, '{\"pages\":[\"aa11\"]}');",
        );
        desk.store.page_lost(LOST, now()).unwrap();
        assert_eq!(let_go(), 0, "the case waits for it");
        run("UPDATE entity SET stage = 'in_review' WHERE id = x'01'");
        register(&desk, &identity("王示范", 1));
        assert_eq!(
            let_go(),
            0,
            "what is unanswered may be a case that waits for it"
        );
        run("UPDATE outbox SET told = 1, settled = 1");
        assert_eq!(let_go(), 1);
        assert_eq!(desk.store.pages_lost().unwrap(), Vec::<String>::new());
        let left = |tx: &Tx| Ok(tx.query_row("SELECT sha256 FROM page_out", [], |row| row.get(0))?);
        let left: String = desk.store.write(left).unwrap();
        assert_eq!(left, "bb22", "what can be read is never let go of");
    }
}
