//! A station as the centre sees it: an installation with its key, its certificate and its log. It
//! folds what it pulls, and checks every number and checksum on the way.

use center::admin;
use center::store::staff::Role;
use domain::evolve::evolve;
use domain::snapshot::Offer;
use domain::sync::{
    AuditHead, BlobAt, Enrol, Enrolled, Entry, FeedAt, Hello, HelloReply, LogAt, Problem, Pull,
    PullReply, Push, PushReply, Unsent, first_link, first_sum, link, sum_after,
};
use domain::{Change, Command, Division, Fact, Id, Outcome, Staff, State};
use ed25519_dalek::{Signer, SigningKey};
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client, Identity, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::support::City;

pub struct Desk {
    pub staff: Staff,
    pub enrolled: Enrolled,
    pub key: SigningKey,
    pub last: LogAt,
    pub feed: FeedAt,
    pub facts: Vec<Fact>,
    pub state: State,
    pub audit: AuditHead,
    pub lease: u64,
    pub bundle: Option<String>,
    pub heartbeat: Option<domain::heartbeat::Heartbeat>,
    pub boots: u64,
    pub run: Option<Id>,
    pub reports: Vec<domain::order::Report>,
    pub client: Client,
}

/// What the enrolment port says to a code.
pub async fn enrol(city: &City, code: &str, log: &SigningKey) -> (Response, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let request = CertificateParams::default()
        .serialize_request(&key)
        .unwrap();
    let enrol = Enrol {
        code: code.to_owned(),
        request_pem: request.pem().unwrap(),
        log_key: hex::encode(log.verifying_key().as_bytes()),
        new_log: None,
    };
    let url = format!("https://{}/enrol", city.running.enrol_addr);
    let client = client(city, None);
    (client.post(url).json(&enrol).send().await.unwrap(), key)
}

pub fn client(city: &City, identity: Option<&str>) -> Client {
    let ca = std::fs::read(city.dir.path().join("ca.pem")).unwrap();
    let mut builder = Client::builder()
        .use_rustls_tls()
        .add_root_certificate(Certificate::from_pem(&ca).unwrap());
    if let Some(pem) = identity {
        builder = builder.identity(Identity::from_pem(pem.as_bytes()).unwrap());
    }
    builder.build().unwrap()
}

impl Desk {
    /// Enrols a station with one assistant, named after its community.
    pub async fn open(city: &City, community: &str) -> Desk {
        let staff = city.staff(community, community, Role::Station).await;
        Desk::open_as(city, community, staff).await
    }

    pub async fn open_as(city: &City, community: &str, staff: Staff) -> Desk {
        let code = admin::code(city.center(), &Division(community.into()))
            .await
            .unwrap();
        let key = SigningKey::generate(&mut rand::rngs::OsRng);
        let (response, tls_key) = enrol(city, &code, &key).await;
        assert_eq!(response.status(), StatusCode::OK);
        let enrolled: Enrolled = response.json().await.unwrap();
        let pem = format!("{}{}", enrolled.certificate_pem, tls_key.serialize_pem());
        Desk {
            client: client(city, Some(&pem)),
            staff,
            enrolled,
            key,
            last: LogAt {
                last: 0,
                link: first_link(),
            },
            feed: FeedAt {
                seq: 0,
                sum: first_sum(),
            },
            facts: Vec::new(),
            state: State::empty(false),
            audit: AuditHead::default(),
            lease: 0,
            bundle: None,
            heartbeat: None,
            boots: 1,
            run: None,
            reports: Vec::new(),
        }
    }

    /// The next entry of the log.
    pub fn write(&mut self, command: &Command) -> Entry {
        self.write_body(command.id, serde_json::to_string(command).unwrap())
    }

    pub fn write_body(&mut self, id: Id, body: String) -> Entry {
        let n = self.last.last + 1;
        let link = link(&self.last.link, self.enrolled.installation, n, id, &body);
        let signature = self.key.sign(&hex::decode(&link).unwrap());
        self.last = LogAt {
            last: n,
            link: link.clone(),
        };
        let signature = hex::encode(signature.to_bytes());
        Entry {
            n,
            id,
            body,
            link,
            signature,
        }
    }

    pub async fn push(&self, entries: &[Entry]) -> Result<u64, Problem> {
        let from = entries.first().map_or(1, |entry| entry.n);
        let push = Push {
            from,
            commands: entries.to_vec(),
        };
        let reply: Result<PushReply, Problem> = self.post("/push", &push).await;
        reply.map(|reply| reply.acked)
    }

    /// Writes, pushes, pulls, and says what it came to.
    pub async fn file(&mut self, command: &Command) -> Outcome {
        let entry = self.write(command);
        self.push(&[entry]).await.unwrap();
        self.pull().await;
        self.outcome(command.id).expect("an answer in the feed")
    }

