//! The net between stations and centre: requests and answers that come late, twice, cut, or never.

use center::sync::is_news;
use domain::Id;
use domain::sync::{AuditHead, BlobAt, Hello, HelloReply, PROTOCOL, Pull, PullReply, Push};
use rand::Rng;
use station::line::LineError;
use station::sync::event::{Event, Part, Request, Said, Which};

use super::snapshots;
use super::uploads::Stretch;
use super::world::{Happening, World};

/// After so long without an answer there is none.
const TIMEOUT_MS: u64 = 30_000;

#[derive(Clone)]
pub enum Ask {
    Hello(Hello),
    Push(Push),
    Pull(Pull),
    PageAt(String),
    PagePart(Stretch),
    Part(Part),
}

pub enum Answer {
    Hello(HelloReply),
    Push(u64),
    Pull(PullReply),
    Page(BlobAt),
    Part(Vec<u8>),
    Failed(LineError),
}

/// A request on its way.
#[derive(Clone)]
pub struct Call {
    machine: usize,
    start: u64,
    which: Which,
    pub installation: Id,
    pub ask: Ask,
    said: Said,
    sent_at: u64,
}

impl World {
    pub fn ask(&mut self, at: usize, which: Which, request: Request) {
        let machine = &self.machines[at];
        let running = machine.running.as_ref().expect("it runs");
        let store = &running.store;
        let ask = match request {
            Request::Hello { wait_ms } => Ask::Hello(Hello {
                protocol: PROTOCOL,
                version: String::new(),
                boots: running.boots,
                run: None,
                restored: false,
                feed: store.feed_at().expect("a feed"),
                log: store.log_at().expect("a log"),
                unsent: store.unsent().expect("a count"),
                audit: AuditHead::default(),
                lease: 0,
                bundle: None,
                heartbeat: None,
                reports: Vec::new(),
                wait_ms,
            }),
            Request::Push { limit } => Ask::Push(store.next_push(limit).expect("a push").0),
            Request::Pull { limit } => Ask::Pull(Pull {
                after: store.feed_at().expect("a feed"),
                limit,
            }),
            Request::Part(part) => Ask::Part(part),
            // Machines here keep no catalogues, so none is asked for.
            Request::Catalogue(_) => return,
            Request::Load => return self.happened(at, which, Event::Staged),
            Request::Pages => match self.first_page(at) {
                Some(ask) => ask,
                None => return,
            },
        };
        self.call(at, which, ask);
    }

    /// Sends a request of a lane.
    pub fn call(&mut self, at: usize, which: Which, ask: Ask) {
        let machine = &self.machines[at];
        let store = &machine.running.as_ref().expect("it runs").store;
        let said = Said {
            seq: store.feed_at().expect("a feed").seq,
            acked: store.acked().expect("a count"),
        };
        let call = Call {
            machine: at,
            start: machine.starts,
            which,
            installation: machine.installation.id,
            ask,
            said,
            sent_at: self.now,
        };
        self.order += 1;
        let number = self.order;
        self.calls.insert(number, call);
        let running = self.machines[at].running.as_mut().expect("it runs");
        running.calls.insert(which, number);
        self.send(at, number);
    }

    /// Lets a request go: late, twice, or never.
    fn send(&mut self, at: usize, call: u64) {
        if self.now < self.machines[at].cut_until {
            return self.fail(call, 1, LineError::new("line.unreachable"));
        }
        let delay = self.delay();
        if self.storm && self.rng.gen_bool(0.06) {
            self.count("dropped");
            return self.fail(call, TIMEOUT_MS, LineError::new("line.timeout"));
        }
        if self.storm && self.rng.gen_bool(0.06) {
            self.count("doubled");
            let late = self.delay() + self.rng.gen_range(0..4_000);
            // Nobody waits for what the second one is answered.
            if let Some(twin) = self.calls.get(&call).cloned() {
                self.order += 1;
                self.calls.insert(self.order, Call { start: 0, ..twin });
                self.after(late, Happening::Arrive(self.order));
            }
        }
        self.after(delay, Happening::Arrive(call));
    }

    fn delay(&mut self) -> u64 {
        match self.storm && self.rng.gen_bool(0.1) {
            true => self.rng.gen_range(100..6_000),
            false => self.rng.gen_range(1..60),
        }
    }

    pub fn fail(&mut self, call: u64, wait: u64, error: LineError) {
        self.after(
            wait,
            Happening::Answer(call, Box::new(Answer::Failed(error))),
        );
    }

