//! Wrapping the data key: AES-256-GCM under HKDF(argon2id(password) ‖ machine secret).

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{DataKey, Secret};
use crate::error::{Error, Result};
use crate::seal;

/// What argon2id costs; recorded with every wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it (t).
    pub passes: u32,
}

impl Cost {
    /// For counters: 64 MiB, three passes.
    pub const STANDARD: Cost = Cost {
        memory_kib: 64 * 1024,
        passes: 3,
    };
    /// For tests, which log in often and guard nothing.
    pub const CHEAP: Cost = Cost {
        memory_kib: 64,
        passes: 1,
    };
}

const PURPOSE: &str = "yizhan data key 1";

/// Seals the data key for one password.
pub fn wrap(key: &DataKey, password: &str, salt: &[u8], machine: &Secret, cost: Cost) -> Vec<u8> {
    // Parameters come from `Cost`'s constants here, so they are in argon2's range.
    let wrapping = wrapping_key(password, salt, machine, cost).expect("the costs are in range");
    seal::seal(&wrapping, PURPOSE, key.0.as_slice())
}

/// Opens it again; None for another password or another machine.
pub fn unwrap(
    envelope: &[u8],
    password: &str,
    salt: &[u8],
    machine: &Secret,
    cost: Cost,
) -> Result<Option<DataKey>> {
    let wrapping = wrapping_key(password, salt, machine, cost)?;
    let Some(plain) = seal::open(&wrapping, PURPOSE, envelope).map(Zeroizing::new) else {
        return Ok(None);
    };
    let key = <[u8; 32]>::try_from(plain.as_slice());
    Ok(key.ok().map(|key| DataKey(Zeroizing::new(key))))
}

fn wrapping_key(password: &str, salt: &[u8], machine: &Secret, cost: Cost) -> Result<Secret> {
    let unfit = |_| Error::coded("keys.unreadable");
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(32)).map_err(unfit)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    // Twice 32 bytes: what the password gives, then what the machine holds.
    let mut input = Zeroizing::new([0; 64]);
    argon2
        .hash_password_into(password.as_bytes(), salt, &mut input[..32])
        .map_err(unfit)?;
    input[32..].copy_from_slice(machine.as_slice());
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), input.as_slice())
        .expand(b"yizhan wrap 1", key.as_mut())
        .expect("32 bytes are within HKDF's limit");
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_and_machine_are_both_needed() {
        let (key, here, there) = (
            DataKey::random(),
            Zeroizing::new([1; 32]),
            Zeroizing::new([2; 32]),
        );
        let salt = [3; 16];
        let envelope = wrap(&key, "right", &salt, &here, Cost::CHEAP);
        let open = |password, machine| unwrap(&envelope, password, &salt, machine, Cost::CHEAP);
        assert_eq!(open("right", &here).unwrap().unwrap().0, key.0);
        assert!(open("wrong", &here).unwrap().is_none());
        assert!(open("right", &there).unwrap().is_none());
    }

    #[test]
    fn a_damaged_cost_is_a_failure_and_no_panic() {
        let machine = Zeroizing::new([1; 32]);
        let absurd = Cost {
            memory_kib: 0,
            passes: 0,
        };
        let outcome = unwrap(&[1; 40], "x", &[3; 16], &machine, absurd);
        assert_eq!(
            outcome.err().map(|e| e.code().to_owned()).as_deref(),
            Some("keys.unreadable")
        );
    }
}
