//! The hello: what it says, what its answer means, and what of it is written down.

use chrono::{DateTime, TimeDelta, Utc};
use domain::heartbeat::Heartbeat;
use domain::sync::{AuditHead, Hello, HelloReply, PROTOCOL};
use domain::{Id, Reason};

use super::event::{Event, Said, Which};
use super::exchange::Exchange;
use super::health::Surroundings;
use super::plan;
use super::worker::News;
use crate::error::Result;
use crate::keys::Installation;
use crate::lease::MINIMUM_PROTOCOL;
use crate::store::Store;

/// While a wipe waits for what is unsent, so long is a hello's wait for news: it says soon that it is time.
const DRAINING_WAIT_MS: u64 = 2_000;
/// Between two heads of the centre's audit that are kept.
const WITNESSED_EVERY: TimeDelta = TimeDelta::hours(1);

/// Meta key: how often the exchange was started.
pub const META_BOOTS: &str = "boots";
/// Meta key: the last entry in a verified backup of the centre.
pub const META_DURABLE: &str = "durable";

/// Who speaks: what a hello says that the store does not know.
#[derive(Clone, Debug)]
pub struct Speaker {
    /// The program's version.
    pub version: String,
    /// Drawn anew at each start, so that a copy of this disk is known by it; None where no start is
    /// counted.
    pub run: Option<Id>,
    /// The address of the catalogue that the station works by; None in a test that has one for good.
    pub bundle: Option<String>,
    /// How the station is, and the time by our clock. Who says nothing of itself reports nothing, and
    /// gets no orders.
    pub around: Option<(Surroundings, DateTime<Utc>)>,
}

/// What an answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// As before.
    Same,
    /// Others may work here, or under other terms.
    Another,
    /// It is not the centre's, and changes nothing: the one before it goes on.
    Forged,
}

impl Store {
    /// Counts a start of the exchange.
    pub fn count_start(&self) -> Result<u64> {
        let boots = self.starts()? + 1;
        self.set_meta(META_BOOTS, &boots.to_string())?;
        self.keep_shown_by()?;
        Ok(boots)
    }

