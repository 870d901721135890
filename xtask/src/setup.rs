//! `setup`: installs what is missing on Debian 12, and says what. Does nothing, and needs no
//! rights, when nothing is missing.

use std::fs;
use std::process::Command;

use xtask::{Doing, Error, Result, process};

use crate::checkout;

/// Debian packages, by what they are for.
const PACKAGES: [(&str, &[&str]); 6] = [
    (
        "build",
        &[
            "build-essential",
            "cmake",
            "libssl-dev",
            "libtss2-dev",
            "nasm",
            "pkg-config",
        ],
    ),
    (
        "window",
        &["libwebkit2gtk-4.1-dev", "librsvg2-dev", "fonts-noto-cjk"],
    ),
    (
        "devices",
        &[
            "pcscd",
            "libpcsclite-dev",
            "sane-airscan",
            "sane-utils",
            "libsane1",
            "libsane-dev",
        ],
    ),
    ("centre", &["postgresql-15"]),
    ("tests", &TEST_PACKAGES),
    (
        "proofs in a guest",
        &["busybox-static", "kmod", "qemu-system-x86", "v4l-utils"],
    ),
];

const TEST_PACKAGES: [&str; 18] = [
    "chromium",
    "chromium-driver",
    "dbus",
    "dbus-x11",
    "gnome-keyring",
    "imagemagick",
    "libtss2-tcti-swtpm0",
    "openbox",
    "poppler-utils",
    "qpdf",
    "swtpm",
    "swtpm-tools",
    "util-linux",
    "webkit2gtk-driver",
    "x11-utils",
    "xauth",
    "xdotool",
    "xvfb",
];

/// Keeps the installation of PostgreSQL from making and starting a cluster of the system's.
const NO_CLUSTER_FOLDER: &str = "/etc/postgresql-common/createcluster.d";
const NO_CLUSTER: &str = "create_main_cluster = false\n";

/// The oldest Node.js that the pages' build tools accept.
const NODE_VERSION_MIN: u32 = 20;

pub fn run() -> Result<()> {
    debian_packages()?;
    node()?;
    npm_packages()
}

fn debian_packages() -> Result<()> {
    let mut missing = Vec::new();
    for (purpose, packages) in PACKAGES {
        let lacking: Vec<&str> = packages.iter().copied().filter(|p| !installed(p)).collect();
        if !lacking.is_empty() {
            println!("setup: missing for {purpose}: {}", lacking.join(" "));
            missing.extend(lacking);
        }
    }
    if missing.is_empty() {
        println!("setup: all Debian packages are installed");
        return Ok(());
    }
    if missing.contains(&"postgresql-15") {
        as_root("mkdir", &["-p", NO_CLUSTER_FOLDER])?;
        let file = format!("{NO_CLUSTER_FOLDER}/yizhan.conf");
        as_root(
            "sh",
            &["-c", "printf '%s' \"$1\" > \"$2\"", "sh", NO_CLUSTER, &file],
        )?;
        println!("setup: wrote {file}: no cluster of the system's is made or started");
    }
    println!("setup: installing {} packages", missing.len());
    apt_get(&["update"])?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(missing);
    apt_get(&install)
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    process::output("dpkg-query", &mut query).is_ok_and(|status| status == "installed")
}

/// Waits for another installation to end instead of failing beside it.
fn apt_get(options: &[&str]) -> Result<()> {
    let mut words = vec!["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"];
    words.extend(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]);
    words.extend(options);
    as_root("env", &words)
}

fn as_root(program: &str, words: &[&str]) -> Result<()> {
    let mut command = match process::is_root() {
        true => Command::new(program),
        false => {
            let mut sudo = Command::new("sudo");
            sudo.arg(program);
            sudo
        }
    };
    process::run(
        &format!("{program} {}", words.join(" ")),
        command.args(words),
    )
    .map_err(|e| match e {
        Error::Io { .. } if !process::is_root() => {
            Error::Missing("installing needs root or sudo; neither is here".to_owned())
        }
        other => other,
    })
}

fn node() -> Result<()> {
    let how = format!(
        "Node.js {NODE_VERSION_MIN} or newer with npm is needed and not installed by this task: \
         take it from nodejs.org or your distribution, so that `node` and `npm` are on the PATH"
    );
    let missing = || Error::Missing(how.clone());
    let version =
        process::output("node", Command::new("node").arg("--version")).map_err(|_| missing())?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_VERSION_MIN) {
        return Err(Error::Missing(format!(
            "found Node.js {}. {how}",
            version.trim()
        )));
    }
    process::output("npm", Command::new("npm").arg("--version")).map_err(|_| missing())?;
    println!("setup: Node.js {}", version.trim());
    Ok(())
}

/// `npm ci` when what is installed is not what the lock file names. A copy of the lock file inside
/// `node_modules` tells.
fn npm_packages() -> Result<()> {
    let ui = checkout::root().join("ui");
    let lock = ui.join("package-lock.json");
    let stamp = ui.join("node_modules/.installed-lock.json");
    let wanted = fs::read(&lock).doing(|| format!("read {}", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|found| found == wanted) {
        println!("setup: npm packages are up to date");
        return Ok(());
    }
    println!("setup: installing npm packages");
    process::run(
        "npm ci",
        checkout::npm().args(["ci", "--no-audit", "--no-fund"]),
    )?;
    fs::write(&stamp, wanted).doing(|| format!("write {}", stamp.display()))
}
