//! What a file says of the station itself: how it is, and what became of orders. Files come twice and in any
//! order: how it is counts unless something newer was heard, a report counts once.

use crypto::BoxPublicKey;
use domain::Id;
use domain::ferry::{self, Ended};
use domain::order::{Receipt, Report};
use domain::sync::Hello;

use super::answer::Answer;
use crate::error::{Error, Result};
use crate::sync::{self, Station};
use crate::{Center, database, refusal, store};

impl Center {
    /// Takes it in; whether the station may speak no more, from before or by its receipt of a wipe.
    pub(super) async fn hear(&self, station: &Station, hello: &Hello) -> Result<bool> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let unknown = || Error::Refused(&refusal::STATION_UNKNOWN);
        let before = store::installation::lock(&tx, station.id).await?;
        let before = before.ok_or_else(unknown)?;
        store::contact::keep_by_ferry(&tx, station.id, hello).await?;
        let mut reports = hello.reports.clone();
        reports.retain(|report| before.revoked_at.is_some() || !is_early(report, before.acked));
        sync::take_reports(&tx, station.id, &reports).await?;
        let found = store::installation::find(&tx, station.id).await?;
        let is_revoked = found.ok_or_else(unknown)?.revoked_at.is_some();
        tx.commit().await?;
        Ok(is_revoked)
    }

    /// The answer to a station that may speak no more: as the refusal of a hello, and nothing else. With it a
    /// station knows that the receipt of its wipe was heard.
    pub(super) fn ended(&self, station: &Station, stick: Id, to: &BoxPublicKey) -> Result<Answer> {
        let words = Ended {
            ended: refusal::STATION_REVOKED.code.to_owned(),
        };
        let packed = ferry::pack(&words, &[]).map_err(|why| Error::Fault(why.to_string()))?;
        self.sealed(station.id, stick, to, &packed)
    }
}

/// Whether a receipt of a wipe came before what was written ahead of it: the other files of its trip are
/// still to be taken in, and nothing of a station that has ended is. It comes again with the next trip, since
/// the station knows by the answer that it was not taken.
fn is_early(report: &Report, acked: u64) -> bool {
    let receipt = report.receipt.as_ref();
    let receipt = receipt.and_then(|signed| serde_json::from_str::<Receipt>(&signed.body).ok());
    receipt.is_some_and(|receipt| receipt.log.last > acked)
}
