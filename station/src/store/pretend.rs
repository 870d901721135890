//! For proofs only: what befalls a database that no product code would do to it.

use rusqlite::Connection;

use super::{Store, held, schema};

impl Store {
    /// Lets the database grow no more, as a full disk would; or lets it again.
    pub(crate) fn pretend_full(&self, full: bool) {
        let writer = held(&self.writer);
        let pages: u32 = writer
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .expect("the page count is known");
        let most = if full { pages } else { u32::MAX >> 2 };
        let set = format!("PRAGMA max_page_count = {most}");
        writer
            .query_row(&set, [], |_| Ok(()))
            .expect("a limit is set");
    }

    /// As if a newer program had been here.
    pub(crate) fn pretend_newer(&self) {
        let set = held(&self.writer).pragma_update(None, "user_version", schema::latest() + 1);
        set.expect("the version is written");
    }

    /// Commits without waiting for the disk, which the product never does: a proof that loses
    /// nothing this way proves nothing.
    pub(crate) fn pretend_careless(&self) {
        let set = held(&self.writer).pragma_update(None, "synchronous", "normal");
        set.expect("the setting is taken");
    }

    /// As the first version of the program would have left the same work.
    pub(crate) fn pretend_first_version(&self) {
        let writer = held(&self.writer);
        writer
            .pragma_update(None, "foreign_keys", false)
            .expect("the setting is taken");
        let made = writer.execute_batch("BEGIN IMMEDIATE").and_then(|()| {
            back_to_first(&writer)?;
            writer.execute_batch("COMMIT")
        });
        made.expect("the tables of the first version hold it");
    }

    /// What SQLite itself says of every page and index.
    pub(crate) fn looks_whole(&self) -> Result<(), String> {
        let said = self.read(|c| {
            let said = c.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?;
            Ok(said)
        });
        match said {
            Ok(said) if said == "ok" => Ok(()),
            Ok(said) => Err(said),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn back_to_first(connection: &Connection) -> rusqlite::Result<()> {
    let tables = names(connection, "table")?;
    for index in names(connection, "index")? {
        connection.execute_batch(&format!("DROP INDEX {index}"))?;
    }
    for trigger in names(connection, "trigger")? {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}"))?;
    }
    for table in &tables {
        connection.execute_batch(&format!("ALTER TABLE {table} RENAME TO now_{table}"))?;
    }
    connection.execute_batch(schema::first())?;
    for table in names(connection, "table")? {
        if table.starts_with("now_") {
            continue;
        }
        let now = format!("now_{table}");
        let theirs = columns(connection, &now)?;
        let mut common = columns(connection, &table)?;
        common.retain(|column| theirs.contains(column));
        let common = common.join(", ");
        connection.execute_batch(&format!(
            "INSERT INTO {table} ({common}) SELECT {common} FROM {now}"
        ))?;
    }
    for table in &tables {
        connection.execute_batch(&format!("DROP TABLE now_{table}"))?;
    }
    connection.pragma_update(None, "user_version", 1)
}

fn names(connection: &Connection, kind: &str) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = ?1 AND sql IS NOT NULL
         AND name NOT LIKE 'sqlite_%'",
    )?;
    let rows = query.query_map([kind], |row| row.get(0))?;
    rows.collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let rows = query.query_map([table], |row| row.get(0))?;
    rows.collect()
}
