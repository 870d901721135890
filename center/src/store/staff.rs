//! Who works where.

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
}

/// A staff member as kept.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id, name, area.
    pub staff: Staff,
    /// What they may do.
    pub role: Role,
    /// argon2id.
    pub password_hash: Option<String>,
}

const SELECT: &str = "SELECT s.id, s.name, s.area, s.role, p.hash FROM staff s
    LEFT JOIN staff_password p ON p.staff = s.id";

/// Adds one.
pub async fn add(tx: &Tx<'_>, login: &str, member: &Member) -> Result<()> {
    let staff = &member.staff;
    super::run(
        tx,
        "INSERT INTO staff (id, login, name, area, role) VALUES ($1, $2, $3, $4, $5)",
        &[
            &staff.id.0,
            &login,
            &staff.name,
            &staff.area.0,
            &role_name(member.role),
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

/// Ends somebody's right to work.
pub async fn deactivate(tx: &Tx<'_>, login: &str) -> Result<bool> {
    let statement = "UPDATE staff SET active = false WHERE login = $1";
    Ok(super::run(tx, statement, &[&login]).await? == 1)
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
        role: match role.as_str() {
            "station" => Role::Station,
            "reviewer" => Role::Reviewer,
            "query" => Role::Query,
            _ => return Err(Error::Fault("a role unknown".to_owned())),
        },
        password_hash: row.try_get("hash")?,
    })
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Station => "station",
        Role::Reviewer => "reviewer",
        Role::Query => "query",
    }
}
