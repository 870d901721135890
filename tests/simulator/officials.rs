//! What people do at the centre: reviewers, those who settle what is held, employers who file.

use domain::command::{Decision, RecordEmployment, Review, Settle, Settlement};
use domain::record::{Merge, MoveHome, Renumber, Split};
use domain::{Act, Command, Division, Id, Reason, Staff, Stage};
use rand::Rng;
use rand::rngs::StdRng;

use super::acts;
use super::city::City;
use super::tables::{Database, held};

impl City {
    /// What waits for somebody at the centre, and what that somebody does.
    pub fn due(&self, rng: &mut StdRng, now_ms: u64, storm: bool) -> Vec<(Id, Staff, Act)> {
        let mut due = Vec::new();
        let open = held(&self.database);
        for (command, (reason, waits_for)) in &open.data.held {
            if waits_for.is_some()
                && reason.code == "command.waits"
                && !self.waits_for_ever(&open, *command)
            {
                continue;
            }
            let how = match (reason.code.as_str(), rng.gen_range(0..3)) {
                ("person.name_differs", 0) => Settlement::AnotherPerson,
                ("person.name_differs", 1) => self.same_person(&open, *command),
                _ => Settlement::Refuse {
                    reason: Reason::new("settle.refused"),
                },
            };
            let command = *command;
            let act = Act::Settle(Settle { command, how });
            due.push((acts::id(rng, now_ms), official("3203", 0), act));
        }
        for case in open.data.cases.values() {
            let all = case.pages.iter().all(|page| {
                let place = (case.filed_at.clone(), page.sha256.clone());
                open.data.stored.contains(&place)
            });
            match case.stage {
                Stage::AwaitingPages { .. } if all => {
                    let id = case.id.derive(&format!("pages_stored:{}", case.version));
                    due.push((id, official("3203", 9), Act::PagesStored { case: case.id }));
                }
                Stage::InReview { step } => {
                    let decision = match rng.gen_range(0..10) {
                        0..7 => Decision::Approve {
                            opinion: String::new(),
                        },
                        7 if storm => Decision::Return {
                            reason: "补正".to_owned(),
                            field: None,
                        },
                        _ => Decision::Refuse {
                            reason: "不符".to_owned(),
                        },
                    };
                    let review = Review {
                        case: case.id,
                        version: case.version,
                        decision,
                    };
                    let level = [9, 6, 4][step.min(2)];
                    let by = official(&case.filed_at.0[..level], step);
                    due.push((acts::id(rng, now_ms), by, Act::Review(review)));
                }
                _ => {}
            }
        }
        due
    }

    /// It waits for a command that nobody has.
    fn waits_for_ever(&self, open: &Database, command: Id) -> bool {
        let waits_for = open
            .data
            .held
            .get(&command)
            .and_then(|(_, waits_for)| *waits_for);
        waits_for.is_some_and(|id| !open.data.commands.contains_key(&id))
    }

    fn same_person(&self, open: &Database, command: Id) -> Settlement {
        let body = open
            .data
            .commands
            .get(&command)
            .map(|row| row.body.as_str());
        let command: Option<Command> = body.and_then(|body| serde_json::from_str(body).ok());
        let document = command.and_then(|command| match command.act {
            Act::Submit(submit) => Some(submit.identity.document),
            _ => None,
        });
        let person = open
            .data
            .people
            .values()
            .find(|person| document.as_ref() == Some(&person.identity.document));
        match person {
            Some(person) => Settlement::SamePerson { person: person.id },
            None => Settlement::Refuse {
                reason: Reason::new("settle.refused"),
            },
        }
    }

    /// A record is corrected: another number, two records of one person, one of two, another home.
    pub fn correction(
        &self,
        rng: &mut StdRng,
        homes: &[Division],
        now_ms: u64,
    ) -> Option<(&'static str, Id, Staff, Act)> {
        let open = held(&self.database);
        let people: Vec<_> = open.data.people.values().collect();
        if people.is_empty() {
            return None;
        }
        let person = people[rng.gen_range(0..people.len())];
        let reason = "核对后更正".to_owned();
        let (what, act) = match rng.gen_range(0..4) {
            0 => {
                let mut identity = tests::speaker::resident(rng.gen_range(1..acts::RESIDENTS + 4));
                identity.name.clone_from(&person.identity.name);
                let person = person.id;
                let act = Renumber {
                    person,
                    identity,
                    reason,
                };
                ("renumbered", Act::Renumber(act))
            }
            1 => {
                let (keep, gone) = (person.id, people[rng.gen_range(0..people.len())].id);
                ("merged", Act::Merge(Merge { keep, gone, reason }))
            }
            2 => {
                let theirs = open.data.cases.values();
                let theirs = theirs.filter(|case| case.person == person.id);
                let cases = theirs.take(1).map(|case| case.id).collect();
                let other = tests::speaker::resident(rng.gen_range(1..acts::RESIDENTS + 4));
                let person = person.id;
                let act = Split {
                    person,
                    other,
                    cases,
                    reason,
                };
                ("split", Act::Split(act))
            }
            _ => {
                let home = homes[rng.gen_range(0..homes.len())].clone();
                let person = person.id;
                let act = MoveHome {
                    person,
                    home,
                    reason,
                };
                ("moved", Act::MoveHome(act))
            }
        };
        Some((what, acts::id(rng, now_ms), official("3203", 0), act))
    }

    /// An employer files, so that what somebody declares has to be looked at.
    pub fn employment(rng: &mut StdRng, home: &Division) -> Act {
        let order = rng.gen_range(1..=acts::RESIDENTS);
        Act::RecordEmployment(RecordEmployment {
            identity: tests::speaker::resident(order),
            home: home.clone(),
            employer: "示范公司".to_owned(),
            since: "2026-01-01".parse().expect("a day"),
            until: None,
            source: "用工备案 2026-10-31".to_owned(),
        })
    }
}

fn official(area: &str, step: usize) -> Staff {
    let area = Division(area.to_owned());
    Staff {
        id: Id(uuid::Uuid::new_v5(
            &uuid::Uuid::NAMESPACE_DNS,
            format!("{area} {step}").as_bytes(),
        )),
        name: format!("审核{area}"),
        area,
    }
}
