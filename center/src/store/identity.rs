//! Which person a document belongs to: a keyed hash to find it by, the number sealed beside it.

use domain::{Document, DocumentKind, Id};

use crate::database::Tx;
use crate::error::Result;
use crate::seal::{Kind, Seals};

/// The keyed hash of a document.
pub fn hash(seals: &Seals, document: &Document) -> Vec<u8> {
    let text = format!("{}/{}", kind_name(document.kind), document.number);
    seals.hash("document", text.as_bytes())
}

/// The people who carry documents of these hashes.
pub async fn people(tx: &Tx<'_>, hashes: &[Vec<u8>]) -> Result<Vec<Id>> {
    let rows = super::rows(
        tx,
        "SELECT DISTINCT person FROM identity WHERE number_hash = ANY($1)",
        &[&hashes],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(Id(row.try_get("person")?)))
        .collect()
}

/// The hashes of the documents that belong to the people of some cases.
pub async fn hashes_of_cases(tx: &Tx<'_>, cases: &[Id]) -> Result<Vec<Vec<u8>>> {
    let ids: Vec<_> = cases.iter().map(|id| id.0).collect();
    let rows = super::rows(
        tx,
        "SELECT DISTINCT i.number_hash FROM cases c JOIN identity i ON i.person = c.person
         WHERE c.id = ANY($1)",
        &[&ids],
    )
    .await?;
    rows.iter()
        .map(|row| Ok(row.try_get("number_hash")?))
        .collect()
}

/// The hashes of the documents that belong to some people.
pub async fn hashes_of_people(tx: &Tx<'_>, people: &[Id]) -> Result<Vec<Vec<u8>>> {
    let ids: Vec<_> = people.iter().map(|id| id.0).collect();
    let statement = "SELECT DISTINCT number_hash FROM identity WHERE person = ANY($1)";
    let rows = super::rows(tx, statement, &[&ids]).await?;
    rows.iter()
        .map(|row| Ok(row.try_get("number_hash")?))
        .collect()
}

/// Gives a document to a person. `shared`: somebody recorded that others carry it too (重号); the
/// others' rows are marked in the same way. Otherwise the database lets a number have one person.
pub async fn give(
    tx: &Tx<'_>,
    seals: &Seals,
    person: Id,
    document: &Document,
    shared: bool,
) -> Result<()> {
    let hash = hash(seals, document);
    let kind = kind_name(document.kind);
    if shared {
        super::run(
            tx,
            "UPDATE identity SET shared = true WHERE kind = $1 AND number_hash = $2",
            &[&kind, &hash],
        )
        .await?;
    }
    let sealed = seals.seal(Kind::Number, person.as_bytes(), document.number.as_bytes());
    super::run(
        tx,
        "INSERT INTO identity (kind, number_hash, person, sealed, shared)
         VALUES ($1, $2, $3, $4, $5)",
        &[&kind, &hash, &person.0, &sealed, &shared],
    )
    .await?;
    Ok(())
}

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::CitizenCard => "citizen_card",
        DocumentKind::HkMoTwPermit => "hk_mo_tw_permit",
        DocumentKind::Foreigner2017 => "foreigner_2017",
        DocumentKind::Foreigner2023 => "foreigner_2023",
    }
}
