//! Where a private cluster lives and whom its server runs as.

use std::fs::{self, DirBuilder};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process;
use crate::{Doing, Error, Result};

/// A Unix socket's path has 107 bytes; the server's file name takes 15 of them.
const SOCKET_FOLDER_MAX_BYTES: usize = 90;

/// An account that the server runs as.
pub(super) struct Account {
    uid: u32,
    gid: u32,
}

/// Whom the server runs as: nobody else when we are not root.
pub(super) fn unprivileged() -> Result<Option<Account>> {
    if !process::is_root() {
        return Ok(None);
    }
    let accounts = fs::read_to_string("/etc/passwd").doing(|| "read /etc/passwd".to_owned())?;
    let account = |name: &str| {
        let line = accounts
            .lines()
            .find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let uid = fields.next()?.parse().ok()?;
        Some(Account {
            uid,
            gid: fields.next()?.parse().ok()?,
        })
    };
    account("postgres")
        .or_else(|| account("nobody"))
        .map(Some)
        .ok_or_else(|| {
            Error::Missing("no user `postgres` or `nobody` to run PostgreSQL as".to_owned())
        })
}

/// The start of a command line that runs the rest as that account.
pub(super) fn privileges(user: Option<&Account>) -> Vec<String> {
    match user {
        None => Vec::new(),
        Some(Account { uid, gid }) => vec![
            "setpriv".to_owned(),
            format!("--reuid={uid}"),
            format!("--regid={gid}"),
            "--clear-groups".to_owned(),
        ],
    }
}

/// The folder itself, or its substitute where the server's user cannot get to it or where the
/// socket's path would be too long.
pub(super) fn reachable(dir: &Path, user: Option<&Account>) -> Result<PathBuf> {
    let other = substitute(dir);
    if other.join("data/PG_VERSION").exists() {
        return own(&other, user).map(|()| other);
    }
    if dir.as_os_str().len() <= SOCKET_FOLDER_MAX_BYTES {
        own(dir, user)?;
        let mut line = privileges(user);
        line.extend([
            "test".to_owned(),
            "-w".to_owned(),
            dir.display().to_string(),
        ]);
        if process::output("test", Command::new(&line[0]).args(&line[1..])).is_ok() {
            return Ok(dir.to_owned());
        }
    }
    own(&other, user).map(|()| other)
}

/// The folder used instead of `dir`, the same each time.
pub(super) fn substitute(dir: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    dir.hash(&mut hasher);
    PathBuf::from(format!("/var/tmp/yizhan-{:016x}", hasher.finish()))
}

/// Makes the folder private to the server's user. A link, or a folder of somebody else, is refused:
/// `/var/tmp` is open to all.
fn own(dir: &Path, user: Option<&Account>) -> Result<()> {
    let doing = || format!("prepare {}", dir.display());
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .doing(doing)?;
    let found = fs::symlink_metadata(dir).doing(doing)?;
    let me = fs::metadata("/proc/self").doing(doing)?.uid();
    let ours = found.uid() == me || user.is_some_and(|u| u.uid == found.uid());
    if !found.is_dir() || !ours {
        return Err(Error::Failed(format!(
            "{} belongs to somebody else",
            dir.display()
        )));
    }
    if let Some(Account { uid, gid }) = user {
        std::os::unix::fs::chown(dir, Some(*uid), Some(*gid)).doing(doing)?;
    }
    fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).doing(doing)
}
