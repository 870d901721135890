//! The machine secret in the desktop's Secret Service (GNOME Keyring, KWallet): unlocked with the
//! desktop's own log-in. It travels over the session bus encrypted (Diffie-Hellman). Only a collection that is
//! kept on the disk is used, never the one that ends with the session.

use std::collections::HashMap;

use secret_service::blocking::{Collection, Item, SecretService};
use secret_service::{EncryptionType, Error as Refusal};
use zeroize::Zeroizing;

use super::{Keeps, Kept, lost};
use crate::error::{Error, Result};
use crate::keys::Secret;

const APPLICATION: &str = "yizhan";
const LABEL: &str = "Yizhan machine secret";

/// See the module.
pub struct InSecretService;

impl InSecretService {
    /// Whether one is there and has a lasting collection.
    pub fn answers(&self) -> bool {
        // Without a bus there is nobody to ask, and asking would start one.
        if std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none() {
            return false;
        }
        SecretService::connect(EncryptionType::Dh).is_ok_and(|service| lasting(&service).is_ok())
    }
}

impl Keeps for InSecretService {
    fn keep(&self, secret: &Secret) -> Result<Kept> {
        let item = hex::encode(&crypto::random_secret()[..8]);
        let put = || -> Result<(), Refusal> {
            let service = SecretService::connect(EncryptionType::Dh)?;
            let collection = lasting(&service)?;
            collection
                .ensure_unlocked()
                .or_else(|_| collection.unlock())?;
            let (label, kind) = (LABEL, "application/octet-stream");
            collection.create_item(label, named(&item), secret.as_slice(), true, kind)?;
            Ok(())
        };
        put().map_err(|error| {
            tracing::warn!(%error, "the Secret Service did not keep the machine secret");
            match error {
                Refusal::Unavailable | Refusal::NoResult => Error::coded("keys.keeper_absent"),
                _ => Error::coded("keys.keeper_refused"),
            }
        })?;
        Ok(Kept::SecretService { item })
    }

    fn fetch(&self, kept: &Kept) -> Result<Secret> {
        let Kept::SecretService { item } = kept else {
            return Err(lost());
        };
        let found = with_item(item, |found| found.get_secret().map(Zeroizing::new));
        let found = found.map_err(|error| {
            tracing::warn!(%error, "the Secret Service did not give the machine secret");
            lost()
        })?;
        let secret = <[u8; 32]>::try_from(found.as_slice()).map_err(|_| lost())?;
        Ok(Zeroizing::new(secret))
    }

    fn forget(&self, kept: &Kept) -> Result<()> {
        let Kept::SecretService { item } = kept else {
            return Ok(());
        };
        match with_item(item, |found| found.delete()) {
            Ok(()) | Err(Refusal::NoResult) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the Secret Service did not forget");
                Err(Error::coded("keys.keeper_refused"))
            }
        }
    }
}

fn with_item<T>(
    item: &str,
    act: impl FnOnce(&Item<'_>) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let service = SecretService::connect(EncryptionType::Dh)?;
    let found = service.search_items(named(item))?;
    if let Some(found) = found.unlocked.first() {
        return act(found);
    }
    let locked = found.locked.first().ok_or(Refusal::NoResult)?;
    locked.unlock()?;
    act(locked)
}

fn lasting<'a>(service: &'a SecretService<'_>) -> Result<Collection<'a>, Refusal> {
    service
        .get_default_collection()
        .or_else(|_| service.get_collection_by_alias("login"))
}

fn named(item: &str) -> HashMap<&str, &str> {
    HashMap::from([("application", APPLICATION), ("item", item)])
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    const INSIDE: &str = "YIZHAN_TEST_SECRET_SERVICE";

    /// The test starts itself again on a private bus, with the distribution's own keyring daemon.
    #[test]
    fn gnome_keyring_gives_the_secret_back_until_it_forgets() {
        if std::env::var_os(INSIDE).is_some() {
            return inside();
        }
        let home = tempfile::tempdir().unwrap();
        let script = "printf 'a desktop password' \
            | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec \"$0\" \"$@\"";
        let name = "keys::machine::secret_service::tests::gnome_keyring_gives_the_secret_back_until_it_forgets";
        let output = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", script])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(INSIDE, "1")
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("GNOME_KEYRING_CONTROL", home.path())
            .stdin(Stdio::null())
            .output()
            .expect("dbus-run-session is installed by `cargo xtask setup`");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn inside() {
        let keeper = InSecretService;
        assert!(keeper.answers());
        let secret = crypto::random_secret();
        let kept = keeper.keep(&secret).unwrap();
        let other = keeper.keep(&crypto::random_secret()).unwrap();
        assert_eq!(keeper.fetch(&kept).unwrap(), secret);
        assert_ne!(keeper.fetch(&other).unwrap(), secret);
        keeper.forget(&kept).unwrap();
        keeper.forget(&kept).unwrap();
        assert_eq!(keeper.fetch(&kept).unwrap_err().code(), "keys.machine_lost");
        assert!(keeper.fetch(&other).is_ok());
    }
}
