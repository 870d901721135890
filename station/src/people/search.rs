//! Finding people: by name or its beginning, pinyin, first letters or a mixture, whole number, last
//! four, or phone. What fits exactly comes first, then who lives in this community.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use domain::id_number::mask;
use domain::{Id, Person};
use rusqlite::Connection;

use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::names::{self, typed};
use crate::store::person_key::{self, Kind, Near};
use crate::store::{entity, outbox};
use crate::view::{Matched, PeopleFound, PersonRow};

/// Rows of one search.
const ROWS: usize = 20;
/// Keys looked through where first letters leave a choice.
const LOOKED_THROUGH: usize = 200;
/// Characters of a text that is looked for; more is no name and no number.
const TEXT_CHARS: usize = 64;

impl Desk {
    /// People by what was typed. A search that began later ends this one (`search.superseded`).
    pub fn search_people(&self, text: &str) -> Result<PeopleFound> {
        let turn = self.searches.fetch_add(1, Ordering::AcqRel) + 1;
        let text: String = text.chars().take(TEXT_CHARS).collect();
        let sought = Sought::read(&text, |number| self.store.subject(number));
        let mut found = PeopleFound {
            rows: Vec::new(),
            more: false,
            unfinished: sought.unfinished,
        };
        if sought.probes.is_empty() {
            return Ok(found);
        }
        self.store.admit_looking()?;
        self.store.read(|c| {
            let mut hits = BTreeMap::new();
            for (order, probe) in sought.probes.iter().enumerate() {
                self.still_wanted(turn)?;
                // Guesses only where what was typed finds little.
                if probe.letters.is_some() && hits.len() >= ROWS {
                    break;
                }
                for (key, id) in probe.find(c)? {
                    note(&mut hits, id, probe.hit(order, &key));
                }
            }
            self.add_pending(c, &sought, &mut hits)?;
            let mut ranked: Vec<(Hit, Id)> = hits.into_iter().map(|(id, hit)| (hit, id)).collect();
            ranked.sort();
            found.more = ranked.len() > ROWS;
            for (hit, id) in ranked.into_iter().take(ROWS) {
                self.still_wanted(turn)?;
                let person = entity::find_person(c, id)?.and_then(entity::Kept::into_shown);
                found.rows.extend(person.map(|person| row(&person, hit)));
            }
            Ok(found)
        })
    }

    fn still_wanted(&self, turn: u64) -> Result<()> {
        match self.searches.load(Ordering::Acquire) == turn {
            true => Ok(()),
            false => Err(Error::coded("search.superseded")),
        }
    }

    /// What is pending is not in the index, and little.
    fn add_pending(
        &self,
        connection: &Connection,
        sought: &Sought,
        hits: &mut BTreeMap<Id, Hit>,
    ) -> Result<()> {
        for id in outbox::pending_people(connection)? {
            let shown = entity::find_person(connection, id)?.and_then(entity::Kept::into_shown);
            let Some(person) = shown.filter(|_| !hits.contains_key(&id)) else {
                continue;
            };
            let keys = self.store.keys_of(&person);
            for (order, probe) in sought.probes.iter().enumerate() {
                let fitting = keys.iter().filter(|key| probe.fits(key));
                for key in fitting {
                    note(hits, id, probe.hit(order, key));
                }
            }
        }
        Ok(())
    }
}

/// Keeps the best reason why somebody was found.
fn note(hits: &mut BTreeMap<Id, Hit>, id: Id, hit: Hit) {
    match hits.get(&id) {
        Some(known) if *known <= hit => {}
        _ => {
            hits.insert(id, hit);
        }
    }
}

/// Why somebody was found; the smaller, the better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    /// Begins so only.
    cut_short: bool,
    elsewhere: bool,
    /// Which probe, in order.
    order: usize,
    key: String,
    matched: Matched,
    syllables: String,
}

/// What was typed, as what is looked up.
struct Sought {
    probes: Vec<Probe>,
    unfinished: bool,
}

/// One look into the index.
struct Probe {
    matched: Matched,
    near: Near,
    key: String,
    /// The whole key, not its beginning.
    whole: bool,
    /// Letters that the syllables behind the key must begin with.
    letters: Option<String>,
}

impl Sought {
    fn read(text: &str, subject: impl Fn(&str) -> String) -> Sought {
        let plain = names::plain(text);
        let digits = plain.strip_suffix('X').unwrap_or(&plain);
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let has_digit = plain.bytes().any(|b| b.is_ascii_digit());
        let one = |matched, key| Sought {
            probes: vec![Probe::whole(matched, Near::Elsewhere, key)],
            unfinished: false,
        };
        match plain.len() {
            0 => Sought::nothing(false),
            4 if is_number => Sought {
                probes: Near::BOTH
                    .map(|near| {
                        let key = Kind::LastFour.key(near, &plain);
                        Probe::whole(Matched::LastFour, near, key)
                    })
                    .into(),
                unfinished: false,
            },
            11 if is_number => one(Matched::Phone, person_key::phone(&plain)),
            15 | 18 if plain.is_ascii() && has_digit => {
                one(Matched::Number, person_key::document(&subject(&plain)))
            }
            _ if is_number => Sought::nothing(true),
            _ => Sought::named(&plain),
        }
    }

