//! The notice (告知书): what a resident is told before their data are taken, once for each version,
//! and a copy of what is kept about them (查阅、复制).

use std::path::Path;

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::Identity;
use rusqlite::Connection;

use super::page;
use crate::clock::business_day;
use crate::desk::Desk;
use crate::error::Result;
use crate::paper::{self, Paper};
use crate::policy::Notice;
use crate::store::{audit as records, notice_told};
use crate::view::{NoticeState, PersonPage, Printed};

impl Desk {
    /// The notice in force.
    pub fn notice(&self) -> &Notice {
        &self.shelf.policy.notice
    }

    /// Notes that this person was told, by whoever is logged in; recorded in the audit.
    pub fn tell_notice(&self, identity: &Identity, now: DateTime<Utc>) -> Result<NoticeState> {
        let number = &identity.document.number;
        let subject = self.store.subject(number);
        let version = self.notice().version.clone();
        self.store.write(|tx| {
            if notice_told::find(tx, &subject, &version)?.is_none() {
                notice_told::tell(tx, &subject, &version, now, self.staff.id)?;
                let event = Event::NoticeTold {
                    version: version.clone(),
                };
                records::append_about(tx, &event, records::About::Person(number))?;
            }
            Ok(())
        })?;
        self.store.read(|c| state(self, c, &subject))
    }

    /// Writes the notice for printing.
    pub fn print_notice(&self, folder: &Path, now: DateTime<Utc>) -> Result<Printed> {
        let notice = self.notice();
        let part =
            |point: &crate::policy::Point| (point.title.zh.clone(), vec![point.text.zh.clone()]);
        let sources = notice.sources.iter().map(|source| source.text.clone());
        let mut parts: Vec<_> = notice.points.iter().map(part).collect();
        parts.push(("依据".to_owned(), sources.collect()));
        let paper = Paper {
            title: notice.title.zh.clone(),
            parts,
            mark: format!("版本 {}　{}", notice.version, self.printed_by(now)),
        };
        self.print(folder, "notice", &paper, None)
    }

    /// Writes what is kept here about somebody, for them to take along (个人信息保护法 第四十五条). The
    /// number stays masked: the paper may be left lying about.
    pub fn print_copy(
        &self,
        identity: &Identity,
        folder: &Path,
        now: DateTime<Utc>,
    ) -> Result<Printed> {
        let today = business_day(now);
        let shown = self
            .store
            .read(|c| page::of_card(self, c, identity, None, today))?;
        let paper = Paper {
            title: "个人信息查阅件".to_owned(),
            parts: self.kept_about(&shown),
            mark: self.printed_by(now),
        };
        let number = Some(identity.document.number.as_str());
        self.print(folder, "copy", &paper, number)
    }

    fn print(
        &self,
        folder: &Path,
        what: &str,
        paper: &Paper,
        about: Option<&str>,
    ) -> Result<Printed> {
        let path = folder.join(format!("{what}-{}.pdf", crate::desk::new_id()));
        let event = Event::PrintMade { what: what.into() };
        self.store.write(|tx| match about {
            Some(number) => records::append_about(tx, &event, records::About::Person(number)),
            None => records::append(tx, &event),
        })?;
        paper::make(&path, paper)?;
        Ok(Printed {
            path: path.display().to_string(),
        })
    }

    fn printed_by(&self, now: DateTime<Utc>) -> String {
        format!(
            "{} {} {} {}",
            self.installation.community_name,
            self.installation.community,
            self.staff.name,
            business_day(now),
        )
    }

    fn kept_about(&self, page: &PersonPage) -> Vec<(String, Vec<String>)> {
        let card = &page.face;
        let title = |business: &str| {
            let known = self.catalog.newest(business);
            known.map_or(business.to_owned(), |known| known.title.zh.clone())
        };
        let mut identity = vec![
            format!("姓名：{}", card.name),
            format!("证件号码：{}", card.masked_number),
            format!("出生日期：{}", card.birth),
        ];
        if !card.address.is_empty() {
            identity.push(format!("住址：{}", card.address));
        }
        let field = |(id, answer): (&String, &String)| {
            let fields = self
                .catalog
                .in_order()
                .into_iter()
                .flat_map(|b| &b.sections);
            let field = fields
                .flat_map(|section| &section.fields)
                .find(|f| f.id == *id);
            let name = field.map_or(id.as_str(), |field| field.title.zh.as_str());
            format!("{name}：{answer}")
        };
        let standing = |(name, standing): (&String, &domain::person::Standing)| {
            let until = standing.until.map(|day| format!("，至 {day}"));
            format!("{name}：自 {}{}", standing.since, until.unwrap_or_default())
        };
        let employment = |job: &domain::person::Employment| {
            format!("{}，自 {}（来源：{}）", job.employer, job.since, job.source)
        };
        let case = |row: &crate::view::CaseRow| {
            format!("{}　{}　{}", row.acted_on, title(&row.business), row.serial)
        };
        let retention = self.shelf.policy.retention.kinds.iter().map(|kind| {
            let kept = match (kind.days, kind.minutes) {
                (Some(days), _) => format!("{days} 天"),
                (None, Some(minutes)) => format!("{minutes} 分钟"),
                (None, None) => "不自动清除".to_owned(),
            };
            format!("{}：{kept}。{}", kind.title.zh, kind.why.zh)
        });
        let parts = [
            ("证件上的信息", identity),
            ("填写过并保留的信息", page.known.iter().map(field).collect()),
            ("登记和认定", page.standings.iter().map(standing).collect()),
            (
                "就业信息",
                page.employments.iter().map(employment).collect(),
            ),
            ("办件", page.cases.iter().map(case).collect()),
            ("本机的保存期限", retention.collect()),
        ];
        let told = |(title, lines): (&str, Vec<String>)| {
            let lines = match lines.is_empty() {
                true => vec!["没有".to_owned()],
                false => lines,
            };
            (title.to_owned(), lines)
        };
        parts.into_iter().map(told).collect()
    }
}

/// Whether somebody was told what is in force.
pub(super) fn state(desk: &Desk, connection: &Connection, subject: &str) -> Result<NoticeState> {
    let version = desk.notice().version.clone();
    Ok(NoticeState {
        told_at: notice_told::find(connection, subject, &version)?,
        version,
    })
}
