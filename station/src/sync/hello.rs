//! The hello: what it says, what its answer means, and what of it is written down.

use std::time::Duration;

use chrono::TimeDelta;
use domain::Reason;
use domain::sync::{AuditHead, Hello, HelloReply, PROTOCOL};

use super::exchange::{Exchange, Which};
use super::lane::{Lane, Ms};
use super::plan::{self, LogNews};
use super::worker::News;
use crate::error::Result;

/// After a hello that brought news, how long the next one waits for them to be folded.
const FOLD_LIMIT: Duration = Duration::from_secs(5);
/// Between two heads of the centre's audit that are kept.
const WITNESSED_EVERY: TimeDelta = TimeDelta::hours(1);

/// Meta key: how often the exchange was started.
pub const META_BOOTS: &str = "boots";
/// Meta key: the last entry in a verified backup of the centre.
pub const META_DURABLE: &str = "durable";
/// Meta key: the lowest protocol that may do new work.
pub const META_MINIMUM_PROTOCOL: &str = "minimum_protocol";

impl Exchange {
    pub(super) async fn hello(&self) {
        self.renew_if_due(false).await;
        let (hello, acked) = match self.words_of_hello() {
            Ok(words) => words,
            Err(error) => return self.store_failed(Which::Hello, &error),
        };
        let asked_at = self.now();
        match self.setup.line.hello(&hello).await {
            Err(error) => {
                self.mind.borrow_mut().in_touch = false;
                self.line_failed(Which::Hello, &error);
                if let Err(error) = self.setup.store.tick_lease() {
                    self.store_failed(Which::Hello, &error);
                }
                if error.is_about_our_certificate() {
                    self.renew_if_due(true).await;
                }
            }
            Ok(reply) => {
                let took_ms = self.now() - asked_at;
                match self.take_in(&hello, acked, &reply) {
                    Err(error) => self.store_failed(Which::Hello, &error),
                    Ok(news) => {
                        self.succeeded(Which::Hello);
                        self.entrust(reply.escrow.as_ref()).await;
                        self.after_hello(&hello, &reply, news, took_ms).await;
                    }
                }
            }
        }
    }

    /// What we say, and what was acknowledged when we said it.
    fn words_of_hello(&self) -> Result<(Hello, u64)> {
        let mind = self.mind.borrow();
        let hello = Hello {
            protocol: PROTOCOL,
            version: self.setup.version.clone(),
            boots: mind.boots,
            feed: self.setup.store.feed_at()?,
            log: self.setup.store.log_at()?,
            unsent: self.setup.store.unsent()?,
            audit: self.audit_head()?,
            lease: self.setup.store.lease()?.map_or(0, |lease| lease.serial),
            wait_ms: if mind.in_touch {
                plan::HELLO_WAIT_MS
            } else {
                0
            },
        };
        Ok((hello, self.setup.store.acked()?))
    }

    fn audit_head(&self) -> Result<AuditHead> {
        let head = self.setup.store.audit_head()?;
        Ok(AuditHead {
            n: head.n,
            hash: hex::encode(head.hash),
        })
    }

    /// Takes in what a hello says; true when it is news.
    fn take_in(&self, hello: &Hello, acked_then: u64, reply: &HelloReply) -> Result<bool> {
        let store = &self.setup.store;
        let offset_s = self.setup.clock.told(reply.server_time);
        store.stamp().told(reply.server_time);
        self.shared.status().clock_off_s = plan::clock_off_s(offset_s);
        let log = plan::log_news(reply, &store.log_at()?, acked_then);
        if let LogNews::Acked(acked) = log {
            store.set_acked(acked)?;
            (self.setup.tell)(News::Changed);
        }
        self.keep(reply)?;
        let forks = self.is_a_fork(reply)?;
        let mut mind = self.mind.borrow_mut();
        mind.known.head = reply.head;
        // A head behind us is a centre restored from a backup; the pull's checksum tells.
        mind.known.answer_likely |= reply.head < hello.feed.seq;
        mind.pace = reply.pace.batch;
        mind.known.restored = false;
        mind.known.conflict |= forks || log == LogNews::Conflict;
        if mind.known.conflict {
            let code = if forks {
                "log.restored"
            } else {
                "log.conflict"
            };
            mind.troubles.insert(Which::Push, Reason::new(code));
        }
        Ok(log != LogNews::Same || reply.head > hello.feed.seq)
    }

    /// A store that came from a backup is compared with the centre's word once: it goes on where the
    /// centre's log ends, or its log has forked.
    fn is_a_fork(&self, reply: &HelloReply) -> Result<bool> {
        let store = &self.setup.store;
        match store.restored_last()? {
            Some(last) if plan::restored_fits(reply, last) => {
                store.forget_restored()?;
                Ok(false)
            }
            restored => Ok(restored.is_some()),
        }
    }

    /// Wakes the others, and waits as long as the next hello would only repeat this one.
    async fn after_hello(&self, hello: &Hello, reply: &HelloReply, news: bool, took_ms: Ms) {
        let back = !std::mem::replace(&mut self.mind.borrow_mut().in_touch, true);
        if back {
            for lane in [Which::Push, Which::Pull, Which::Pages] {
                self.with_lane(lane, Lane::nudge);
            }
            self.bell(Which::Push).ring();
            self.bell(Which::Pages).ring();
        }
        let folding = self.pulled.notified();
        if back || news {
            self.bell(Which::Pull).ring();
        }
        if reply.head > hello.feed.seq {
            let _ = tokio::time::timeout(FOLD_LIMIT, folding).await;
        }
        let pause_ms = plan::hello_pause_ms(reply, took_ms, news || back);
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }

    /// Writes down what must outlive the program, where it has changed.
    fn keep(&self, reply: &HelloReply) -> Result<()> {
        let store = &self.setup.store;
        self.keep_lease(reply)?;
        store.witness(&reply.audit, reply.server_time, WITNESSED_EVERY)?;
        let kept = [
            (META_DURABLE, reply.durable.to_string()),
            (META_MINIMUM_PROTOCOL, reply.minimum_protocol.to_string()),
        ];
        for (key, value) in kept {
            if store.meta(key)?.as_deref() != Some(value.as_str()) {
                store.set_meta(key, &value)?;
            }
        }
        Ok(())
    }

    /// A lease that is not the centre's is told and changes nothing: the one before it goes on.
    fn keep_lease(&self, reply: &HelloReply) -> Result<()> {
        let setup = &self.setup;
        let taken = setup
            .store
            .take_lease(&reply.lease, &setup.installation, reply.server_time);
        match taken {
            Ok(true) => (setup.tell)(News::Lease),
            Ok(false) => {}
            Err(error) if error.code() == "lease.forged" => {
                tracing::error!("a lease came that is not the centre's");
                let reason = Reason::new(error.code());
                self.mind.borrow_mut().troubles.insert(Which::Hello, reason);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Counts this start.
    pub(super) fn count_boot(&self) -> Result<u64> {
        let store = &self.setup.store;
        let before = store
            .meta(META_BOOTS)?
            .and_then(|text| text.parse::<u64>().ok());
        let boots = before.unwrap_or(0) + 1;
        store.set_meta(META_BOOTS, &boots.to_string())?;
        Ok(boots)
    }
}
