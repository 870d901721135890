//! The hello: what it says, what its answer means, and what of it is written down.

use chrono::TimeDelta;
use domain::Reason;
use domain::sync::{AuditHead, Hello, HelloReply, PROTOCOL};

use super::event::{Event, Said, Which};
use super::exchange::Exchange;
use super::plan;
use super::worker::News;
use crate::error::Result;
use crate::lease::MINIMUM_PROTOCOL;

/// Between two heads of the centre's audit that are kept.
const WITNESSED_EVERY: TimeDelta = TimeDelta::hours(1);

/// Meta key: how often the exchange was started.
pub const META_BOOTS: &str = "boots";
/// Meta key: the last entry in a verified backup of the centre.
pub const META_DURABLE: &str = "durable";

impl Exchange {
    pub(super) async fn hello(&self, wait_ms: u64) {
        self.renew_if_due(false).await;
        let (hello, acked) = match self.words_of_hello(wait_ms) {
            Ok(words) => words,
            Err(error) => return self.store_failed(Which::Hello, &error),
        };
        let said = Said {
            seq: hello.feed.seq,
            acked,
        };
        let asked_at = self.now();
        let answer = self.setup.line.hello(&hello).await;
        let took_ms = self.now() - asked_at;
        match answer {
            Err(error) => {
                let expired = error.is_about_our_certificate();
                let revoked = error.reason.code == "station.revoked";
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
                if revoked && let Err(error) = self.heard(&hello.reports) {
                    self.store_failed(Which::Hello, &error);
                }
            }
            Ok(reply) => {
                let taken = self
                    .heard(&hello.reports)
                    .and_then(|()| self.told_rebuilt(&hello))
                    .and_then(|()| self.take_in(&reply));
                let forged = match taken {
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

    /// What we say, and what was acknowledged when we said it.
    fn words_of_hello(&self, wait_ms: u64) -> Result<(Hello, u64)> {
        let hello = Hello {
            protocol: PROTOCOL,
            version: self.setup.version.clone(),
            boots: self.boots.get(),
            run: Some(self.run),
            restored: self.setup.store.restored_last()?.is_some(),
            feed: self.setup.store.feed_at()?,
            log: self.setup.store.log_at()?,
            unsent: self.setup.store.unsent()?,
            audit: self.audit_head()?,
            lease: self.setup.store.lease()?.map_or(0, |lease| lease.serial),
            bundle: self
                .setup
                .rules
                .as_ref()
                .map(|rules| rules.in_use.to_string()),
            heartbeat: Some(self.heartbeat()?),
            reports: self.setup.store.reports()?,
            wait_ms,
        };
        Ok((hello, self.setup.store.acked()?))
    }

    /// That the database was made anew was heard, and need not be told again.
    fn told_rebuilt(&self, hello: &Hello) -> Result<()> {
        let told = hello.heartbeat.as_ref();
        match told.is_some_and(|heartbeat| heartbeat.rebuilt.is_some()) {
            true => self.setup.store.forget_audit_rebuilt(),
            false => Ok(()),
        }
    }

    fn audit_head(&self) -> Result<AuditHead> {
        let head = self.setup.store.audit_head()?;
        Ok(AuditHead {
            n: head.n,
            hash: hex::encode(head.hash),
        })
    }

    /// Takes in the clock, and what must outlive the program; what of it is not the centre's.
    fn take_in(&self, reply: &HelloReply) -> Result<Option<Reason>> {
        let store = &self.setup.store;
        let offset_s = self.setup.clock.told(reply.server_time);
        store.stamp().told(reply.server_time);
        self.shared.status().clock_off_s = plan::clock_off_s(offset_s);
        self.keep(reply)
    }

    /// Writes down what must outlive the program, where it has changed.
    fn keep(&self, reply: &HelloReply) -> Result<Option<Reason>> {
        let store = &self.setup.store;
        let forged = self.keep_lease(reply)?;
        store.witness(&reply.audit, reply.server_time, WITNESSED_EVERY)?;
        let kept = [
            (META_DURABLE, reply.durable.to_string()),
            (MINIMUM_PROTOCOL, reply.minimum_protocol.to_string()),
        ];
        for (key, value) in kept {
            if store.meta(key)?.as_deref() != Some(value.as_str()) {
                store.set_meta(key, &value)?;
            }
        }
        Ok(forged)
    }

    /// A lease that is not the centre's is told and changes nothing: the one before it goes on.
    fn keep_lease(&self, reply: &HelloReply) -> Result<Option<Reason>> {
        let setup = &self.setup;
        let taken = setup
            .store
            .take_lease(&reply.lease, &setup.installation, reply.server_time);
        match taken {
            Ok(true) => (setup.tell)(News::Lease),
            Ok(false) => {}
            Err(error) if error.code() == "lease.forged" => {
                tracing::error!("a lease came that is not the centre's");
                return Ok(Some(Reason::new(error.code())));
            }
            Err(error) => return Err(error),
        }
        Ok(None)
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
