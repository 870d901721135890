//! The numbered migrations. `user_version` says how many have run.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};

const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/station/0001_store.sql"),
    include_str!("../../../migrations/station/0002_fewer_pages.sql"),
    include_str!("../../../migrations/station/0003_made_pages.sql"),
    include_str!("../../../migrations/station/0004_spelled_names.sql"),
    include_str!("../../../migrations/station/0005_audit.sql"),
    include_str!("../../../migrations/station/0006_keeping.sql"),
    include_str!("../../../migrations/station/0007_journal.sql"),
    include_str!("../../../migrations/station/0008_sync_page.sql"),
    include_str!("../../../migrations/station/0010_snapshots.sql"),
    include_str!("../../../migrations/station/0011_idle_drafts.sql"),
    include_str!("../../../migrations/station/0012_previews.sql"),
    include_str!("../../../migrations/station/0013_held.sql"),
];

/// How many there are.
pub fn latest() -> usize {
    MIGRATIONS.len()
}

/// The tables of the first version.
#[cfg(test)]
pub fn first() -> &'static str {
    MIGRATIONS[0]
}

/// How many have run here.
pub fn version(connection: &Connection) -> Result<usize> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Runs those that have not, each with its number in one transaction. Refuses a newer database.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    let done = version(connection)?;
    if done > latest() {
        return Err(Error::coded("store.newer"));
    }
    for (at, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", at + 1)?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database as the first version left it, with `rows`.
    fn first_version(rows: &str) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection.execute_batch(rows).unwrap();
        connection
    }

    #[test]
    fn what_an_older_program_filed_keeps_its_serial_and_its_state() {
        let mut old = first_version(
            "INSERT INTO meta VALUES ('serial', '41');
             INSERT INTO outbox (n, command, subject, case_id, kind, body, link, signature, told, outcome)
             VALUES (1, x'01', 's', x'11', 'submit', '{}', '', '', 1, '{\"outcome\":\"accepted\"}'),
                    (2, x'02', 's', x'12', 'submit', '{}', '', '', 1, '{\"outcome\":\"rejected\"}'),
                    (3, x'03', 's', x'13', 'submit', '{}', '', '', 0, NULL);
             INSERT INTO entity (id, kind, person, seq, base) VALUES (x'21', 'person', x'21', 4, '{}');
             INSERT INTO entity (id, kind, person, seq, view) VALUES (x'22', 'person', x'22', 0, '{}');
             INSERT INTO person_key VALUES ('n:A', x'21'), ('n:B', x'22');",
        );
        migrate(&mut old).unwrap();
        assert_eq!(version(&old).unwrap(), latest());
        let ask = |sql: &str| {
            old.query_row(sql, [], |row| row.get::<_, String>(0))
                .unwrap()
        };
        assert_eq!(
            ask("SELECT group_concat(settled) FROM outbox ORDER BY n"),
            "1,0,0"
        );
        assert_eq!(super::super::outbox::last_serial(&old).unwrap(), 41);
        assert_eq!(ask("SELECT group_concat(key) FROM person_key"), "n:A");
        migrate(&mut old).unwrap();
    }
}