    fn nothing(unfinished: bool) -> Sought {
        Sought {
            probes: Vec::new(),
            unfinished,
        }
    }

    fn named(plain: &str) -> Sought {
        let mut probes = Vec::new();
        let mut begin = |matched, kind: Kind, text: &str, letters: Option<&str>| {
            probes.extend(Near::BOTH.map(|near| Probe {
                matched,
                near,
                key: kind.key(near, text),
                whole: false,
                letters: letters.map(str::to_owned),
            }));
        };
        begin(Matched::Name, Kind::Name, plain, None);
        let letters = plain.to_lowercase();
        if letters.bytes().all(|b| b.is_ascii_lowercase()) {
            begin(Matched::Pinyin, Kind::Spelled, &letters, None);
            begin(Matched::Initials, Kind::Initials, &letters, None);
            let cuts = typed::cuts(&letters);
            let mixed = cuts.iter().filter(|cut| cut.initials != letters);
            for cut in mixed.clone() {
                let text = format!("{} {}", cut.initials, cut.first);
                begin(Matched::Pinyin, Kind::Initials, &text, Some(&letters));
            }
            for cut in mixed {
                begin(
                    Matched::Pinyin,
                    Kind::Initials,
                    &cut.initials,
                    Some(&letters),
                );
            }
        }
        Sought {
            probes,
            unfinished: false,
        }
    }
}

impl Probe {
    fn whole(matched: Matched, near: Near, key: String) -> Probe {
        Probe {
            matched,
            near,
            key,
            whole: true,
            letters: None,
        }
    }

    fn find(&self, connection: &Connection) -> Result<Vec<(String, Id)>> {
        if self.whole {
            let ids = person_key::find(connection, &self.key, ROWS + 1)?;
            return Ok(ids.into_iter().map(|id| (self.key.clone(), id)).collect());
        }
        let limit = match self.letters {
            Some(_) => LOOKED_THROUGH,
            None => ROWS + 1,
        };
        let mut found = person_key::find_beginning(connection, &self.key, limit)?;
        found.retain(|(key, _)| self.fits(key));
        Ok(found)
    }

    fn fits(&self, key: &str) -> bool {
        if self.whole {
            return self.key == key;
        }
        let spelled = |letters: &String| {
            let all: Vec<&str> = syllables(key).split(' ').collect();
            typed::fits(letters, &all)
        };
        key.starts_with(&self.key) && self.letters.as_ref().is_none_or(spelled)
    }

    fn hit(&self, order: usize, key: &str) -> Hit {
        let rest = key.get(self.key.len()..).unwrap_or_default();
        let whole = match self.matched {
            Matched::Initials => rest.starts_with(' '),
            Matched::Pinyin if self.letters.is_some() => self.key.contains(' '),
            _ => rest.is_empty(),
        };
        let spelled = matches!(self.matched, Matched::Initials | Matched::Pinyin);
        Hit {
            cut_short: !whole,
            elsewhere: self.near == Near::Elsewhere,
            order,
            key: key.to_owned(),
            matched: self.matched,
            syllables: match spelled {
                true => syllables(key).to_owned(),
                false => String::new(),
            },
        }
    }
}

/// The syllables behind a key of first letters; of a spelled one, all of it.
fn syllables(key: &str) -> &str {
    let text = key.get(2..).unwrap_or_default();
    text.split_once(' ')
        .map_or(text, |(_, syllables)| syllables)
}

fn row(person: &Person, hit: Hit) -> PersonRow {
    let in_force = person
        .standings
        .iter()
        .filter(|(_, standing)| standing.until.is_none());
    PersonRow {
        person: person.id,
        name: person.identity.name.clone(),
        masked_number: mask(&person.identity.document.number),
        birth: person.identity.birth,
        standings: in_force.map(|(name, _)| name.clone()).collect(),
        home: person.home.clone(),
        matched: hit.matched,
        spelled: Some(hit.syllables).filter(|syllables| !syllables.is_empty()),
        exact: !hit.cut_short,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn matched(text: &str) -> Vec<Matched> {
        let sought = Sought::read(text, |number| number.to_owned());
        let all: BTreeSet<Matched> = sought.probes.iter().map(|probe| probe.matched).collect();
        all.into_iter().collect()
    }

    #[test]
    fn what_was_typed_says_what_is_looked_for() {
        assert_eq!(matched("001X"), [Matched::LastFour]);
        assert_eq!(matched("139 0000 0000"), [Matched::Phone]);
        assert_eq!(matched("320390199001010019"), [Matched::Number]);
        assert_eq!(matched("王 示范"), [Matched::Name]);
        let letters = [Matched::Name, Matched::Pinyin, Matched::Initials];
        assert_eq!(matched("wsf"), letters);
        assert!(matched("").is_empty() && matched(" ").is_empty());
    }

    #[test]
    fn a_number_under_way_finds_nobody_and_says_so() {
        let sought = Sought::read("32039019", |number| number.to_owned());
        assert!(sought.probes.is_empty() && sought.unfinished);
    }
}
