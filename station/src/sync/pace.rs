//! The pace of pages that the centre names: a part takes at least as long as its bytes at that pace. Pure:
//! the time is told.

use std::time::Duration;

use super::exchange::Exchange;
use super::lane::Ms;

/// The longest sleep before the pace is looked at again: the centre may have named another one.
const LOOK_MS: Ms = 1_000;

/// The part that was sent last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Throttle {
    began: Ms,
    bytes: u64,
}

impl Throttle {
    /// How long the next part has to wait, at so many bytes a second.
    pub fn wait_ms(&self, now: Ms, bytes_per_s: Option<u64>) -> Ms {
        let Some(rate) = bytes_per_s.filter(|rate| *rate > 0) else {
            return 0;
        };
        let takes = self.bytes.saturating_mul(1000).div_ceil(rate);
        self.began.saturating_add(takes).saturating_sub(now)
    }

    /// A part of so many bytes leaves now.
    pub fn begin(&mut self, now: Ms, bytes: u64) {
        (self.began, self.bytes) = (now, bytes);
    }
}

impl Exchange {
    /// Returns when so many bytes may leave.
    pub(super) async fn at_pace(&self, bytes: usize) {
        loop {
            let rate = self.core.borrow().pace.blob_bytes_per_s;
            let wait = self.throttle.get().wait_ms(self.now(), rate);
            if wait == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(wait.min(LOOK_MS))).await;
        }
        let mut throttle = self.throttle.get();
        throttle.begin(self.now(), bytes as u64);
        self.throttle.set(throttle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_leave_no_faster_than_the_pace_and_a_new_pace_holds_at_once() {
        let mut throttle = Throttle::default();
        assert_eq!(
            throttle.wait_ms(0, Some(1_000)),
            0,
            "the first leaves at once"
        );
        throttle.begin(500, 4_000);
        assert_eq!(throttle.wait_ms(500, Some(1_000)), 4_000);
        assert_eq!(throttle.wait_ms(3_000, Some(1_000)), 1_500);
        assert_eq!(throttle.wait_ms(3_000, Some(2_000)), 0, "a faster pace");
        assert_eq!(throttle.wait_ms(3_000, None), 0, "and none");
        assert_eq!(
            throttle.wait_ms(3_000, Some(0)),
            0,
            "none said in another way"
        );
        assert_eq!(
            throttle.wait_ms(60_000, Some(1_000)),
            0,
            "nothing is saved up or owed"
        );
        throttle.begin(Ms::MAX, u64::MAX);
        assert_eq!(throttle.wait_ms(0, Some(1)), Ms::MAX);
    }
}
