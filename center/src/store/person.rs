//! People as they stand. Bodies are kept without the numbers of documents, which are sealed in
//! `identity` and put back on reading.

use domain::{Document, Id, Person};

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::seal::{Kind, Seals};

/// The people of these ids, whole. Under row-level security: those of the area.
pub async fn get(tx: &Tx<'_>, seals: &Seals, ids: &[Id]) -> Result<Vec<Person>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let rows = super::rows(
        tx,
        "SELECT p.id, p.body, i.kind, i.sealed, i.former FROM person p
         JOIN identity i ON i.person = p.id WHERE p.id = ANY($1)
         ORDER BY p.id, i.former, i.kind, i.number_hash",
        &[&ids],
    )
    .await?;
    let mut people: Vec<Person> = Vec::with_capacity(rows.len());
    for row in &rows {
        let id = Id(row.try_get("id")?);
        let sealed: Vec<u8> = row.try_get("sealed")?;
        let number = seals.open_text(Kind::Number, id.as_bytes(), &sealed)?;
        if row.try_get("former")? {
            let kind = super::identity::kind_of(row.try_get("kind")?)?;
            if let Some(last) = people.last_mut().filter(|last| last.id == id) {
                last.formerly.push(Document { kind, number });
            }
            continue;
        }
        let mut person: Person = super::json(row.try_get("body")?, "person")?;
        if person.id != id {
            return Err(Error::Fault("a person under another id".to_owned()));
        }
        person.identity.document.number = number;
        if people.last().is_none_or(|last| last.id != id) {
            people.push(person);
        }
    }
    Ok(people)
}

/// The number of one person, in full.
pub async fn find_number(tx: &Tx<'_>, seals: &Seals, id: Id) -> Result<Option<String>> {
    let people = get(tx, seals, &[id]).await?;
    Ok(people
        .into_iter()
        .next()
        .map(|person| person.identity.document.number))
}

/// Writes people as they stand now.
pub async fn upsert(tx: &Tx<'_>, people: &[&Person]) -> Result<()> {
    let ids: Vec<_> = people.iter().map(|p| p.id.0).collect();
    let homes: Vec<_> = people.iter().map(|p| p.home.0.as_str()).collect();
    let bodies = people
        .iter()
        .map(|person| {
            let mut person = Person::clone(person);
            person.identity.document.number.clear();
            person.formerly.clear();
            super::to_json(&person)
        })
        .collect::<Result<Vec<_>>>()?;
    super::run(
        tx,
        "INSERT INTO person (id, home, body)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
         ON CONFLICT (id) DO UPDATE SET home = excluded.home, body = excluded.body",
        &[&ids, &homes, &bodies],
    )
    .await?;
    Ok(())
}