    fn starts(&self) -> Result<u64> {
        let text = self.meta(META_BOOTS)?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// What a hello says now, and what its answer is compared with.
    pub fn hello(&self, speaker: &Speaker, wait_ms: u64) -> Result<(Hello, Said)> {
        let heartbeat = match &speaker.around {
            Some((around, now)) => Some(self.heartbeat(around.clone(), *now)?),
            None => None,
        };
        let head = self.audit_head()?;
        let hello = Hello {
            protocol: PROTOCOL,
            version: speaker.version.clone(),
            boots: self.starts()?,
            run: speaker.run,
            restored: self.restored_last()?.is_some(),
            feed: self.feed_at()?,
            log: self.log_at()?,
            unsent: self.unsent()?,
            audit: AuditHead {
                n: head.n,
                hash: hex::encode(head.hash),
            },
            lease: self.lease()?.map_or(0, |lease| lease.serial),
            bundle: speaker.bundle.clone(),
            reports: match heartbeat {
                Some(_) => self.reports()?,
                None => Vec::new(),
            },
            heartbeat,
            wait_ms,
        };
        let said = Said {
            seq: hello.feed.seq,
            acked: self.acked()?,
        };
        Ok((hello, said))
    }

    /// Writes down what must outlive the program of an answer, where it has changed. Of what a copy of
    /// a disk says nothing was kept, so none of it was heard.
    pub fn hello_answered(
        &self,
        installation: &Installation,
        hello: &Hello,
        reply: &HelloReply,
    ) -> Result<Lease> {
        if !reply.copied {
            self.reported(&hello.reports)?;
            if hello.heartbeat.as_ref().is_some_and(tells_rebuilt) {
                self.forget_audit_rebuilt()?;
            }
        }
        self.stamp().told(reply.server_time);
        let lease = match self.take_lease(&reply.lease, installation, reply.server_time) {
            Ok(true) => Lease::Another,
            Ok(false) => Lease::Same,
            Err(error) if error.code() == "lease.forged" => Lease::Forged,
            Err(error) => return Err(error),
        };
        self.witness(&reply.audit, reply.server_time, WITNESSED_EVERY)?;
        let kept = [
            (META_DURABLE, reply.durable.to_string()),
            (MINIMUM_PROTOCOL, reply.minimum_protocol.to_string()),
        ];
        for (key, value) in kept {
            if self.meta(key)?.as_deref() != Some(value.as_str()) {
                self.set_meta(key, &value)?;
            }
        }
        Ok(lease)
    }
}

/// That the database was made anew is told, and need not be told again once it was heard.
fn tells_rebuilt(heartbeat: &Heartbeat) -> bool {
    heartbeat.rebuilt.is_some()
}

impl Exchange {
    pub(super) async fn hello(&self, wait_ms: u64) {
        self.renew_if_due(false).await;
        self.count_start();
        let wait_ms = match self.settle_wipe() {
            Ok(true) => wait_ms.min(DRAINING_WAIT_MS),
            Ok(false) => wait_ms,
            Err(error) => return self.store_failed(Which::Hello, &error),
        };
        let (hello, said) = match self.setup.store.hello(&self.speaker(), wait_ms) {
            Ok(words) => words,
            Err(error) => return self.store_failed(Which::Hello, &error),
        };
        let asked_at = self.now();
        let answer = self.setup.line.hello(&hello).await;
        let took_ms = self.now() - asked_at;
        match answer {
            Err(error) => {
                let expired = error.is_about_our_certificate();
                // Only where the centre itself says so was anything heard: a proxy's alert may say the same.
                let revoked = error.reason.code == "station.revoked" && error.status.is_some();
                self.draining.borrow_mut().failed(revoked);
                self.happened(Event::Hello {
                    said,
                    answer: Err(error),
                    took_ms,
                });
                if let Err(error) = self.setup.store.tick_lease() {
                    self.store_failed(Which::Hello, &error);
                }
                if expired {
                    self.renew_if_due(true).await;
                }
                // A station that may not speak any more is still heard on what it has carried out.
                if revoked {
                    let heard = self.setup.store.reported(&hello.reports);
                    if let Err(error) = heard.and_then(|()| self.wipe_if_told()) {
                        self.store_failed(Which::Hello, &error);
                    }
                }
            }
            Ok(reply) => {
                if let Some(rules) = &self.setup.rules {
                    rules.catalogues.heard_by_line();
                }
                let forged = match self.take_in(&hello, &reply) {
                    Ok(forged) => forged,
                    Err(error) => return self.store_failed(Which::Hello, &error),
                };
                let (escrow, orders) = (reply.escrow.clone(), reply.orders.clone());
                self.happened(Event::Hello {
                    said,
                    answer: Ok(Box::new(reply)),
                    took_ms,
                });
                // After what a hello that went well takes away.
                if let Some(reason) = forged {
                    self.trouble(Which::Hello, reason);
                }
                self.obey(&orders);
                self.move_if_done();
                self.entrust(escrow.as_ref()).await;
                self.tell_of_substitutes().await;
            }
        }
    }

    /// Counts this start, if that has not gone well yet: on a full disk it does not.
    fn count_start(&self) {
        if self.is_counted.get() {
            return;
        }
        match self.setup.store.count_start() {
            Ok(_) => self.is_counted.set(true),
            Err(error) => self.store_failed(Which::Hello, &error),
        }
    }

    /// Who speaks. A start that is not counted is not named: with the number of the one before it would
    /// be another machine's.
    pub(super) fn speaker(&self) -> Speaker {
        let setup = &self.setup;
        Speaker {
            version: setup.version.clone(),
            run: Some(self.run).filter(|_| self.is_counted.get()),
            bundle: setup.rules.as_ref().map(|rules| rules.in_use.to_string()),
            around: Some(((setup.around)(), setup.clock.ours())),
        }
    }

    /// Takes in the clock, and what must outlive the program; what of it is not the centre's.
    fn take_in(&self, hello: &Hello, reply: &HelloReply) -> Result<Option<Reason>> {
        let setup = &self.setup;
        let offset_s = setup.clock.told(reply.server_time);
        self.shared.status().clock_off_s = plan::clock_off_s(offset_s);
        let mut forged = None;
        match setup
            .store
            .hello_answered(&setup.installation, hello, reply)?
        {
            Lease::Same => {}
            Lease::Another => (setup.tell)(News::Lease),
            Lease::Forged => {
                tracing::error!("a lease came that is not the centre's");
                forged = Some(Reason::new("lease.forged"));
            }
        }
        self.wipe_if_told()?;
        let left = setup.store.unsent()?;
        self.draining.borrow_mut().heard(left, self.now());
        Ok(forged)
    }
}
