//! Rows of a snapshot: one a line, a letter, the position of the last fact about it, its JSON. People
//! and cases in the order of their ids, then unread facts in the order of the feed, then answers by
//! command.

use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::{Id, Outcome};

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// What it is.
    pub kind: Kind,
    /// The last fact about it.
    pub seq: u64,
    /// Its JSON: of a person, a case, a fact word for word, or an [`Answer`].
    pub body: &'a str,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person.
    Person,
    /// A case.
    Case,
    /// A fact that was not understood.
    Unread,
    /// What became of a command.
    Answer,
}

/// The last word on a command, or on the one of several under its id that has these words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The command.
    pub command: Id,
    /// What it came to.
    pub outcome: Outcome,
    /// See [`crate::Change::Decided`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Kind::Person => 'p',
            Kind::Case => 'c',
            Kind::Unread => 'u',
            Kind::Answer => 'a',
        }
    }

    fn of(letter: &str) -> Option<Kind> {
        let all = [Kind::Person, Kind::Case, Kind::Unread, Kind::Answer];
        all.into_iter()
            .find(|kind| letter.len() == 1 && letter.starts_with(kind.letter()))
    }
}

impl Row<'_> {
    /// Appends its line.
    pub fn write(&self, text: &mut String) {
        text.push(self.kind.letter());
        text.push_str(&format!(" {} ", self.seq));
        text.push_str(self.body);
        text.push('\n');
    }
}

/// The rows of a chunk.
pub fn read(text: &str) -> impl Iterator<Item = Result<Row<'_>, Unreadable>> {
    text.split_terminator('\n')
        .map(|line| row(line).ok_or(Unreadable("no row")))
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut parts = line.splitn(3, ' ');
    Some(Row {
        kind: Kind::of(parts.next()?)?,
        seq: parts.next()?.parse().ok()?,
        body: parts.next()?,
    })
}
