//! Chains as files: lines of UTF-8, fields apart by tabs, so that an auditor can read and count
//! them with whatever is at hand. What a line holds:
//!
//! | first | then |
//! | --- | --- |
//! | `yizhan-audit` | `1`, origin: `station:ID`, or `centre` |
//! | `r` | `n`, `at_ms`, `running_ms`, `boots`, `high_water_ms`, `who` or `-`, `kind`, `about` or `-`, `previous`, `hash`, `details` |
//! | `w` | origin, `n`, `hash`, `at_ms`: a head of another chain that was witnessed here, and when |
//! | `end` | `n`, `hash`: the head when the file was made; a file without it was cut off |
//!
//! Hashes and pseudonyms are hex. A tab or line end cannot stand in a field: kinds have none, and
//! details are JSON, which escapes them.

use std::io::{self, Write};

use uuid::Uuid;

use crate::record::{About, Hash, Head, Record};
use crate::verify::Witness;

/// What such files are called.
pub const ENDING: &str = "yzaudit";
const MAGIC: &str = "yizhan-audit";
const VERSION: &str = "1";

/// Writes a chain.
pub struct Writer<W: Write> {
    out: W,
    head: Head,
}

impl<W: Write> Writer<W> {
    /// Begins the file of a chain.
    pub fn begin(mut out: W, origin: &str) -> io::Result<Writer<W>> {
        writeln!(out, "{MAGIC}\t{VERSION}\t{origin}")?;
        let head = Head::EMPTY;
        Ok(Writer { out, head })
    }

    /// Appends a record as it is stored: a bad one too.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        let who = record.who.map_or("-".to_owned(), |who| who.to_string());
        let about = record.about.map_or("-".to_owned(), hex::encode);
        self.head = record.head();
        writeln!(
            self.out,
            "r\t{}\t{}\t{}\t{}\t{}\t{who}\t{}\t{about}\t{}\t{}\t{}",
            record.n,
            record.at_ms,
            record.running_ms,
            record.boots,
            record.high_water_ms,
            record.kind,
            hex::encode(record.previous),
            hex::encode(record.hash),
            record.details,
        )
    }

    /// Appends a head of another chain.
    pub fn witness(&mut self, witness: &Witness) -> io::Result<()> {
        let Witness {
            origin,
            head,
            at_ms,
        } = witness;
        let hash = hex::encode(head.hash);
        writeln!(self.out, "w\t{origin}\t{}\t{hash}\t{at_ms}", head.n)
    }

    /// Closes the file behind the last record; what was written.
    pub fn end(self) -> io::Result<W> {
        let head = self.head;
        self.end_at(&head)
    }

    /// Closes the file with the head as it is kept elsewhere: a record that lacks is missed.
    pub fn end_at(mut self, head: &Head) -> io::Result<W> {
        writeln!(self.out, "end\t{}\t{}", head.n, hex::encode(head.hash))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A file as read: where each line stands, records not parsed yet.
#[derive(Debug)]
pub struct Chain<'a> {
    /// Whose chain it is.
    pub origin: &'a str,
    /// Line number from 1 and text of each record.
    pub records: Vec<(usize, &'a str)>,
    /// Heads of other chains.
    pub witnesses: Vec<Witness>,
    /// The head when the file was made.
    pub end: Head,
}

/// Why a file is no chain.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoChain {
    /// The first line is another.
    #[error("this is no audit file")]
    Other,
    /// Written by a newer program.
    #[error("layout {0} is newer than this program")]
    Newer(String),
    /// A line that is none of those above.
    #[error("line {0} cannot be read")]
    Line(usize),
    /// No `end`, or something after it.
    #[error("the file was cut off or added to behind line {0}")]
    End(usize),
}

/// Reads the frame of a file; its records are parsed when they are verified.
pub fn read(text: &str) -> Result<Chain<'_>, NoChain> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let first: Vec<&str> = lines.next().unwrap_or_default().1.split('\t').collect();
    let origin = match first.as_slice() {
        [MAGIC, VERSION, origin] => origin,
        [MAGIC, other, ..] => return Err(NoChain::Newer((*other).to_owned())),
        _ => return Err(NoChain::Other),
    };
    let (mut records, mut witnesses) = (Vec::new(), Vec::new());
    let mut last = 1;
    while let Some((at, line)) = lines.next() {
        last = at;
        match line.split_once('\t') {
            Some(("r", _)) => records.push((at, line)),
            Some(("w", rest)) => {
                witnesses.push(parse_witness(rest).ok_or(NoChain::Line(at))?);
            }
            Some(("end", rest)) => {
                let end = parse_head(rest).ok_or(NoChain::Line(at))?;
                if lines.next().is_some() {
                    return Err(NoChain::End(at));
                }
                return Ok(Chain {
                    origin,
                    records,
                    witnesses,
                    end,
                });
            }
            _ => return Err(NoChain::Line(at)),
        }
    }
    Err(NoChain::End(last))
}

/// A record from its line.
pub fn parse(line: &str) -> Option<Record<'_>> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    if next()? != "r" {
        return None;
    }
    let record = Record {
        n: next()?.parse().ok()?,
        at_ms: next()?.parse().ok()?,
        running_ms: next()?.parse().ok()?,
        boots: next()?.parse().ok()?,
        high_water_ms: next()?.parse().ok()?,
        who: match next()? {
            "-" => None,
            id => Some(Uuid::try_parse(id).ok()?),
        },
        kind: next()?,
        about: match next()? {
            "-" => None,
            text => Some(bytes::<16>(text)? as About),
        },
        previous: bytes(next()?)?,
        hash: bytes(next()?)?,
        details: next()?,
    };
    fields.next().is_none().then_some(record)
}

fn parse_witness(text: &str) -> Option<Witness> {
    let (origin, rest) = text.split_once('\t')?;
    let (head, at) = rest.rsplit_once('\t')?;
    Some(Witness {
        origin: origin.to_owned(),
        head: parse_head(head)?,
        at_ms: at.parse().ok()?,
    })
}

fn parse_head(text: &str) -> Option<Head> {
    let (n, hash) = text.split_once('\t')?;
    let hash: Hash = bytes(hash)?;
    let n = n.parse().ok()?;
    Some(Head { n, hash })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
