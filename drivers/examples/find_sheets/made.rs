//! Made-up scenes: how many are found, what they look like, how long it takes.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use crate::folder::gray;
use crate::scenes::judge::{Tally, Verdict, judge_scene, print_row};
use crate::scenes::{self, FAMILIES, Family};
use drivers::document::page::find::{self, Options};
use drivers::document::page::{Plane, Point, Quad};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The share of scenes with sheets that must be right.
const RIGHT_MIN: f32 = 0.93;

pub fn evaluate(count: u64) -> Result<()> {
    let mut tally = Tally::default();
    for family in &FAMILIES {
        for seed in 0..count {
            let scene = scenes::make(family, seed);
            let quads = find::sheets(&scene.picture, &Options::default());
            let (verdict, least) = judge_scene(&quads, &scene);
            if verdict != Verdict::Right {
                let scores: Vec<f32> = quads.iter().map(|q| q.score).collect();
                println!(
                    "{} #{seed}: {verdict:?}, overlap {least:.3}, scores {scores:.2?}",
                    family.name
                );
            }
            tally.count(family.name, verdict);
        }
    }
    println!();
    tally.print();
    let of = |picks: fn(&Family) -> bool| {
        tally.sum(|name| FAMILIES.iter().any(|f| f.name == name && picks(f)))
    };
    println!();
    let tuned = of(|f| !f.empty && !f.held_out);
    let held_out = of(|f| !f.empty && f.held_out);
    let empty = of(|f| f.empty && !f.held_out);
    let empty_held_out = of(|f| f.empty && f.held_out);
    print_row("with sheets", tuned);
    print_row("with sheets, held out", held_out);
    print_row("nothing to find", empty);
    print_row("nothing to find, held out", empty_held_out);
    let share = |[right, abstained, wrong]: [usize; 3]| {
        right as f32 / (right + abstained + wrong).max(1) as f32
    };
    if share(tuned) < RIGHT_MIN || share(held_out) < RIGHT_MIN {
        return Err(format!("fewer than {RIGHT_MIN} of the scenes with sheets are right").into());
    }
    if empty[2] + empty_held_out[2] > 0 {
        return Err("a quad was given where there is no sheet".into());
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
    for family in &FAMILIES {
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

/// The least time of many for one scene of each family, wall clock of one thread.
pub fn time() -> Result<()> {
    for family in &FAMILIES {
        let scene = scenes::make(family, 1);
        let mut least = f64::INFINITY;
        for _ in 0..40 {
            let began = Instant::now();
            std::hint::black_box(find::sheets(&scene.picture, &Options::default()));
            least = least.min(began.elapsed().as_secs_f64() * 1e3);
        }
        println!("{:<36} {least:.2} ms", family.name);
    }
    Ok(())
}
