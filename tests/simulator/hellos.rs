//! Hellos: those that wait at the centre, and what a station does with an answer.

use center::sync::greet::Greeted;
use domain::sync::{Hello, HelloReply};
use rand::Rng;
use station::line::LineError;
use station::sync::event::{Event, Said, Which};
use station::sync::hello::Lease;

use super::bodies::Reply;
use super::city::Heard;
use super::storm;
use super::tables::held;
use super::world::{Happening, World};

/// A hello that waits for news.
pub struct Waiting {
    call: u64,
    until: u64,
    /// What there was when it began to wait.
    news: (u64, usize),
    heard: Heard,
}

impl World {
    /// A hello has been looked at: it is answered, or waits for news.
    pub fn greeted(&mut self, call: u64, heard: Heard, greeted: center::Result<Greeted>) {
        let wait_ms = heard.hello.wait_ms;
        match greeted {
            Ok(greeted) if heard.is_first && wait_ms > 0 && greeted.may_wait(&heard.hello) => {
                self.waiting.push(Waiting {
                    call,
                    until: self.now + wait_ms,
                    news: self.city.news(heard.installation),
                    heard,
                });
            }
            greeted => self.reply(call, Reply::new(&greeted.map(|greeted| greeted.reply))),
        }
    }

    /// Hellos that wait look again when there is news for them, or when they have waited long enough.
    pub fn wake_waiting(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            let news = self.city.news(waiting.heard.installation);
            if self.now < waiting.until && news == waiting.news {
                self.waiting.push(waiting);
                continue;
            }
            let heard = Heard {
                is_first: false,
                now_ms: self.now,
                ..waiting.heard
            };
            let task = self.city.begin_hello(waiting.call, heard);
            self.after(0, Happening::Poll(task));
        }
    }

    /// As the worker does: what must outlive the program first, then the step, then the orders.
    pub fn hello_answered(
        &mut self,
        at: usize,
        hello: &Hello,
        said: Said,
        answer: Result<HelloReply, LineError>,
        took_ms: u64,
    ) {
        let machine = &self.machines[at];
        let is_old = machine.is_old;
        let answer = answer.map(|reply| match is_old {
            true => as_an_old_program_reads(reply),
            false => reply,
        });
        let orders = match &answer {
            Ok(reply) => {
                let store = &machine.running.as_ref().expect("it runs").store;
                let taken = store.hello_answered(&machine.installation, hello, reply);
                if taken.expect("it is written") == Lease::Forged {
                    self.broken
                        .push("a lease of the centre's is not taken".to_owned());
                }
                let named = reply.catalogue.clone();
                if reply.copied {
                    let id = machine.installation.id;
                    self.count("copies told");
                    if !held(&self.city.database).second_lives.contains(&id) {
                        self.broken
                            .push(format!("{id} has no copy, and is told so"));
                    }
                }
                let orders = reply.orders.clone();
                self.machines[at].named = named;
                orders
            }
            Err(_) => Vec::new(),
        };
        if self.storm && self.rng.gen_bool(0.02) {
            return storm::crash(self, at);
        }
        let event = Event::Hello {
            said,
            answer: answer.map(Box::new),
            took_ms,
        };
        self.happened(at, Which::Hello, event);
        storm::obey(self, at, &orders);
        self.ring(at, Which::Hello);
    }
}

/// What it has never heard of it passes over.
fn as_an_old_program_reads(reply: HelloReply) -> HelloReply {
    HelloReply {
        copied: false,
        orders: Vec::new(),
        snapshot: None,
        ..reply
    }
}
