//! The command line.

use std::path::PathBuf;

use station::Demo;

/// What the program was started with.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// `--data DIR`: the station's folder; the user's data folder otherwise.
    pub data: Option<PathBuf>,
    /// `--catalog DIR`: the catalogue; the bundled one otherwise.
    pub catalog: Option<PathBuf>,
    /// `--demo-tray DIR`: a private pcscd with the virtual reader in that folder, its driver given
    /// by `--demo-driver FILE`.
    pub demo: Option<Demo>,
    /// `--enrol FILE`: see `enrolment`.
    pub enrol: Option<PathBuf>,
}

impl Arguments {
    /// Reads the command line; an unknown or incomplete argument ends the program with a sentence.
    pub fn from_env() -> Arguments {
        let mut arguments = Arguments::default();
        let (mut tray, mut driver) = (None, None);
        let mut rest = std::env::args_os().skip(1);
        while let Some(name) = rest.next() {
            let mut folder = || match rest.next() {
                Some(value) => Some(PathBuf::from(value)),
                None => refuse(&format!("{} needs a path", name.to_string_lossy())),
            };
            match name.to_str() {
                Some("--data") => arguments.data = folder(),
                Some("--catalog") => arguments.catalog = folder(),
                Some("--enrol") => arguments.enrol = folder(),
                Some("--demo-tray") => tray = folder(),
                Some("--demo-driver") => driver = folder(),
                _ => refuse(&format!("unknown argument {}", name.to_string_lossy())),
            }
        }
        arguments.demo = match (tray, driver) {
            (Some(tray), Some(driver)) => Some(Demo { tray, driver }),
            (None, None) => None,
            _ => refuse("--demo-tray and --demo-driver go together"),
        };
        arguments
    }
}

fn refuse(sentence: &str) -> ! {
    eprintln!("yizhan: {sentence}");
    eprintln!("usage: yizhan [--data DIR] [--catalog DIR] [--enrol FILE]");
    eprintln!("              [--demo-tray DIR --demo-driver FILE]");
    std::process::exit(2);
}