    /// Pulls all there is in small pages.
    pub async fn pull(&mut self) {
        loop {
            let pull = Pull {
                after: self.feed.clone(),
                limit: 3,
            };
            let reply: PullReply = self.post("/pull", &pull).await.unwrap();
            if reply.facts.is_empty() {
                assert_eq!(self.feed.seq, reply.head);
                return;
            }
            for fact in reply.facts {
                assert_eq!(fact.seq, self.feed.seq + 1, "dense");
                assert_eq!(fact.sum, sum_after(&self.feed.sum, &fact.body));
                self.feed = FeedAt {
                    seq: fact.seq,
                    sum: fact.sum,
                };
                let fact: Fact = serde_json::from_str(&fact.body).unwrap();
                let same = |f: &&Fact| (f.cause, f.index) == (fact.cause, fact.index);
                assert!(
                    self.facts.iter().find(same).is_none(),
                    "a fact's id stands once"
                );
                evolve(&mut self.state, &fact);
                self.facts.push(fact);
            }
        }
    }

    /// The last word on a command in the feed.
    pub fn outcome(&self, command: Id) -> Option<Outcome> {
        let mut answers = self
            .facts
            .iter()
            .filter(|fact| fact.entity == command)
            .rev();
        answers.find_map(|fact| match &fact.change {
            Change::Decided { outcome, .. } => Some(outcome.clone()),
            _ => None,
        })
    }

    pub async fn hello(&self, wait_ms: u64) -> Result<HelloReply, Problem> {
        let hello = Hello {
            protocol: 1,
            version: "test".into(),
            boots: self.boots,
            run: self.run,
            restored: false,
            feed: self.feed.clone(),
            log: self.last.clone(),
            unsent: Unsent {
                commands: 0,
                pages: 1,
            },
            audit: self.audit.clone(),
            lease: self.lease,
            bundle: self.bundle.clone(),
            heartbeat: self.heartbeat.clone(),
            reports: self.reports.clone(),
            wait_ms,
        };
        self.post("/hello", &hello).await
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Problem> {
        let packed = zstd::bulk::compress(&serde_json::to_vec(body).unwrap(), 1).unwrap();
        let request = self.client.post(self.url(path)).body(packed);
        let request = request
            .header("content-encoding", "zstd")
            .header("accept-encoding", "zstd");
        read(request.send().await.unwrap()).await
    }

    pub async fn part(&self, sha: &str, offset: usize, part: &[u8]) -> Result<BlobAt, Problem> {
        let request = self.client.patch(self.url(&format!("/blob/{sha}")));
        let request = request.header("upload-offset", offset).body(part.to_vec());
        read(request.send().await.unwrap()).await
    }

    /// The first part of a page of `length` bytes, before any command speaks of it.
    pub async fn first_part(
        &self,
        sha: &str,
        part: &[u8],
        length: usize,
    ) -> Result<BlobAt, Problem> {
        let request = self.client.patch(self.url(&format!("/blob/{sha}")));
        let request = request.header("upload-offset", 0).body(part.to_vec());
        let request = request.header("upload-length", length);
        read(request.send().await.unwrap()).await
    }

    /// From now on speaks to another process of the centre.
    pub fn turn_to(&mut self, running: &center::Running) {
        self.enrolled.station_url = format!("https://{}", running.station_addr);
    }

    pub async fn preview(&self, sha: &str, small: &[u8]) -> Result<BlobAt, Problem> {
        let request = self.client.put(self.url(&format!("/preview/{sha}")));
        read(request.body(small.to_vec()).send().await.unwrap()).await
    }

    pub async fn blob(&self, sha: &str) -> BlobAt {
        let request = self.client.get(self.url(&format!("/blob/{sha}")));
        read(request.send().await.unwrap()).await.unwrap()
    }

    /// The bytes `first` to `last` of a snapshot.
    pub async fn stretch(&self, offer: &Offer, first: u64, last: u64) -> Vec<u8> {
        let response = self.ask_stretch(offer, first, last).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        response.bytes().await.unwrap().to_vec()
    }

    /// Why a stretch of a snapshot is refused.
    pub async fn stretch_code(&self, offer: &Offer) -> String {
        let response = self.ask_stretch(offer, 0, 5).await;
        let problem: Problem = response.json().await.unwrap();
        problem.code
    }

    async fn ask_stretch(&self, offer: &Offer, first: u64, last: u64) -> Response {
        let path = format!("/snapshot/{}", offer.sha256);
        let request = self.client.get(self.url(&path));
        let request = request.header("range", format!("bytes={first}-{last}"));
        request.send().await.unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.enrolled.station_url)
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let status = response.status();
    let packed = response
        .headers()
        .get("content-encoding")
        .is_some_and(|v| v == "zstd");
    let mut bytes = response.bytes().await.unwrap().to_vec();
    if packed {
        bytes = zstd::stream::decode_all(bytes.as_slice()).unwrap();
    }
    match status {
        StatusCode::OK => Ok(serde_json::from_slice(&bytes).unwrap()),
        _ => Err(serde_json::from_slice(&bytes).unwrap()),
    }
}

/// The codes of an outcome's reasons.
pub fn codes(outcome: &Outcome) -> Vec<&str> {
    match outcome {
        Outcome::Accepted => Vec::new(),
        Outcome::Awaiting { reasons } | Outcome::Rejected { reasons } => {
            reasons.iter().map(|reason| reason.code.as_str()).collect()
        }
        Outcome::Held { reason } => vec![&reason.code],
    }
}
