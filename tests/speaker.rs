//! An installation under the hand of a test: it speaks with the centre through the station's own
//! line, but what it sends, when and how often is the test's choice.

use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use domain::command::Submit;
use domain::heartbeat::Heartbeat;
use domain::identity::Evidence;
use domain::order::Report;
use domain::snapshot::Offer;
use domain::sync::{
    AuditHead, Entry, FeedAt, FeedFact, Hello, HelloReply, LogAt, PROTOCOL, Pull, PullReply, Push,
    Unsent, first_link, first_sum, link, sum_after,
};
use domain::{Act, Command, Document, DocumentKind, Id, Identity, Sex, Staff};
use ed25519_dalek::{Signer, SigningKey};
use station::enrol;
use station::keys::Installation;
use station::line::tls::Clock;
use station::line::{Line, LineError, Packed};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::desk::{PASSWORD, answers};

/// The installation, its log and its place in the feed.
pub struct Speaker {
    /// Keys and certificate.
    pub installation: Installation,
    /// Who acts.
    pub staff: Staff,
    /// The end of the log as written, sent or not.
    pub log: LogAt,
    /// The address of the catalogue that it says it works by.
    pub bundle: Option<String>,
    /// How the station says it is.
    pub heartbeat: Option<Heartbeat>,
    /// Where its audit stands.
    pub audit: AuditHead,
    /// The lease it says it has.
    pub lease: u64,
    /// What became of orders.
    pub reports: Vec<Report>,
    line: Line,
    runtime: Runtime,
}

impl Speaker {
    /// Enrols with a one-time code and logs its staff in.
    pub fn enrol(url: &str, ca_file: &str, code: &str, login: &str) -> Speaker {
        let clock = Arc::new(Clock::system());
        let ca_pem = std::fs::read_to_string(ca_file).expect("the city's CA");
        let made = enrol::request(url, code, &ca_pem, &clock, &mut rand::rngs::OsRng);
        let made = made.unwrap_or_else(|error| panic!("the code is taken: {error}"));
        let installation = Installation {
            id: made.enrolled.installation,
            community: made.enrolled.community,
            community_name: made.enrolled.community_name,
            station_url: made.enrolled.station_url,
            centre_url: url.to_owned(),
            number: made.enrolled.number,
            until: made.enrolled.until,
            certificate_pem: made.enrolled.certificate_pem,
            key_pem: made.key_pem.to_string(),
            ca_pem: made.enrolled.ca_pem,
            log_key: *made.log_key,
            centre_key: made.enrolled.centre_key,
        };
        let line = || Line::of(&installation, Arc::default(), clock.clone()).expect("a line");
        let known = enrol::login(line(), login, PASSWORD).expect("the password is right");
        let (staff, line) = (known.staff, line());
        let log = LogAt {
            last: 0,
            link: first_link(),
        };
        Speaker {
            installation,
            staff,
            log,
            bundle: None,
            heartbeat: None,
            audit: AuditHead::default(),
            lease: 0,
            reports: Vec::new(),
            line,
            runtime: Runtime::new().expect("a runtime"),
        }
    }

    /// A registration of somebody as a counter files it.
    pub fn registration(&self, id: Id, who: Identity) -> Command {
        let n = self.log.last + 1;
        Command {
            id,
            after: None,
            replaces: None,
            by: self.staff.clone(),
            acted_on: day("2026-02-02"),
            made_at: Utc::now(),
            catalogue: String::new(),
            act: Act::Submit(Submit {
                business: "unemployment_registration".into(),
                community: self.installation.community.clone(),
                serial: format!("{}-{n:06}", self.installation.community),
                identity: who,
                evidence: Evidence::CardRead {
                    reader: "TEST 00 00".into(),
                    sam_id: None,
                    block_sha256: "00".repeat(32),
                    read_at: None,
                },
                answers: answers(crate::desk::REGISTRATION),
                changes: Vec::new(),
                pages: Vec::new(),
            }),
        }
    }

    /// The next entry of the log, signed.
    pub fn write(&mut self, command: &Command) -> Entry {
        let body = serde_json::to_string(command).expect("a command is JSON");
        let entry = self.entry_after(&self.log, command.id, body);
        self.log = LogAt {
            last: entry.n,
            link: entry.link.clone(),
        };
        entry
    }

