//! The net between stations and centre: requests and answers that come late, twice, cut, or never.

use domain::Id;
use domain::sync::{Hello, Pull, PullReply, Push, PushReply};
use rand::Rng;
use station::line::LineError;
use station::sync::event::{Event, Part, Request, Said, Which};

use super::bodies::{Body, Reply, Taken};
use super::city::Heard;
use super::snapshots;
use super::uploads::Stretch;
use super::world::{Happening, World};

/// After so long without an answer there is none.
const TIMEOUT_MS: u64 = 30_000;

#[derive(Clone)]
pub enum Ask {
    Hello {
        body: Body,
        /// What it says.
        hello: Box<Hello>,
        said: Said,
    },
    Push {
        body: Body,
        from: u64,
        count: usize,
    },
    Pull(Body),
    PageAt(String),
    PagePart(Stretch),
    Part(Part),
}

pub enum Answer {
    Came(Reply),
    /// None came.
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
    sent_at: u64,
    /// Somebody waits for the answer.
    awaited: bool,
}

impl World {
    pub fn ask(&mut self, at: usize, which: Which, request: Request) {
        let machine = &self.machines[at];
        let running = machine.running.as_ref().expect("it runs");
        let store = &running.store;
        let ask = match request {
            Request::Hello { wait_ms } => {
                let words = store.hello(&machine.speaker(self.now), wait_ms);
                let (hello, said) = words.expect("a hello");
                Ask::Hello {
                    body: Body::new(&hello),
                    hello: Box::new(hello),
                    said,
                }
            }
            Request::Push { limit } => {
                let (push, packed) = store.next_push(limit).expect("a push");
                Ask::Push {
                    body: Body::of(packed),
                    from: push.from,
                    count: push.commands.len(),
                }
            }
            Request::Pull { limit } => Ask::Pull(Body::new(&Pull {
                after: store.feed_at().expect("a feed"),
                limit,
            })),
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
        let call = Call {
            machine: at,
            start: machine.starts,
            which,
            installation: machine.installation.id,
            ask,
            sent_at: self.now,
            awaited: true,
        };
        self.order += 1;
        let number = self.order;
        self.calls.insert(number, call);
        let running = self.machines[at].running.as_mut().expect("it runs");
        running.calls.insert(which, number);
        self.send(at, number);
    }

    /// Lets a request go: late, twice, cut, or never.
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
                let awaited = false;
                self.order += 1;
                self.calls.insert(self.order, Call { awaited, ..twin });
                self.after(late, Happening::Arrive(self.order));
            }
        }
        let cut = (self.storm && self.rng.gen_bool(0.03)).then(|| self.rng.r#gen());
        if let (Some(part), Some(call)) = (cut, self.calls.get_mut(&call))
            && call.ask.cut(part)
        {
            self.count("requests cut");
        }
        self.after(delay, Happening::Arrive(call));
    }

    fn delay(&mut self) -> u64 {
        match self.storm && self.rng.gen_bool(0.1) {
            true => {
                self.count("delayed");
                self.rng.gen_range(100..6_000)
            }
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
        let Some(call) = self.calls.get(&number).cloned() else {
            return;
        };
        if !self.city.up {
            return self.fail(number, 1, LineError::new("line.unreachable"));
        }
        self.note_order(&call, number);
        let installation = call.installation;
        let reply = match call.ask {
            Ask::Hello { body, .. } => match self.read(body.read::<Hello>()) {
                Ok(hello) => {
                    // Of an old program nobody knows in which of its starts it said this.
                    let again = self.machines[call.machine].starts != call.start;
                    let is_late = again || hello.run.is_none();
                    let heard = Heard {
                        installation,
                        hello,
                        now_ms: self.now,
                        is_first: true,
                        is_late,
                    };
                    let task = self.city.begin_hello(number, heard);
                    return self.after(0, Happening::Poll(task));
                }
                Err(error) => Reply::new(&Err::<(), _>(error)),
            },
            Ask::Push { body, .. } => match self.read(body.read::<Push>()) {
                Ok(push) => {
                    let task = self.city.begin_push(installation, push, number);
                    return self.after(0, Happening::Poll(task));
                }
                Err(error) => Reply::new(&Err::<(), _>(error)),
            },
            Ask::Pull(body) => {
                let pull = self.read(body.read::<Pull>());
                Reply::new(&pull.and_then(|pull| self.city.pull(installation, &pull)))
            }
            Ask::Part(part) => {
                let answer = self.city.part(installation, &part).map(|mut bytes| {
                    if self.storm && snapshots::spoil(&mut self.rng, &mut bytes) {
                        self.count("parts spoiled");
                    }
                    bytes
                });
                Reply::raw(answer)
            }
            Ask::PageAt(sha256) => Reply::new(&self.city.page_at(installation, &sha256)),
            Ask::PagePart(stretch) => Reply::new(&self.page_part(installation, &stretch)),
        };
        self.reply(number, reply);
    }

    /// What came before what was sent before it.
    fn note_order(&mut self, call: &Call, number: u64) {
        let last = self.machines[call.machine].arrived;
        if number < last {
            self.count("reordered");
        }
        self.machines[call.machine].arrived = last.max(number);
    }

    fn read<T>(&mut self, (read, wrong): Taken<T>) -> T {
        if wrong {
            self.broken
                .push("what was cut on its way was read".to_owned());
        }
        read
    }

    /// An answer goes back: late, cut, or never.
    pub fn reply(&mut self, call: u64, mut reply: Reply) {
        let delay = self.delay();
        if self.storm && self.rng.gen_bool(0.08) {
            self.count("answers lost");
            return self.fail(call, delay, LineError::new("line.interrupted"));
        }
        let cut = (self.storm && self.rng.gen_bool(0.03)).then(|| self.rng.r#gen());
        if let Some(part) = cut {
            self.count("answers cut");
            reply.cut(part);
        }
        self.after(
            delay,
            Happening::Answer(call, Box::new(Answer::Came(reply))),
        );
    }

    /// An answer reaches the lane that waits for it; a second one reaches nobody.
    pub fn answered(&mut self, number: u64, answer: Answer) {
        let Some(call) = self.calls.remove(&number).filter(|call| call.awaited) else {
            return;
        };
        let (at, which) = (call.machine, call.which);
        if self.machines[at].starts != call.start {
            return;
        }
        let Some(running) = self.machines[at].running.as_mut() else {
            return;
        };
        running.calls.remove(&which);
        let event = match call.ask {
            Ask::Hello { hello, said, .. } => {
                let answer = self.json(answer);
                let took_ms = self.now - call.sent_at;
                return self.hello_answered(at, &hello, said, answer, took_ms);
            }
            Ask::Push { from, count, .. } => {
                let answer: Result<PushReply, _> = self.json(answer);
                Event::Push {
                    from,
                    count,
                    answer: answer.map(|reply| reply.acked),
                }
            }
            Ask::Pull(_) => Event::Pull(self.json::<PullReply>(answer)),
            Ask::Part(part) => {
                let answer = match answer {
                    Answer::Came(reply) => self.read(reply.stretch(part.len)),
                    Answer::Failed(error) => Err(error),
                };
                if answer
                    .as_ref()
                    .is_err_and(|error| error.status == Some(404))
                {
                    self.count("snapshots gone");
                }
                Event::Part { part, answer }
            }
            Ask::PageAt(_) | Ask::PagePart(_) => {
                let answer = self.json(answer);
                return self.page_told(at, answer);
            }
        };
        self.happened(at, which, event);
        self.ring(at, which);
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self, answer: Answer) -> Result<T, LineError> {
        match answer {
            Answer::Came(reply) => self.read(reply.read()),
            Answer::Failed(error) => Err(error),
        }
    }
}

impl Ask {
    /// Cuts what it carries; false when that is nothing.
    fn cut(&mut self, part: f64) -> bool {
        match self {
            Ask::Hello { body, .. } | Ask::Push { body, .. } | Ask::Pull(body) => body.cut(part),
            Ask::PagePart(stretch) => stretch.cut(part),
            Ask::PageAt(_) | Ask::Part(_) => return false,
        }
        true
    }
}
