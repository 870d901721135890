//! A small machine of its own: the distribution's kernel in QEMU, for what needs kernel modules this
//! machine lacks (virtual cameras, USB gadgets). No disk, no network, no rights: a kernel, a busybox
//! and the programs to run, in memory. Emulated, so it runs wherever QEMU does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use xtask::process::{self, Launch};
use xtask::{Doing, Error, Result};

use crate::checkout;

/// The package that depends on the newest kernel.
const KERNEL: &str = "linux-image-amd64";
/// What the guest prints before its exit status.
const VERDICT: &str = "guest: status ";

/// What to run in a guest.
pub struct Guest<'a> {
    /// Names its folder, below `target/guest`.
    pub name: &'static str,
    /// Kernel modules loaded first, those they need before them: `name parameter=value …`.
    pub modules: &'a [&'a str],
    /// Programs, put into `/bin` with the libraries they need.
    pub programs: &'a [PathBuf],
    /// Lines of `sh`; the last one's status is the guest's.
    pub script: &'a str,
    /// How long it may take, boot and all. A boot takes some five seconds.
    pub limit: Duration,
}

impl Guest<'_> {
    /// Boots, runs, and ends. What was printed; fails when the script's status is not 0.
    pub fn run(&self) -> Result<String> {
        let home = checkout::target()?.join("guest");
        let kernel = Kernel::at_hand(&home)?;
        let place = home.join(self.name);
        let root = place.join("root");
        if root.exists() {
            fs::remove_dir_all(&root).doing(|| format!("empty {}", root.display()))?;
        }
        self.fill(&root, &kernel)?;
        let archive = place.join("initramfs");
        pack(&root, &archive)?;
        let log = place.join("console.log");
        let _ = fs::remove_file(&log);
        let mut machine = Launch::new(self.name, qemu(&kernel.image, &archive), &log).start()?;
        machine.wait_until(self.limit, |machine| {
            let said = machine.said();
            let ended = said
                .rsplit_once(VERDICT)
                .is_some_and(|(_, rest)| rest.contains('\n'));
            (ended || said.contains("Kernel panic")).then_some(())
        })?;
        let said = machine.said().replace('\r', "");
        drop(machine);
        let (text, status) = said.rsplit_once(VERDICT).unwrap_or((&said, "none"));
        match status.trim() == "0" {
            true => Ok(text.to_owned()),
            false => Err(Error::Failed(format!(
                "guest {}: status {}, console:\n{text}",
                self.name,
                status.lines().next().unwrap_or_default()
            ))),
        }
    }

    fn fill(&self, root: &Path, kernel: &Kernel) -> Result<()> {
        for folder in ["bin", "dev", "modules", "proc", "sys", "tmp", "run"] {
            make(&root.join(folder))?;
        }
        copy(Path::new("/bin/busybox"), &root.join("bin/busybox"))?;
        for program in self.programs {
            let name = program.file_name().unwrap_or_default();
            copy(program, &root.join("bin").join(name))?;
            for library in libraries(program)? {
                let to = root.join(library.strip_prefix("/").unwrap_or(&library));
                copy(&library, &to)?;
            }
        }
        let mut loads = Vec::new();
        for line in self.modules {
            let (name, parameters) = line.split_once(' ').unwrap_or((line, ""));
            for path in kernel.needed(name)? {
                let own = path == kernel.path(name)?;
                let load = place_module(&path, root, if own { parameters } else { "" })?;
                if !loads.contains(&load) {
                    loads.push(load);
                }
            }
        }
        let init = root.join("init");
        fs::write(&init, self.init(&loads)).doing(|| format!("write {}", init.display()))?;
        process::run("chmod", Command::new("chmod").arg("+x").arg(&init))
    }

    fn init(&self, loads: &[String]) -> String {
        let Guest { script, .. } = self;
        let loads = loads.join("\n");
        format!(
            "#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t configfs config /sys/kernel/config 2>/dev/null
{loads}
(
{script}
)
echo \"{VERDICT}$?\"
poweroff -f
"
        )
    }
}

/// The distribution's kernel, unpacked.
struct Kernel {
    image: PathBuf,
    /// The folder that `modules.dep` speaks of.
    modules: PathBuf,
    /// Lines of `modules.dep`: a module, then what it needs.
    dependencies: Vec<Vec<String>>,
}

