//! A private pcscd with virtual readers: its own socket and folder, no root needed.
//!
//! The daemon gets its socket the way systemd hands one over (descriptor 3, `LISTEN_FDS`,
//! `LISTEN_PID`), so it neither touches `/run/pcscd` nor minds another pcscd. Clients find it by
//! `PCSCLITE_CSOCK_NAME`, which libpcsclite reads once per process.
//!
//! Real USB readers work in the same daemon: `-c` only moves the folder of serial readers; the
//! driver for USB readers (libccid) and hot-plug are found as ever. The account needs access to
//! `/dev/bus/usb`, which on Debian 12 only root has unless a udev rule grants it. Run as root,
//! pcscd also writes and removes `/run/pcscd/pcscd.pid`, which a system daemon beside it only
//! misses in `pcscd --hotplug`.

use super::VirtualReader;
use crate::error::VirtualError;
use rustix::process::{Pid, Signal, kill_process};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian puts the daemon.
const PROGRAM: &str = "/usr/sbin/pcscd";
/// A daemon that does not end by itself is killed after this.
const STOP_LIMIT: Duration = Duration::from_secs(3);
/// A daemon that cannot start ends within this.
const START_NOTICE: Duration = Duration::from_millis(60);
/// Passes the socket, here standard input, on as descriptor 3; `exec` keeps the process number.
const LAUNCH: &str = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$; \
    export LISTEN_FDS LISTEN_PID; exec \"$@\"";

/// A running or stopped daemon. Dropping it ends the process and removes the socket.
pub struct Pcscd {
    folder: PathBuf,
    driver: PathBuf,
    child: Option<Child>,
}

impl Pcscd {
    /// Starts a daemon with these readers.
    ///
    /// `folder` (absolute, private, shared with the readers' trays) gets socket, configuration
    /// and log; `driver` is the built `libifd.so`, absolute.
    pub fn start(
        folder: &Path,
        driver: &Path,
        readers: &[VirtualReader],
    ) -> Result<Self, VirtualError> {
        let mut pcscd = Self {
            folder: folder.to_path_buf(),
            driver: driver.to_path_buf(),
            child: None,
        };
        pcscd.start_again(readers)?;
        Ok(pcscd)
    }

    /// The socket, for `PCSCLITE_CSOCK_NAME`.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        socket_in(&self.folder)
    }

    /// The daemon's process number while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Starts the daemon, with other readers if wished; one that runs is stopped first.
    pub fn start_again(&mut self, readers: &[VirtualReader]) -> Result<(), VirtualError> {
        self.stop();
        let failed = |error: std::io::Error| VirtualError::Pcscd {
            why: error.to_string(),
        };
        let config = self.write_config(readers).map_err(failed)?;
        let listener = UnixListener::bind(self.socket()).map_err(failed)?;
        let log = std::fs::File::create(self.folder.join("pcscd.log")).map_err(failed)?;
        let mut command = Command::new("/bin/sh");
        command.args([
            "-c",
            LAUNCH,
            "pcscd-launch",
            PROGRAM,
            "--foreground",
            "--config",
        ]);
        command.arg(config);
        if has_polkit_switch() {
            // Without D-Bus, as in a container, polkit would refuse every client.
            command.arg("--disable-polkit");
        }
        command.stdin(OwnedFd::from(listener));
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        self.child = Some(command.spawn().map_err(failed)?);
        std::thread::sleep(START_NOTICE);
        let child = self.child.as_mut();
        match child
            .map(Child::try_wait)
            .transpose()
            .map_err(failed)?
            .flatten()
        {
            None => Ok(()),
            Some(status) => {
                self.stop();
                let log = std::fs::read_to_string(self.folder.join("pcscd.log"));
                let last = log
                    .unwrap_or_default()
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .to_string();
                Err(VirtualError::Pcscd {
                    why: format!("{status}: {last}"),
                })
            }
        }
    }

    /// Ends the daemon; clients see the service go away.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            end(&mut child);
        }
        let _ = std::fs::remove_file(self.socket());
    }

    /// Kills the daemon as a crash would; its socket stays behind.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn write_config(&self, readers: &[VirtualReader]) -> std::io::Result<PathBuf> {
        let folder = self.folder.join("reader.conf.d");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        std::fs::set_permissions(&self.folder, std::fs::Permissions::from_mode(0o700))?;
        // One file per reader, or pcscd mixes them up. The channel is needed but means nothing.
        for (channel, reader) in readers.iter().enumerate() {
            let text = format!(
                "FRIENDLYNAME \"{}\"\nDEVICENAME {}:{}\nLIBPATH {}\nCHANNELID {}\n",
                reader.friendly_name(),
                self.folder.display(),
                reader.name,
                self.driver.display(),
                channel + 1
            );
            std::fs::write(folder.join(format!("{channel:02}-{}", reader.name)), text)?;
        }
        Ok(folder)
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The socket of a daemon in this folder.
#[must_use]
pub fn socket_in(folder: &Path) -> PathBuf {
    folder.join("pcscd.comm")
}

/// Asks a process to end, then makes it.
fn end(child: &mut Child) {
    let asked = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(pid) = asked {
        let _ = kill_process(pid, Signal::TERM);
    }
    let until = Instant::now() + STOP_LIMIT;
    while Instant::now() < until {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            _ => return,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// pcscd 2.0 and later ask polkit unless told not to; older ones refuse the switch.
fn has_polkit_switch() -> bool {
    let help = Command::new(PROGRAM)
        .arg("--help")
        .stdin(Stdio::null())
        .output();
    help.is_ok_and(|help| {
        let text = [help.stdout, help.stderr].concat();
        String::from_utf8_lossy(&text).contains("--disable-polkit")
    })
}
