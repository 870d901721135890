//! The TPM keeper against `swtpm`, the distribution's TPM 2.0 in software.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::keys::{Cost, DataKey, Found, Held, KeyFile, Ring, Wrap};
use crate::proof::{now, staff};
use crypto::Suite;
use crypto::code::PrintedCode;

/// A TPM in software with its state in a folder, ended with the test.
struct Swtpm {
    child: Child,
    port: u16,
}

impl Swtpm {
    fn start(state: &Path) -> Swtpm {
        // The control port is the next one: that is where the TCTI looks for it.
        let port = (0..100)
            .find_map(|_| {
                let port = TcpListener::bind("127.0.0.1:0")
                    .ok()?
                    .local_addr()
                    .ok()?
                    .port();
                let next = port.checked_add(1)?;
                TcpListener::bind(("127.0.0.1", next))
                    .is_ok()
                    .then_some(port)
            })
            .expect("two free ports");
        let child = Command::new("swtpm")
            .args(["socket", "--tpm2", "--flags", "startup-clear"])
            .args(["--tpmstate", &format!("dir={}", state.display())])
            .args([
                "--server",
                &format!("type=tcp,port={port},bindaddr=127.0.0.1"),
            ])
            .args([
                "--ctrl",
                &format!("type=tcp,port={},bindaddr=127.0.0.1", port + 1),
            ])
            .stdout(Stdio::null())
            .spawn()
            .expect("swtpm is installed by `cargo xtask setup`");
        let swtpm = Swtpm { child, port };
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port + 1)).is_err() {
            assert!(Instant::now() < until, "swtpm does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        swtpm
    }

    fn keeper(&self) -> InTpm {
        let name = format!("swtpm:host=127.0.0.1,port={}", self.port);
        InTpm(Some(name.parse().expect("a name of a TPM")))
    }
}

impl Drop for Swtpm {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_a_tpm_sealed_it_opens_again_after_a_restart_and_no_other_tpm_does() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let secret = crypto::random_secret();
    let kept = {
        let tpm = Swtpm::start(here.path());
        let kept = tpm.keeper().keep(&secret).unwrap();
        // More often than it has places for sessions and objects: nothing is left behind in it.
        for _ in 0..8 {
            assert_eq!(tpm.keeper().fetch(&kept).unwrap(), secret);
        }
        kept
    };
    let written = serde_json::to_string(&kept).unwrap();
    assert!(!written.contains(&hex::encode(*secret)));
    let kept: Kept = serde_json::from_str(&written).unwrap();
    {
        let again = Swtpm::start(here.path());
        assert_eq!(again.keeper().fetch(&kept).unwrap(), secret);
    }
    let another = Swtpm::start(there.path());
    assert!(another.keeper().answers());
    let refused = another.keeper().fetch(&kept).unwrap_err();
    assert_eq!(refused.code(), "keys.machine_lost");
}

#[test]
fn a_damaged_envelope_of_the_tpm_is_a_lost_secret_and_no_panic() {
    let state = tempfile::tempdir().unwrap();
    let tpm = Swtpm::start(state.path());
    let Kept::Tpm { public, private } = tpm.keeper().keep(&crypto::random_secret()).unwrap() else {
        panic!("a TPM kept it")
    };
    let damages = [
        (public.clone(), private.replace('a', "b")),
        (public.clone(), String::new()),
        (public.clone(), "no hex".to_owned()),
        (String::new(), private.clone()),
        ("00".repeat(500), private.clone()),
        (public, "00".repeat(4_000)),
    ];
    for (public, private) in damages {
        let refused = tpm.keeper().fetch(&Kept::Tpm { public, private });
        assert_eq!(refused.unwrap_err().code(), "keys.machine_lost");
    }
}

#[test]
fn a_machine_without_a_tpm_says_so() {
    let none = InTpm(None);
    assert!(!none.answers());
    let refused = none.keep(&crypto::random_secret()).unwrap_err();
    assert_eq!(refused.code(), "keys.keeper_absent");
    let gone = Kept::Tpm {
        public: "00".into(),
        private: "00".into(),
    };
    assert_eq!(none.fetch(&gone).unwrap_err().code(), "keys.machine_lost");
}

/// R17 on a real TPM: the mainboard was changed, the printed code opens, and the new TPM holds the secret
/// from then on.
#[test]
fn a_station_whose_tpm_is_gone_opens_by_its_printed_code_and_lives_in_the_new_one() {
    let suite = Suite::One;
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wrap = |machine: &Secret| {
        let cost = Cost::CHEAP;
        Wrap::new("zhang", staff(), "right", machine, None, cost, suite)
    };
    let load = || match Found::load(folder.path()).unwrap() {
        Some(Found::Now(file)) => *file,
        other => panic!("{other:?}"),
    };
    let held = Held {
        key: DataKey::random(),
        ring: Ring::random(),
        suite,
    };
    let code = PrintedCode::random();
    {
        let tpm = Swtpm::start(before.path());
        let machine = crypto::random_secret();
        let kept = tpm.keeper().keep(&machine).unwrap();
        let mut file = KeyFile::new(&held, wrap(&machine), kept).unwrap();
        file.set_printed(&code, &held, now()).unwrap();
        file.save(folder.path()).unwrap();
        let machine = tpm.keeper().fetch(&load().machine).unwrap();
        let opened = load().open("zhang", "right", &machine, None).unwrap();
        assert!(opened.unwrap().current.0 == held.key.0);
    }
    let tpm = Swtpm::start(after.path());
    let mut file = load();
    let lost = tpm.keeper().fetch(&file.machine).unwrap_err();
    assert_eq!(lost.code(), "keys.machine_lost");
    // The right password is no way in with another secret, and says why.
    let machine = crypto::random_secret();
    let refused = file.open("zhang", "right", &machine, None).map(drop);
    assert_eq!(refused.unwrap_err().code(), "keys.machine_changed");
    let opened = file.open_printed(&code).unwrap().unwrap();
    let held = file.hold(opened.current).unwrap();
    file.machine = tpm.keeper().keep(&machine).unwrap();
    file.admit(wrap(&machine), &held).unwrap();
    file.save(folder.path()).unwrap();
    let machine = tpm.keeper().fetch(&load().machine).unwrap();
    let opened = load().open("zhang", "right", &machine, None).unwrap();
    assert!(opened.unwrap().current.0 == held.key.0);
}
