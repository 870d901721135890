//! Which feeds carry a person.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Division, Id};

use crate::database::Tx;
use crate::error::Result;

/// The feeds of some people.
pub async fn get(tx: &Tx<'_>, people: &[Id]) -> Result<BTreeMap<Id, BTreeSet<Division>>> {
    let ids: Vec<_> = people.iter().map(|id| id.0).collect();
    let statement = "SELECT person, feed FROM person_feed WHERE person = ANY($1)";
    let mut feeds: BTreeMap<Id, BTreeSet<Division>> = BTreeMap::new();
    for row in super::rows(tx, statement, &[&ids]).await? {
        let feed = Division(row.try_get("feed")?);
        feeds
            .entry(Id(row.try_get("person")?))
            .or_default()
            .insert(feed);
    }
    Ok(feeds)
}

/// Takes people out of feeds.
pub async fn remove(tx: &Tx<'_>, pairs: &BTreeSet<(Id, Division)>) -> Result<()> {
    let people: Vec<_> = pairs.iter().map(|(person, _)| person.0).collect();
    let feeds: Vec<_> = pairs.iter().map(|(_, feed)| feed.0.as_str()).collect();
    super::run(
        tx,
        "DELETE FROM person_feed USING unnest($1::uuid[], $2::text[]) AS t (person, feed)
         WHERE person_feed.person = t.person AND person_feed.feed = t.feed",
        &[&people, &feeds],
    )
    .await?;
    Ok(())
}

/// Adds people to feeds.
pub async fn add(tx: &Tx<'_>, pairs: &BTreeSet<(Id, Division)>) -> Result<()> {
    let people: Vec<_> = pairs.iter().map(|(person, _)| person.0).collect();
    let feeds: Vec<_> = pairs.iter().map(|(_, feed)| feed.0.as_str()).collect();
    super::run(
        tx,
        "INSERT INTO person_feed (person, feed)
         SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING",
        &[&people, &feeds],
    )
    .await?;
    Ok(())
}
