//! A child process that leads a group of its own, and is ended with everything it has started; on
//! Windows the process alone.
//!
//! The group is killed before its leader is waited for. As long as nobody has waited, the leader's
//! number, which is the group's too, is nobody else's; afterwards it could be anybody's.

use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// A killed process is gone within this.
const KILL_LIMIT: Duration = Duration::from_millis(500);
/// How often an end is looked for.
const TICK: Duration = Duration::from_millis(2);

/// Windows' own number.
#[cfg(windows)]
const CREATE_NO_WINDOW: u32 = 0x0800_0000;

/// A running child with its group. Dropping it kills them.
pub struct Group {
    child: Child,
    ended: Option<ExitStatus>,
}

impl Group {
    /// Starts a command in its own process group.
    pub fn spawn(command: &mut Command) -> std::io::Result<Group> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        // No console window comes up before the counter's.
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NO_WINDOW);
        let child = command.spawn()?;
        Ok(Group { child, ended: None })
    }

    /// The child's pipes; it is not to be waited for through this.
    pub fn pipes(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The leader's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How the leader ended, once it has; what it had started is killed then.
    pub fn ended(&mut self) -> std::io::Result<Option<ExitStatus>> {
        if self.ended.is_none() && self.is_over()? {
            self.kill();
            self.ended = Some(self.child.wait()?);
        }
        Ok(self.ended)
    }

    /// Waits for the end; `None` when it does not come in time.
    pub fn wait_until(&mut self, until: Instant) -> std::io::Result<Option<ExitStatus>> {
        loop {
            match self.ended()? {
                None if Instant::now() < until => std::thread::sleep(TICK),
                ended => return Ok(ended),
            }
        }
    }

    /// Whether the leader has ended, without waiting for it.
    #[cfg(unix)]
    fn is_over(&mut self) -> std::io::Result<bool> {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let Some(leader) = self.number() else {
            return Ok(true);
        };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(leader), look)?.is_some())
    }

    #[cfg(not(unix))]
    fn is_over(&mut self) -> std::io::Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Asks the group to end. A stopped process does not see that before it goes on.
    pub fn ask_to_end(&mut self) {
        #[cfg(unix)]
        {
            self.signal(rustix::process::Signal::TERM);
            self.signal(rustix::process::Signal::CONT);
        }
    }

    /// Kills the group.
    pub fn kill(&mut self) {
        #[cfg(unix)]
        self.signal(rustix::process::Signal::KILL);
        #[cfg(not(unix))]
        if self.ended.is_none() {
            // Gone already: then there is nothing to do.
            let _ = self.child.kill();
        }
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        if self.ended.is_none()
            && let Some(group) = self.number()
        {
            // The group is gone when its last process is, and then there is nothing to do.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }

    #[cfg(unix)]
    fn number(&self) -> Option<rustix::process::Pid> {
        let number = i32::try_from(self.child.id()).ok();
        number.and_then(rustix::process::Pid::from_raw)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.ended.is_none() {
            self.kill();
            // One that hangs in the kernel is left to it.
            let _ = self.wait_until(Instant::now() + KILL_LIMIT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    /// A shell that starts something which would outlive it, and the number of that.
    fn started(then: &str) -> (Group, u32) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("sleep 1000 & echo $!; {then}")]);
        command.stdout(Stdio::piped());
        let mut group = Group::spawn(&mut command).unwrap();
        let mut line = String::new();
        let output = group.pipes().stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        (group, line.trim().parse().unwrap())
    }

    /// Whether a process runs; one that ended may wait for its end to be taken note of.
    fn runs(pid: u32) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    fn is_gone(pid: u32) {
        let until = Instant::now() + Duration::from_secs(5);
        while runs(pid) {
            assert!(Instant::now() < until, "it still runs");
            std::thread::sleep(TICK);
        }
    }

    #[test]
    fn what_a_program_started_is_gone_when_the_program_ends_by_itself_or_is_killed() {
        let (mut group, left) = started("exit 3");
        let ended = group.wait_until(Instant::now() + Duration::from_secs(5));
        assert_eq!(ended.unwrap().and_then(|status| status.code()), Some(3));
        is_gone(left);

        let (mut group, left) = started("wait");
        let leader = group.number().unwrap();
        assert!(runs(left) && group.ended().unwrap().is_none());
        rustix::process::kill_process(leader, rustix::process::Signal::KILL).unwrap();
        let ended = group.wait_until(Instant::now() + Duration::from_secs(5));
        assert_eq!(ended.unwrap().map(|status| status.success()), Some(false));
        is_gone(left);
    }

    #[test]
    fn a_group_whose_leader_was_killed_before_it_is_dropped_is_gone_with_it() {
        let (group, left) = started("wait");
        let leader = group.number().unwrap();
        rustix::process::kill_process(leader, rustix::process::Signal::KILL).unwrap();
        // The leader is dead by now, and nobody has waited for it.
        while runs(group.id()) {
            std::thread::sleep(TICK);
        }
        assert!(runs(left));
        drop(group);
        is_gone(left);
    }
}
