//! `test`: everything that must hold before a change lands, as named and timed steps.

use std::time::{Duration, Instant};

use xtask::{Error, Result};

mod deny;
mod licence;
mod pages;
mod rust;
pub mod types;

/// Tests that ran, over all steps.
#[derive(Default)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&mut Tally) -> Result<()>,
}

/// Quick checks first; the pages before the crates, because the desktop crate embeds them.
const STEPS: [Step; 12] = [
    Step {
        name: "fmt",
        about: "Rust formatting",
        run: |_| rust::fmt(),
    },
    Step {
        name: "deny",
        about: "licences, bans, sources",
        run: |_| deny::check(),
    },
    Step {
        name: "ui-lint",
        about: "ESLint",
        run: |_| pages::script("lint"),
    },
    Step {
        name: "ui-format",
        about: "Prettier",
        run: |_| pages::script("format:check"),
    },
    Step {
        name: "ui-types",
        about: "vue-tsc",
        run: |_| pages::script("type-check"),
    },
    Step {
        name: "ui-unit",
        about: "vitest",
        run: pages::unit,
    },
    Step {
        name: "ui-build",
        about: "vite",
        run: |_| pages::build(),
    },
    Step {
        name: "build",
        about: "all crates and binaries",
        run: |_| rust::build(),
    },
    Step {
        name: "clippy",
        about: "lints, warnings denied",
        run: |_| rust::clippy(),
    },
    Step {
        name: "types",
        about: "generated types unchanged",
        run: |_| types::check(),
    },
    Step {
        name: "docs",
        about: "documentation links",
        run: |_| rust::docs(),
    },
    Step {
        name: "rust",
        about: "cargo test",
        run: rust::test,
    },
];

struct Outcome {
    name: &'static str,
    took: Duration,
    result: Result<()>,
}

pub fn run(options: &[&str]) -> Result<()> {
    let (chosen, keep_going) = choose(options)?;
    let mut tally = Tally::default();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for step in chosen {
        println!("\n==> {} ({})", step.name, step.about);
        let start = Instant::now();
        let result = (step.run)(&mut tally);
        let took = start.elapsed();
        let failed = result.is_err();
        if let Err(error) = &result {
            eprintln!("==> {} FAILED: {error}", step.name);
        }
        outcomes.push(Outcome {
            name: step.name,
            took,
            result,
        });
        if failed && !keep_going {
            break;
        }
    }
    report(&outcomes, &tally)
}

/// The steps asked for, in their order, and whether to go on after a failure.
fn choose(options: &[&str]) -> Result<(Vec<&'static Step>, bool)> {
    let mut only = Vec::new();
    let mut keep_going = false;
    let mut words = options.iter();
    while let Some(word) = words.next() {
        match (*word, words.as_slice().first()) {
            ("--keep-going", _) => keep_going = true,
            ("--only", Some(name)) if STEPS.iter().any(|s| s.name == *name) => {
                only.push(*name);
                words.next();
            }
            ("--only", _) => {
                let names: Vec<&str> = STEPS.iter().map(|s| s.name).collect();
                return Err(Error::Failed(format!(
                    "--only takes one of: {}",
                    names.join(", ")
                )));
            }
            (other, _) => return Err(Error::Failed(format!("test has no option `{other}`"))),
        }
    }
    let wanted = |step: &&Step| only.is_empty() || only.contains(&step.name);
    Ok((STEPS.iter().filter(wanted).collect(), keep_going))
}

fn report(outcomes: &[Outcome], tally: &Tally) -> Result<()> {
    println!();
    for Outcome { name, took, result } in outcomes {
        let word = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{name:<10} {:>7.1} s  {word}", took.as_secs_f64());
    }
    let total: Duration = outcomes.iter().map(|o| o.took).sum();
    println!("{:<10} {:>7.1} s", "total", total.as_secs_f64());
    println!("{} passed, {} failed", tally.passed, tally.failed);
    match outcomes.iter().find(|o| o.result.is_err()) {
        Some(first) => Err(Error::Failed(format!("step `{}` failed", first.name))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_their_own_order_whatever_the_order_asked() {
        let (steps, keep_going) =
            choose(&["--only", "rust", "--keep-going", "--only", "fmt"]).unwrap();
        assert_eq!(
            steps.iter().map(|s| s.name).collect::<Vec<_>>(),
            ["fmt", "rust"]
        );
        assert!(keep_going);
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_list() {
        let error = choose(&["--only", "everything"]).err().expect("refused");
        assert!(error.to_string().contains("clippy"), "{error}");
    }
}