    /// A signed entry that continues the log somewhere; the log stays as it is.
    pub fn entry_after(&self, at: &LogAt, id: Id, body: String) -> Entry {
        let n = at.last + 1;
        let link = link(&at.link, self.installation.id, n, id, &body);
        let key = SigningKey::from_bytes(&self.installation.log_key);
        let signature = key.sign(&hex::decode(&link).expect("a link is hex"));
        Entry {
            n,
            id,
            body,
            signature: hex::encode(signature.to_bytes()),
            link,
        }
    }

    /// Pushes some entries; where the centre's log ends then.
    pub fn push(&self, entries: &[Entry]) -> Result<u64, LineError> {
        self.runtime.block_on(self.push_later(entries))
    }

    /// Pushes two pages at the same time.
    pub fn push_both(&self, one: &[Entry], other: &[Entry]) -> [Result<u64, LineError>; 2] {
        let both = async { tokio::join!(self.push_later(one), self.push_later(other)) };
        self.runtime.block_on(both).into()
    }

    async fn push_later(&self, entries: &[Entry]) -> Result<u64, LineError> {
        let push = Push {
            from: entries.first().map_or(1, |entry| entry.n),
            commands: entries.to_vec(),
        };
        let reply = self.line.push(Packed::new(&push)?).await?;
        Ok(reply.acked)
    }

    /// One page of the feed.
    pub fn pull(&self, after: FeedAt, limit: usize) -> Result<PullReply, LineError> {
        let pull = Pull { after, limit };
        self.runtime.block_on(self.line.pull(&pull))
    }

    /// The whole feed in small pages, its numbers and checksums checked on the way.
    pub fn feed(&self) -> Vec<FeedFact> {
        let mut facts: Vec<FeedFact> = Vec::new();
        loop {
            let after = facts.last().map_or_else(first, at);
            let reply = self.pull(after.clone(), 7).expect("facts");
            if reply.facts.is_empty() {
                assert_eq!(reply.head, after.seq, "nothing is missing at the end");
                return facts;
            }
            for fact in reply.facts {
                let before = facts.last().map_or_else(first, at);
                assert_eq!(fact.seq, before.seq + 1, "numbers are dense");
                assert_eq!(fact.sum, sum_after(&before.sum, &fact.body));
                facts.push(fact);
            }
        }
    }

    /// A stretch of a snapshot.
    pub fn snapshot(&self, offer: &Offer, from: u64, len: u64) -> Result<Vec<u8>, LineError> {
        self.runtime
            .block_on(self.line.snapshot_part(offer, from, len))
    }

    /// The file of a catalogue.
    pub fn catalogue(&self, offer: &domain::bundle::Offer) -> Result<Vec<u8>, LineError> {
        self.runtime.block_on(self.line.catalogue(offer))
    }

    /// Says where we are, and waits for news as long as is said.
    pub fn hello(&self, feed: FeedAt, wait_ms: u64) -> Result<HelloReply, LineError> {
        let hello = Hello {
            protocol: PROTOCOL,
            version: "test".into(),
            boots: 1,
            run: None,
            restored: false,
            feed,
            log: self.log.clone(),
            unsent: Unsent::default(),
            audit: self.audit.clone(),
            lease: self.lease,
            bundle: self.bundle.clone(),
            heartbeat: self.heartbeat.clone(),
            reports: self.reports.clone(),
            wait_ms,
        };
        self.runtime.block_on(self.line.hello(&hello))
    }
}

/// Before the first fact.
pub fn first() -> FeedAt {
    FeedAt {
        seq: 0,
        sum: first_sum(),
    }
}

/// Where a feed is after a fact.
pub fn at(fact: &FeedFact) -> FeedAt {
    FeedAt {
        seq: fact.seq,
        sum: fact.sum.clone(),
    }
}

/// A new id of a command.
pub fn new_id() -> Id {
    Id(Uuid::now_v7())
}

/// Somebody born in 1980 who does not exist; `order` tells them apart.
pub fn resident(order: u32) -> Identity {
    let digits = format!("32039019800505{order:03}");
    let check = domain::id_number::check_character(&digits).expect("digits");
    Identity {
        document: Document {
            kind: DocumentKind::CitizenCard,
            number: format!("{digits}{check}"),
        },
        name: "王示范".into(),
        latin_name: None,
        sex: [Sex::Female, Sex::Male][(order % 2) as usize],
        ethnic: Some("01".into()),
        birth: day("1980-05-05"),
        address: "江苏省徐州市示范路1号".into(),
        issuer: "示范市公安局".into(),
        valid_from: Some(day("2016-01-01")),
        valid_to: None,
        nationality: None,
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}
