//! What a guess at a password costs: argon2id with 64 MiB, and as many passes as take about half a
//! second on this machine.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use crypto::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What argon2id costs; recorded with every wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it (t).
    pub passes: u32,
}

/// A log-in should take at least this long …
const SHORTEST: Duration = Duration::from_millis(300);
/// … and at most this.
const LONGEST: Duration = Duration::from_millis(800);
const MOST_PASSES: u32 = 24;
/// More than this is a damaged file, not a cost: it must not take the machine's memory.
const MOST_KIB: u32 = 128 * 1024;

impl Cost {
    /// Where calibration starts: 64 MiB, three passes (RFC 9106, second recommendation).
    pub const STANDARD: Cost = Cost {
        memory_kib: 64 * 1024,
        passes: 3,
    };
    /// For tests, which log in often and guard nothing.
    pub const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
    };

    /// The cost for this machine, measured once.
    pub fn calibrated() -> Cost {
        static MEASURED: OnceLock<Cost> = OnceLock::new();
        *MEASURED.get_or_init(|| {
            Cost::fitted(|cost| {
                let begun = Instant::now();
                let _ = cost.stretch("a password to measure by", &[0; 16]);
                begun.elapsed()
            })
        })
    }

    /// Passes such that a log-in takes from 300 to 800 ms, as far as whole passes allow. A machine that
    /// is too slow for three passes gets fewer, but the 64 MiB stay: they are what costs a guesser most.
    fn fitted(measure: impl FnOnce(Cost) -> Duration) -> Cost {
        let standard = Cost::STANDARD;
        let took = measure(standard);
        if (SHORTEST..=LONGEST).contains(&took) {
            return standard;
        }
        let one_pass = (took / standard.passes).max(Duration::from_millis(1));
        let aim = if took < SHORTEST { SHORTEST } else { LONGEST };
        let exact = aim.as_secs_f64() / one_pass.as_secs_f64();
        let passes = if took < SHORTEST {
            exact.ceil()
        } else {
            exact.floor()
        };
        Cost {
            passes: (passes as u32).clamp(1, MOST_PASSES),
            ..standard
        }
    }

    /// argon2id of a password. `keys.unreadable` for a cost that no file of ours holds.
    pub fn stretch(self, password: &str, salt: &[u8]) -> Result<Secret> {
        let unfit = |_| Error::coded("keys.unreadable");
        if self.memory_kib > MOST_KIB || self.passes > MOST_PASSES {
            return Err(Error::coded("keys.unreadable"));
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(unfit)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut out = Zeroizing::new([0; 32]);
        argon2
            .hash_password_into(password.as_bytes(), salt, out.as_mut())
            .map_err(unfit)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_are_fitted_to_the_machine() {
        let passes = |took_ms| Cost::fitted(|_| Duration::from_millis(took_ms)).passes;
        assert_eq!(passes(300), 3);
        assert_eq!(passes(800), 3);
        assert_eq!(passes(150), 6, "a quick machine");
        assert_eq!(passes(60), 15);
        assert_eq!(passes(1), MOST_PASSES, "a machine of the future");
        assert_eq!(passes(1_200), 2, "a slow machine");
        assert_eq!(passes(9_000), 1, "a very slow one");
        assert_eq!(Cost::calibrated().memory_kib, 64 * 1024);
    }

    #[test]
    fn a_damaged_cost_is_a_failure_and_takes_no_memory() {
        for (memory_kib, passes) in [(0, 0), (u32::MAX, 1), (64, u32::MAX)] {
            let outcome = Cost { memory_kib, passes }.stretch("x", &[3; 16]);
            let code = outcome.err().map(|error| error.code().to_owned());
            assert_eq!(code.as_deref(), Some("keys.unreadable"));
        }
    }
}
