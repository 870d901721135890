//! What a demonstration starts with: staff with random passwords, and people of whom an employer
//! has filed something. Everybody is invented: their numbers lie in an area that was never given.

use chrono::NaiveDate;
use domain::command::RecordEmployment;
use domain::{Division, Document, DocumentKind, Identity, Sex, id_number};

use super::{add_staff, import_employment};
use crate::error::{Error, Result};
use crate::store::staff::Role;
use crate::{Center, password};

/// Communities with an assistant.
pub const COMMUNITIES: [&str; 2] = ["320302001005", "320302001006"];

/// Log-in name, name, area, role.
const STAFF: &[(&str, &str, &str, Role)] = &[
    ("station-a", "张协理", COMMUNITIES[0], Role::Station),
    ("station-b", "李协理", COMMUNITIES[1], Role::Station),
    ("street", "王初审", "320302001", Role::Reviewer),
    ("county", "赵复审", "320302", Role::Reviewer),
    ("city", "孙市级", "3203", Role::Reviewer),
    ("query", "周查询", "320302", Role::Query),
];

/// Name, birth, sequence number (odd: male), employer, first day, last day.
type Job = (
    &'static str,
    &'static str,
    u32,
    &'static str,
    &'static str,
    Option<&'static str>,
);

const JOBS: &[Job] = &[
    (
        "示范甲",
        "1985-03-12",
        101,
        "徐州示范机械有限公司",
        "2021-06-01",
        None,
    ),
    (
        "示范乙",
        "1990-11-05",
        102,
        "徐州样例物流有限公司",
        "2019-03-15",
        Some("2026-08-31"),
    ),
    (
        "示范丙",
        "1978-07-21",
        103,
        "徐州演示纺织有限公司",
        "2015-09-01",
        Some("2026-10-15"),
    ),
    (
        "示范丁",
        "1995-01-30",
        104,
        "徐州测试软件有限公司",
        "2023-04-10",
        None,
    ),
];

/// Adds the demonstration's staff and filings once; returns `(log-in name, password)`. Nothing is
/// returned, and nothing is added, when they are there already.
pub async fn fill(center: &Center) -> Result<Vec<(String, String)>> {
    let mut told = Vec::new();
    for (login, name, area, role) in STAFF {
        let secret = password::random();
        let area = Division((*area).to_owned());
        match add_staff(center, login, name, &area, *role, &secret).await {
            Ok(_) => told.push(((*login).to_owned(), secret)),
            Err(error) if error.is_data() => {}
            Err(error) => return Err(error),
        }
    }
    if !told.is_empty() {
        let filings = JOBS.iter().map(filing).collect::<Result<_>>()?;
        import_employment(center, filings).await?;
    }
    Ok(told)
}

fn filing(job: &Job) -> Result<RecordEmployment> {
    let (name, birth, order, employer, since, until) = job;
    let sex = if order % 2 == 1 {
        Sex::Male
    } else {
        Sex::Female
    };
    let digits = format!("320390{}{order:03}", birth.replace('-', ""));
    let fault = || Error::Fault("a demonstration number".to_owned());
    let check = id_number::check_character(&digits).ok_or_else(fault)?;
    let identity = Identity {
        document: Document {
            kind: DocumentKind::CitizenCard,
            number: format!("{digits}{check}"),
        },
        name: (*name).to_owned(),
        latin_name: None,
        sex,
        ethnic: Some("01".to_owned()),
        birth: day(birth)?,
        address: "江苏省徐州市示范路1号".to_owned(),
        issuer: "示范市公安局".to_owned(),
        valid_from: Some(day("2016-01-01")?),
        valid_to: None,
        nationality: None,
    };
    Ok(RecordEmployment {
        identity,
        home: Division(COMMUNITIES[0].to_owned()),
        employer: (*employer).to_owned(),
        since: day(since)?,
        until: until.map(day).transpose()?,
        source: "用工备案 2026-10-31".to_owned(),
    })
}

fn day(text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| Error::Fault("a demonstration date".to_owned()))
}
