//! `prove`: the slow proofs at their full count. The test command runs a small count of the same.

use xtask::{Error, Result};

mod camera;
mod guest;
mod parsers;
mod sheets;
mod store;
mod storm;
mod swaps;
mod sync;
mod usb;

struct Proof {
    name: &'static str,
    about: &'static str,
    run: fn() -> Result<()>,
}

const PROOFS: [Proof; 8] = [
    Proof {
        name: "parsers",
        about: "10,000 made-up and 10,000 damaged inputs for each parser",
        run: parsers::run,
    },
    Proof {
        name: "camera",
        about: "a camera's life on a real kernel: the virtual one, in a machine of its own",
        run: camera::run,
    },
    Proof {
        name: "sheets",
        about: "sheets found in 40 made-up pictures of each family, and none where there is none",
        run: sheets::run,
    },
    Proof {
        name: "store",
        about: "what a station keeps: power cuts, kills, full disks, turned bits, lost databases",
        run: || store::run(&[]),
    },
    Proof {
        name: "storm",
        about: "real processes killed under load for ten minutes: stations, centre, PostgreSQL, line",
        run: storm::run,
    },
    Proof {
        name: "swaps",
        about: "a thousand cards swapped on fifteen readers: no ghost, and none missed",
        run: swaps::run,
    },
    Proof {
        name: "sync",
        about: "10,000 runs of a city whose lines, machines and centre fail: I1 to I11 hold at rest",
        run: || sync::run(&[]),
    },
    Proof {
        name: "usb",
        about: "card readers on USB on a real kernel: bulk endpoints, plug, faults, the poller",
        run: usb::run,
    },
];

pub fn run(names: &[&str]) -> Result<()> {
    // Two proofs with options of their own.
    if let [name @ ("store" | "sync"), options @ ..] = names
        && options.first().is_some_and(|first| first.starts_with("--"))
    {
        return match *name {
            "store" => store::run(options),
            _ => sync::run(options),
        };
    }
    let find = |name: &&str| {
        let listed = PROOFS
            .iter()
            .map(|p| format!("  {:<10} {}", p.name, p.about));
        let listed = listed.collect::<Vec<_>>().join("\n");
        let found = PROOFS.iter().find(|proof| proof.name == *name);
        found.ok_or_else(|| Error::Failed(format!("no proof `{name}`; there are\n{listed}")))
    };
    let chosen: Vec<&Proof> = match names {
        [] => PROOFS.iter().collect(),
        names => names.iter().map(find).collect::<Result<_>>()?,
    };
    for proof in chosen {
        println!("\n==> {} ({})", proof.name, proof.about);
        (proof.run)()?;
    }
    Ok(())
}
