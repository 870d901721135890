//! Which person a document belongs to: a keyed hash to find it by, the number sealed beside it.

use domain::{Document, DocumentKind, Id};

use crate::database::Tx;
use crate::error::{Error, Result};
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

/// A document that becomes a person's.
pub struct Given<'a> {
    /// Whose.
    pub person: Id,
    /// Which.
    pub document: &'a Document,
    /// Others carry it too, as somebody recorded (重号), or a second record of theirs does.
    pub shared: bool,
    /// It named them before.
    pub former: bool,
}

/// Gives documents to people, or says anew what they are to them. Where one is shared, the rows of
/// the others are marked in the same way; otherwise the database lets a number have one person.
pub async fn give(tx: &Tx<'_>, seals: &Seals, given: &[Given<'_>]) -> Result<()> {
    let kinds: Vec<_> = given.iter().map(|g| kind_name(g.document.kind)).collect();
    let hashes: Vec<_> = given.iter().map(|g| hash(seals, g.document)).collect();
    let people: Vec<_> = given.iter().map(|g| g.person.0).collect();
    let shared: Vec<_> = given.iter().map(|g| g.shared).collect();
    let former: Vec<_> = given.iter().map(|g| g.former).collect();
    let seal = |g: &Given| {
        let number = g.document.number.as_bytes();
        seals.seal(Kind::Number, g.person.as_bytes(), number)
    };
    let sealed: Vec<_> = given.iter().map(seal).collect();
    if shared.contains(&true) {
        super::run(
            tx,
            "UPDATE identity SET shared = true
             FROM unnest($1::text[], $2::bytea[], $3::boolean[]) AS t (kind, number_hash, shared)
             WHERE t.shared AND identity.kind = t.kind AND identity.number_hash = t.number_hash",
            &[&kinds, &hashes, &shared],
        )
        .await?;
    }
    super::run(
        tx,
        "INSERT INTO identity (kind, number_hash, person, sealed, shared, former)
         SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[], $4::bytea[], $5::boolean[],
             $6::boolean[])
         ON CONFLICT (person, kind, number_hash) DO UPDATE SET
             former = excluded.former, shared = identity.shared OR excluded.shared",
        &[&kinds, &hashes, &people, &sealed, &shared, &former],
    )
    .await?;
    Ok(())
}

/// The kind that a name stands for.
pub(super) fn kind_of(name: &str) -> Result<DocumentKind> {
    use DocumentKind::{CitizenCard, Foreigner2017, Foreigner2023, HkMoTwPermit};
    [CitizenCard, HkMoTwPermit, Foreigner2017, Foreigner2023]
        .into_iter()
        .find(|kind| kind_name(*kind) == name)
        .ok_or_else(|| Error::Fault(format!("a document of kind {name}")))
}

fn kind_name(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::CitizenCard => "citizen_card",
        DocumentKind::HkMoTwPermit => "hk_mo_tw_permit",
        DocumentKind::Foreigner2017 => "foreigner_2017",
        DocumentKind::Foreigner2023 => "foreigner_2023",
    }
}