    /// A request reaches the centre.
    pub fn arrive(&mut self, number: u64) {
        let Some(call) = self.calls.get(&number) else {
            return;
        };
        let (installation, ask) = (call.installation, call.ask.clone());
        if !self.city.up {
            return self.fail(number, 1, LineError::new("line.unreachable"));
        }
        let answer = match ask {
            Ask::Hello(hello) => match self.city.hello(installation, &hello.feed, self.now) {
                Ok(reply) if hello.wait_ms > 0 && !is_news(&hello, &reply) => {
                    return self.waiting.push((number, self.now + hello.wait_ms));
                }
                other => other.map(Answer::Hello),
            },
            Ask::Push(push) => {
                let task = self.city.begin_push(installation, push, number);
                return self.after(0, Happening::Poll(task));
            }
            Ask::Pull(pull) => self.city.pull(installation, &pull).map(Answer::Pull),
            Ask::Part(part) => self.city.part(installation, &part).map(|mut bytes| {
                if self.storm && snapshots::spoil(&mut self.rng, &mut bytes) {
                    self.count("parts spoiled");
                }
                Answer::Part(bytes)
            }),
            Ask::PageAt(sha256) => self.city.page_at(installation, &sha256).map(Answer::Page),
            Ask::PagePart(stretch) => self.page_part(installation, &stretch).map(Answer::Page),
        };
        self.reply(number, answer);
    }

    /// An answer goes back: late, cut, or never.
    pub fn reply(&mut self, call: u64, answer: center::Result<Answer>) {
        let answer = answer.unwrap_or_else(|error| Answer::Failed(refused(&error)));
        let delay = self.delay();
        if self.storm && self.rng.gen_bool(0.08) {
            self.count("cut");
            return self.fail(call, delay, LineError::new("line.interrupted"));
        }
        self.after(delay, Happening::Answer(call, Box::new(answer)));
    }

    /// An answer reaches the lane that waits for it; a second one reaches nobody.
    pub fn answered(&mut self, number: u64, answer: Answer) {
        let Some(call) = self.calls.remove(&number) else {
            return;
        };
        let (at, which) = (call.machine, call.which);
        let is_old = self.machines[at].is_old;
        if self.machines[at].starts != call.start {
            return;
        }
        let Some(running) = self.machines[at].running.as_mut() else {
            return;
        };
        running.calls.remove(&which);
        let event = match (answer, call.ask) {
            (Answer::Hello(reply), _) => Event::Hello {
                said: call.said,
                answer: Ok(Box::new(HelloReply {
                    snapshot: reply.snapshot.filter(|_| !is_old),
                    ..reply
                })),
                took_ms: self.now - call.sent_at,
            },
            (Answer::Failed(error), Ask::Hello(_)) => Event::Hello {
                said: call.said,
                answer: Err(error),
                took_ms: self.now - call.sent_at,
            },
            (Answer::Push(acked), Ask::Push(push)) => pushed(&push, Ok(acked)),
            (Answer::Failed(error), Ask::Push(push)) => pushed(&push, Err(error)),
            (Answer::Pull(reply), _) => Event::Pull(Ok(reply)),
            (Answer::Failed(error), Ask::Pull(_)) => Event::Pull(Err(error)),
            (Answer::Part(bytes), Ask::Part(part)) => Event::Part {
                part,
                answer: Ok(bytes),
            },
            (Answer::Failed(error), Ask::Part(part)) => {
                if error.status == Some(404) {
                    self.count("snapshots gone");
                }
                Event::Part {
                    part,
                    answer: Err(error),
                }
            }
            (Answer::Page(told), _) => return self.page_told(at, Ok(told)),
            (Answer::Failed(error), _) => return self.page_told(at, Err(error)),
            _ => return,
        };
        self.happened(at, which, event);
        self.ring(at, which);
    }
}

fn pushed(push: &Push, answer: Result<u64, LineError>) -> Event {
    Event::Push {
        from: push.from,
        count: push.commands.len(),
        answer,
    }
}

/// As the line reads a refusal.
fn refused(error: &center::Error) -> LineError {
    let problem = error.problem();
    LineError {
        status: Some(error.refusal().status.as_u16()),
        acked: problem.acked,
        retry_after: problem.retry_after_s.map(std::time::Duration::from_secs),
        ..LineError::new(&problem.code)
    }
}
