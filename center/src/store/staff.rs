//! Who works where.

use std::collections::BTreeMap;

use domain::{Division, Id, Staff};
use tokio_postgres::Row;

use crate::database::Tx;
use crate::error::{Error, Result};

/// What a staff member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "console/")]
pub enum Role {
    /// 经办: takes cases at a station.
    Station,
    /// 初审、复审: reviews in the console, at the level of the area.
    Reviewer,
    /// 查询: looks, decides nothing.
    Query,
    /// 密钥保管员: holds a share of the escrow key, and sees nothing else.
    Escrow,
}

impl Role {
    /// As kept, and as leases say it.
    pub fn name(self) -> &'static str {
        match self {
            Role::Station => "station",
            Role::Reviewer => "reviewer",
            Role::Query => "query",
            Role::Escrow => "escrow",
        }
    }
}

/// A staff member as kept.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id, name, area.
    pub staff: Staff,
    /// Log-in name.
    pub login: String,
    /// What they may do.
    pub role: Role,
    /// argon2id.
    pub password_hash: Option<String>,
}

const SELECT: &str = "SELECT s.id, s.login, s.name, s.area, s.role, p.hash FROM staff s
    LEFT JOIN staff_password p ON p.staff = s.id";

/// Who takes cases for a community takes them for another one from now on.
pub async fn go_to(tx: &Tx<'_>, from: &Division, to: &Division) -> Result<u64> {
    let statement = "UPDATE staff SET area = $2 WHERE area = $1 AND role = 'station'";
    super::run(tx, statement, &[&from.0, &to.0]).await
}

/// Adds one.
pub async fn add(tx: &Tx<'_>, member: &Member) -> Result<()> {
    let staff = &member.staff;
    super::run(
        tx,
        "INSERT INTO staff (id, login, name, area, role) VALUES ($1, $2, $3, $4, $5)",
        &[
            &staff.id.0,
            &member.login,
            &staff.name,
            &staff.area.0,
            &member.role.name(),
        ],
    )
    .await?;
    if let Some(hash) = &member.password_hash {
        super::run(
            tx,
            "INSERT INTO staff_password (staff, hash) VALUES ($1, $2)",
            &[&staff.id.0, hash],
        )
        .await?;
    }
    Ok(())
}

/// Gives somebody another password.
pub async fn set_password(tx: &Tx<'_>, staff: Id, hash: &str) -> Result<()> {
    let statement = "INSERT INTO staff_password (staff, hash) VALUES ($1, $2)
        ON CONFLICT (staff) DO UPDATE SET hash = excluded.hash";
    super::run(tx, statement, &[&staff.0, &hash]).await?;
    Ok(())
}

/// Ends somebody's right to work; who that is, and where they worked.
pub async fn deactivate(tx: &Tx<'_>, login: &str) -> Result<Option<(Id, Division)>> {
    let statement = "UPDATE staff SET active = false WHERE login = $1 RETURNING id, area";
    let row = super::find(tx, statement, &[&login]).await?;
    let read = |row: Row| Ok((Id(row.try_get("id")?), Division(row.try_get("area")?)));
    row.map(read).transpose()
}

/// Who logs in under this name.
pub async fn find_by_login(tx: &Tx<'_>, login: &str) -> Result<Option<Member>> {
    let statement = format!("{SELECT} WHERE s.login = $1 AND s.active");
    super::find(tx, &statement, &[&login])
        .await?
        .map(|row| read(&row))
        .transpose()
}

/// Those of these ids who may work.
pub async fn active(tx: &Tx<'_>, ids: &[Id]) -> Result<Vec<Member>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let statement = format!("{SELECT} WHERE s.id = ANY($1) AND s.active");
    let rows = super::rows(tx, &statement, &[&ids]).await?;
    rows.iter().map(read).collect()
}

/// Names of these ids, of those who left too.
pub async fn names(tx: &Tx<'_>, ids: &[Id]) -> Result<BTreeMap<Id, String>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let statement = "SELECT id, name FROM staff WHERE id = ANY($1)";
    let rows = super::rows(tx, statement, &[&ids]).await?;
    rows.iter()
        .map(|row| Ok((Id(row.try_get("id")?), row.try_get("name")?)))
        .collect()
}

/// Those who may work at the station of a community, by name.
pub async fn at_station(tx: &Tx<'_>, community: &Division) -> Result<Vec<Member>> {
    let statement = format!(
        "{SELECT} WHERE s.role = 'station' AND s.active AND starts_with($1, s.area)
         ORDER BY s.login"
    );
    let rows = super::rows(tx, &statement, &[&community.0]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Member> {
    let role: String = row.try_get("role")?;
    Ok(Member {
        staff: Staff {
            id: Id(row.try_get("id")?),
            name: row.try_get("name")?,
            area: Division(row.try_get("area")?),
        },
        login: row.try_get("login")?,
        role: match role.as_str() {
            "station" => Role::Station,
            "reviewer" => Role::Reviewer,
            "query" => Role::Query,
            "escrow" => Role::Escrow,
            _ => return Err(Error::Fault("a role unknown".to_owned())),
        },
        password_hash: row.try_get("hash")?,
    })
}
