//! Leaving a log for a new one: what lies behind the last entry that both sides have is linked and
//! signed anew, under the same numbers and the same ids.

use domain::sync::{LogAt, first_link, link};
use ed25519_dalek::{Signer, SigningKey};
use rusqlite::{Connection, OptionalExtension};

use super::{Store, meta, outbox};
use crate::error::{Error, Result};
use crate::keys::Installation;
use crate::lease;
use crate::orders;
use crate::substitute;
use crate::sync::hello::{META_BOOTS, META_DURABLE};

impl Store {
    /// Entries from which a new log may go on, the likeliest first: the last one that the centre is
    /// known to have as it stands here, then ever earlier ones, since a centre that came back from
    /// a backup may have got others in their place; at last the beginning.
    pub fn common_entries(&self) -> Result<Vec<LogAt>> {
        self.read(|c| {
            let (mut at, mut found) = (meta::acked(c)?, Vec::new());
            while at > 0 {
                let link = outbox::link_of(c, at)?;
                found.extend(link.map(|link| LogAt { last: at, link }));
                at /= 2;
            }
            // A store that was made again from its journal alone does not begin with the first.
            let first = first(c)?.filter(|first| first.last > 1);
            found.push(first.unwrap_or_else(|| LogAt {
                last: 0,
                link: first_link(),
            }));
            Ok(found)
        })
    }

    /// Goes on behind `from` as another installation, which is kept `sealed`. What was said to this
    /// installation alone is forgotten: its lease, its deposit. One durable transaction.
    pub fn begin_new_log(
        &self,
        installation: &Installation,
        sealed: &str,
        from: &LogAt,
    ) -> Result<()> {
        let key = SigningKey::from_bytes(&installation.log_key);
        self.write(|tx| {
            if self
                .here()
                .is_some_and(|here| *here != installation.community)
            {
                self.leave_community(tx)?;
            }
            let mut at = from.clone();
            for entry in outbox::page(tx, from.last, u32::MAX as usize, usize::MAX)? {
                let link = link(&at.link, installation.id, entry.n, entry.id, &entry.body);
                let bytes = hex::decode(&link).map_err(|_| Error::Bug("a link is hex".into()))?;
                let signature = hex::encode(key.sign(&bytes).to_bytes());
                outbox::relink(tx, entry.n, &link, &signature)?;
                let last = entry.n;
                at = LogAt { last, link };
            }
            meta::set_number(tx, meta::ACKED, from.last)?;
            meta::set(tx, meta::INSTALLATION, sealed)?;
            let gone = [
                meta::RESTORED_LAST,
                meta::RESTORED_AT,
                META_BOOTS,
                META_DURABLE,
                crate::sync::custody::META_DEPOSITED,
            ];
            gone.iter().try_for_each(|name| meta::forget(tx, name))?;
            orders::forget(tx)?;
            substitute::forget(tx)?;
            lease::forget(tx)
        })
    }
}

/// The first entry there is.
fn first(connection: &Connection) -> Result<Option<LogAt>> {
    let mut query = connection.prepare_cached("SELECT n, link FROM outbox ORDER BY n LIMIT 1")?;
    let first = query.query_row([], |row| {
        Ok(LogAt {
            last: row.get(0)?,
            link: row.get(1)?,
        })
    });
    Ok(first.optional()?)
}
