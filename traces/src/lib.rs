//! What a program that fails leaves behind: a line with code, place and version, and nothing of
//! what was in its memory.

use std::panic::PanicHookInfo;

/// Keeps memory out of core dumps and out of what is written when the program fails. The first
/// thing a program with people's data does. `program` is its name and version.
pub fn leave_none(program: &'static str) {
    keep_memory_private();
    std::panic::set_hook(Box::new(move |failed| {
        eprintln!("{}", line(program, failed))
    }));
}

/// A panic's message may quote what was being worked on; its place tells a programmer enough.
fn line(program: &str, failed: &PanicHookInfo<'_>) -> String {
    match failed.location() {
        Some(at) => format!("{program}: internal.bug at {}:{}", at.file(), at.line()),
        None => format!("{program}: internal.bug"),
    }
}

/// No core file, no crash collector, no debugger of the same user. Programs that this one starts
/// (the window's engine holds what is on screen) inherit the first two.
#[cfg(target_os = "linux")]
fn keep_memory_private() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit};
    // The kernel ignores a limit of 0 where cores are piped to a collector; 1 is the value by which
    // it refuses those too (fs/coredump.c), and too small for any file.
    const NONE: u64 = 1;
    let limit = Rlimit {
        current: Some(NONE),
        maximum: Some(NONE),
    };
    if let Err(error) = rustix::process::setrlimit(Resource::Core, limit) {
        tracing::warn!(%error, "core dumps could not be forbidden");
    }
    if let Err(error) = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "memory could not be made private");
    }
}

/// Elsewhere the system's own settings hold.
#[cfg(not(target_os = "linux"))]
fn keep_memory_private() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Command;

    const CHILD: &str = "YIZHAN_TRACES_CHILD";

    /// Run by the test below in a process of its own.
    #[test]
    fn a_failing_program() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        super::leave_none("yizhan 9.9.9");
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        println!(
            "{}",
            core.unwrap()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        );
        let dumpable = rustix::process::dumpable_behavior().unwrap();
        println!("{dumpable:?}");
        panic!("a canary: {}", "王示范");
    }

    #[test]
    fn a_failure_says_where_and_nothing_of_what_was_in_memory() {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["tests::a_failing_program", "--exact", "--nocapture"])
            .env(CHILD, "1")
            .env("RUST_BACKTRACE", "full")
            .output()
            .unwrap();
        assert!(!child.status.success());
        let said = String::from_utf8_lossy(&child.stderr).into_owned()
            + &String::from_utf8_lossy(&child.stdout);
        assert!(said.contains("yizhan 9.9.9: internal.bug at"), "{said}");
        assert!(said.contains("lib.rs:"), "{said}");
        assert!(said.contains("Max core file size 1 1 bytes"), "{said}");
        assert!(said.contains("NotDumpable"), "{said}");
        assert!(
            !said.contains("canary") && !said.contains("王示范"),
            "{said}"
        );
    }
}
