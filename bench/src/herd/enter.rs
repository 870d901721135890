//! Before and after: the stations enter the city, and what the database holds in the end.

use std::collections::VecDeque;
use std::sync::Mutex;

use center::{Center, admin};
use domain::Division;

use super::STATIONS;
use super::station::{self, Waiting};
use crate::Failed;
use crate::city::City;
use crate::place::now;

/// What the centre keeps.
pub struct Counts {
    /// Positions in stations' logs.
    pub positions: u64,
    /// Stations' commands.
    pub commands: u64,
    /// By outcome.
    pub accepted: u64,
    /// See above.
    pub awaiting: u64,
    /// See above.
    pub rejected: u64,
    /// See above.
    pub held: u64,
}

/// Enrols stations and packs what they have waiting; the centre runs when this returns.
pub fn stations(
    city: &mut City,
    stations: usize,
    commands: u64,
    batch: u64,
) -> Result<Vec<Waiting>, Failed> {
    let communities = communities(stations)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let codes = runtime.block_on(async {
        let center = Center::open(city.config.clone()).await?;
        add_staff(city, &communities).await?;
        let mut codes = VecDeque::new();
        for (order, community) in communities.iter().enumerate() {
            codes.push_back((order, admin::code(&center, community).await?));
        }
        Ok::<_, Failed>(codes)
    })?;
    drop(runtime);
    city.start()?;
    let (url, ca) = (city.enrol_url(), std::fs::read_to_string(city.ca())?);
    let (codes, made) = (Mutex::new(codes), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        let work = || -> Result<(), String> {
            let told = |error: Failed| error.to_string();
            loop {
                let next = codes.lock().map_err(|_| "a panic")?.pop_front();
                let Some((order, code)) = next else {
                    return Ok(());
                };
                let installation = station::enrol(&url, &ca, &code).map_err(told)?;
                let at = now().map_err(told)?;
                let waiting = station::wait(installation, order, commands, batch, at);
                made.lock()
                    .map_err(|_| "a panic")?
                    .push(waiting.map_err(told)?);
            }
        };
        let workers = [scope.spawn(work), scope.spawn(work)];
        for worker in workers {
            worker.join().map_err(|_| "a panic")??;
        }
        Ok::<_, Failed>(())
    })?;
    Ok(made.into_inner()?)
}

/// The first communities that carry a station; towns have fewer, so another's may follow.
fn communities(count: usize) -> Result<Vec<Division>, Failed> {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/divisions/xuzhou.csv");
    let text = std::fs::read_to_string(path)?;
    let codes = text
        .lines()
        .filter_map(|line| line.split(',').next())
        .filter(|code| code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_digit()));
    let found: Vec<_> = codes
        .take(count)
        .map(|code| Division(code.into()))
        .collect();
    if found.len() < count {
        return Err(format!("there are {} communities, of {STATIONS}", found.len()).into());
    }
    Ok(found)
}

/// One assistant a station. They never log in here, so they have no password.
async fn add_staff(city: &City, communities: &[Division]) -> Result<(), Failed> {
    let client = city.connect().await?;
    let mut rows = (Vec::new(), Vec::new(), Vec::new());
    for (order, community) in communities.iter().enumerate() {
        let staff = station::staff(order, community);
        rows.0.push(staff.id.0);
        rows.1.push(staff.name);
        rows.2.push(community.0.clone());
    }
    client
        .execute(
            "INSERT INTO staff (id, login, name, area, role)
             SELECT id, name, name, area, 'station'
             FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (id, name, area)",
            &[&rows.0, &rows.1, &rows.2],
        )
        .await?;
    Ok(())
}

/// Counts what is kept.
pub fn counts(city: &City) -> Result<Counts, Failed> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let client = city.connect().await?;
        let row = client
            .query_one(
                "SELECT (SELECT count(*) FROM log l JOIN installation i ON i.id = l.installation
                         WHERE i.kind = 'station') AS positions,
                        count(*) AS commands,
                        count(*) FILTER (WHERE state = 'accepted') AS accepted,
                        count(*) FILTER (WHERE state = 'awaiting') AS awaiting,
                        count(*) FILTER (WHERE state = 'rejected') AS rejected,
                        count(*) FILTER (WHERE state = 'held') AS held
                 FROM command c JOIN installation i ON i.id = c.installation
                 WHERE i.kind = 'station'",
                &[],
            )
            .await?;
        let count = |name: &str| -> Result<u64, Failed> {
            Ok(u64::try_from(row.try_get::<_, i64>(name)?)?)
        };
        Ok(Counts {
            positions: count("positions")?,
            commands: count("commands")?,
            accepted: count("accepted")?,
            awaiting: count("awaiting")?,
            rejected: count("rejected")?,
            held: count("held")?,
        })
    })
}
