//! Made-up scenes: how many are found, how well, how long it takes; and what they look like.

use std::error::Error;
use std::path::Path;

use crate::cpu_ms;
use crate::folder::gray;
use crate::scenes::judge::{Tally, Verdict, judge_scene};
use crate::scenes::{self, Family};
use drivers::document::page::find::{self, Options};
use drivers::document::page::{Plane, Point, Quad};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The share of scenes with sheets that must be right.
const RIGHT_MIN: f32 = 0.93;

/// Families of which `ONLY`, an environment variable, is a part of the name; all without it.
fn picked() -> impl Iterator<Item = &'static Family> {
    let only = std::env::var("ONLY").unwrap_or_default();
    scenes::all().filter(move |family| family.name.contains(&only))
}

/// `count` scenes of each family, their seeds from `first` on.
pub fn evaluate(first: u64, count: u64) -> Result<()> {
    let mut families = Vec::new();
    for family in picked() {
        let mut tally = Tally::default();
        for seed in first..first + count {
            let scene = scenes::make(family, seed);
            let began_ms = cpu_ms();
            let quads = find::sheets(&scene.picture, &Options::default());
            let time_ms = cpu_ms() - began_ms;
            let judged = judge_scene(&quads, &scene);
            if judged.verdict != Verdict::Right {
                let scores: Vec<f32> = quads.iter().map(|q| q.score).collect();
                println!(
                    "{} #{seed}: {:?}, overlap {:.3}, scores {scores:.2?}",
                    family.name,
                    judged.verdict,
                    judged.least()
                );
            }
            tally.count(&judged, Some(time_ms as f32));
        }
        families.push((family, tally));
    }
    println!();
    Tally::print_head();
    families
        .iter()
        .for_each(|(family, tally)| tally.print(family.name));
    println!();
    let of = |name: &str, picks: fn(&Family) -> bool| {
        let mut sum = Tally::default();
        let picked = families.iter().filter(|(family, _)| picks(family));
        picked.for_each(|(_, tally)| sum.add(tally));
        sum.print(name);
        sum
    };
    let tuned = of("with sheets", |f| !f.empty && !f.held_out && !f.open);
    let held_out = of("with sheets, held out", |f| !f.empty && f.held_out);
    let empty = of("nothing to find", |f| f.empty && !f.held_out && !f.open);
    let empty_held_out = of("nothing to find, held out", |f| f.empty && f.held_out);
    of("not solved yet, with sheets", |f| !f.empty && f.open);
    of("not solved yet, nothing to find", |f| f.empty && f.open);
    let wrong = [&tuned, &held_out, &empty, &empty_held_out].map(Tally::wrong);
    let wrong: usize = wrong.iter().sum();
    if wrong > 0 {
        return Err(format!("a quad that covers no sheet was given in {wrong} scenes").into());
    }
    let too_few = |tally: &Tally| tally.verdicts != [0; 3] && tally.share() < RIGHT_MIN;
    if too_few(&tuned) || too_few(&held_out) {
        return Err(format!("fewer than {RIGHT_MIN} of the scenes with sheets are right").into());
    }
    Ok(())
}

/// One scene of each family as PNG, with what was found drawn in.
pub fn draw(to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(0);
    for family in picked() {
        let scene = scenes::make(family, seed);
        let quads = find::sheets(&scene.picture, &Options::default());
        let mut luma = scene.picture.y.clone();
        quads.iter().for_each(|q| outline(&mut luma, q));
        gray(&luma).save(to.join(format!("{}.png", family.name.replace([' ', ','], "_"))))?;
    }
    Ok(())
}

fn outline(plane: &mut Plane, quad: &Quad) {
    for k in 0..4 {
        let (a, b) = (quad.corners[k], quad.corners[(k + 1) % 4]);
        for step in 0..2_000 {
            let at = step as f32 / 2_000.0;
            let p = Point {
                x: a.x + (b.x - a.x) * at,
                y: a.y + (b.y - a.y) * at,
            };
            if p.x >= 0.0 && p.y >= 0.0 {
                let (x, y) = (p.x as usize, p.y as usize);
                if x < plane.width && y < plane.height {
                    plane.data[y * plane.width + x] = if step / 16 % 2 == 0 { 255 } else { 0 };
                }
            }
        }
    }
}
