//! OpenCV in a process of its own, doing the same steps when told to.
//!
//! It is used where it is: in the environment under `target/opencv`, which `--with-opencv` makes,
//! or on the system's Python. Without it the rest is measured.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use drivers::document::page::{Plane, Point};

use super::{size, words};
use crate::Failed;

/// A running child.
pub struct OpenCv {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    version: String,
}

impl OpenCv {
    /// Starts it; `None`, and a word why, when there is no OpenCV.
    pub fn start(
        install: bool,
        file: &Path,
        corners: &[Point; 4],
        page: &Plane,
    ) -> Result<Option<OpenCv>, Failed> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let environment = root.join("target/opencv");
        if install {
            installed(&environment)?;
        }
        let own = environment.join("bin/python");
        let python = if own.exists() {
            own
        } else {
            PathBuf::from("python3")
        };
        let mut command = Command::new(python);
        command
            .arg(root.join("bench/opencv_page.py"))
            .arg(file)
            .arg(words(corners))
            .args(size(page))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else {
            return Ok(without());
        };
        let input = child.stdin.take().ok_or("its input")?;
        let mut output = BufReader::new(child.stdout.take().ok_or("its output")?);
        let mut version = String::new();
        output.read_line(&mut version)?;
        if version.is_empty() {
            child.wait()?;
            return Ok(without());
        }
        Ok(Some(OpenCv {
            child,
            input,
            output,
            version: version.trim().to_owned(),
        }))
    }

    /// All steps once; the child's own processor time.
    pub fn once(&mut self) -> Result<Duration, Failed> {
        writeln!(self.input, "go")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(Duration::from_secs_f64(
            line.trim().parse::<f64>()? / 1000.0,
        ))
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl Drop for OpenCv {
    fn drop(&mut self) {
        // It ends by itself when its input does; this is for when it does not.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn without() -> Option<OpenCv> {
    eprintln!("bench: no OpenCV here; `--with-opencv` installs it under target/opencv");
    None
}

/// Makes the environment, if it is not there.
fn installed(environment: &Path) -> Result<(), Failed> {
    if environment.join("bin/python").exists() {
        return Ok(());
    }
    let run =
        |program: &Path, arguments: &[&str]| match Command::new(program).args(arguments).status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(format!("{} {}", program.display(), arguments.join(" "))),
        };
    let folder = environment.to_str().ok_or("a path")?;
    let pip = ["-m", "pip", "install", "--quiet", "opencv-python-headless"];
    let done = run(Path::new("python3"), &["-m", "venv", folder])
        .and_then(|()| run(&environment.join("bin/python"), &pip));
    if let Err(why) = done {
        eprintln!("bench: OpenCV could not be installed ({why})");
    }
    Ok(())
}