impl Kernel {
    /// Fetched once, by the distribution's own client, and kept below `target`.
    fn at_hand(home: &Path) -> Result<Kernel> {
        let depends = process::output(
            "apt-cache depends",
            Command::new("apt-cache").args(["depends", KERNEL]),
        )?;
        let named = |word: &&str| word.starts_with("linux-image-") && *word != KERNEL;
        let package = depends
            .split_whitespace()
            .find(named)
            .ok_or_else(|| Error::Missing(format!("apt knows no {KERNEL}")))?;
        let version = package.trim_start_matches("linux-image-").to_owned();
        let folder = home.join(package);
        let image = folder.join("boot").join(format!("vmlinuz-{version}"));
        let modules = folder.join("lib/modules").join(&version);
        if !modules.join("modules.dep").exists() {
            fetch(package, home, &folder)?;
            let mut depmod = Command::new("/sbin/depmod");
            depmod.arg("-b").arg(&folder).arg(&version);
            process::run("depmod", &mut depmod)?;
        }
        let list = modules.join("modules.dep");
        let list = fs::read_to_string(&list).doing(|| format!("read {}", list.display()))?;
        let line = |line: &str| {
            line.replace(':', "")
                .split(' ')
                .map(str::to_owned)
                .collect()
        };
        Ok(Kernel {
            image,
            modules,
            dependencies: list.lines().map(line).collect(),
        })
    }

    fn line(&self, name: &str) -> Result<&[String]> {
        let plain = |name: &str| name.replace('-', "_");
        let file = plain(&format!("{name}.ko"));
        let is = |path: &String| {
            let own = path.rsplit('/').next().unwrap_or(path);
            plain(own.trim_end_matches(".xz")) == file
        };
        let found = self
            .dependencies
            .iter()
            .find(|line| line.first().is_some_and(is));
        found
            .map(Vec::as_slice)
            .ok_or_else(|| Error::Missing(format!("the kernel package has no module {name}")))
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        Ok(self.modules.join(&self.line(name)?[0]))
    }

    /// The module's file and those it needs, in the order they are loaded in.
    fn needed(&self, name: &str) -> Result<Vec<PathBuf>> {
        let line = self.line(name)?.iter().rev();
        let files = line.filter(|path| !path.is_empty());
        Ok(files.map(|path| self.modules.join(path)).collect())
    }
}

/// `apt-get download` writes into the current folder.
fn fetch(package: &str, home: &Path, folder: &Path) -> Result<()> {
    println!("guest: fetching {package} (some 70 MB)");
    make(home)?;
    let mut download = Command::new("apt-get");
    // The user that apt would download as may not write there.
    download
        .args([
            "-o",
            "APT::Sandbox::User=root",
            "--quiet",
            "download",
            package,
        ])
        .current_dir(home);
    process::run("apt-get download", &mut download)?;
    let begin = format!("{package}_");
    let entries = fs::read_dir(home).doing(|| format!("list {}", home.display()))?;
    let file = entries
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&begin) && name.ends_with(".deb")
        })
        .ok_or_else(|| Error::Failed(format!("apt-get download left no {package}")))?;
    let mut unpack = Command::new("dpkg-deb");
    unpack.arg("-x").arg(&file).arg(folder);
    process::run("dpkg-deb", &mut unpack)?;
    fs::remove_file(&file).doing(|| format!("remove {}", file.display()))
}

/// The libraries a program is linked with, and the loader.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let listed = process::output("ldd", Command::new("ldd").arg(program))?;
    let words = listed.split_whitespace();
    Ok(words
        .filter(|word| word.starts_with('/'))
        .map(PathBuf::from)
        .collect())
}

/// Puts a module into `/modules`; the line that loads it.
fn place_module(from: &Path, root: &Path, parameters: &str) -> Result<String> {
    let name = from.file_name().unwrap_or_default().to_string_lossy();
    copy(from, &root.join("modules").join(&*name))?;
    let line = format!("insmod /modules/{name} {parameters}");
    Ok(line.trim_end().to_owned())
}

/// One archive, as the kernel unpacks it (cpio, "newc").
fn pack(root: &Path, archive: &Path) -> Result<()> {
    let line = "find . | busybox cpio -o -H newc > \"$1\" 2>/dev/null";
    let mut cpio = Command::new("sh");
    cpio.args(["-c", line, "sh"]).arg(archive).current_dir(root);
    process::run("cpio", &mut cpio)
}

fn qemu(kernel: &Path, archive: &Path) -> Vec<std::ffi::OsString> {
    let mut line: Vec<std::ffi::OsString> = "qemu-system-x86_64 -accel tcg -cpu max -m 768 -smp 1 \
        -display none -monitor none -serial stdio -no-reboot -net none -append"
        .split_whitespace()
        .map(Into::into)
        .collect();
    line.push("console=ttyS0 quiet panic=-1".into());
    line.extend([
        "-kernel".into(),
        kernel.into(),
        "-initrd".into(),
        archive.into(),
    ]);
    line
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).doing(|| format!("make {}", folder.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make(to.parent().unwrap_or(to))?;
    fs::copy(from, to)
        .map(drop)
        .doing(|| format!("copy {} to {}", from.display(), to.display()))
}
