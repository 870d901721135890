//! A folder of pictures with their true corners.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use crate::cpu_ms;
use crate::scenes::Sheet;
use crate::scenes::judge::{COVERS, Tally, Verdict, judge};
use drivers::document::page::find::{self, Options};
use drivers::document::page::{Picture, Plane, Point, Quad};

/// The size the detector is meant for.
const LONG: usize = 1040;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct Truth {
    family: String,
    sheets: Vec<Sheet>,
}

pub fn evaluate(folder: &Path) -> Result<()> {
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    for (name, truth) in truths(folder)? {
        let picture = image::open(folder.join(&name))?.into_rgb8();
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let factor = ((width.max(height) as f32 / LONG as f32).round() as usize).max(1);
        let picture = reduced(picture.as_raw(), width, height, factor);
        let sheets: Vec<Sheet> = truth
            .sheets
            .iter()
            .map(|s| scaled(s, factor as f32))
            .collect();
        let began_ms = cpu_ms();
        let mut quads = find::sheets(&picture, &Options::default());
        let time_ms = cpu_ms() - began_ms;
        let frame = (picture.y.width as f32, picture.y.height as f32);
        pass_over_lower(&mut quads, &sheets, frame);
        let judged = judge(&quads, &sheets, frame);
        let scores: Vec<String> = quads.iter().map(|q| format!("{:.2}", q.score)).collect();
        println!(
            "{name:<40} {:?} overlap {:.3} scores {}",
            judged.verdict,
            judged.least(),
            scores.join(" ")
        );
        if judged.verdict != Verdict::Right && std::env::var_os("QUADS").is_some() {
            println!("{quads:#?}");
        }
        families
            .entry(truth.family)
            .or_default()
            .count(&judged, Some(time_ms as f32));
    }
    println!();
    Tally::print_head();
    let mut all = Tally::default();
    for (name, tally) in &families {
        tally.print(name);
        all.add(tally);
    }
    all.print("all");
    Ok(())
}

/// Where the truth names the upper sheet only, the lower one is no mistake.
fn pass_over_lower(quads: &mut Vec<Quad>, sheets: &[Sheet], frame: (f32, f32)) {
    let is_true = |q: &Quad| {
        let mut overlaps = sheets
            .iter()
            .map(|s| find::shape::overlap(&q.corners, &s.corners, frame));
        overlaps.any(|overlap| overlap > COVERS)
    };
    let upper: Vec<Quad> = quads
        .iter()
        .filter(|q| q.nested && is_true(q))
        .copied()
        .collect();
    quads.retain(|q| {
        let carries = |u: &Quad| {
            let shared = find::shape::area(&find::shape::common(&u.corners, &q.corners));
            shared > 0.95 * find::shape::area(&u.corners)
        };
        is_true(q) || !upper.iter().any(carries)
    });
}

/// Means of `factor` by `factor` pixels.
fn reduced(rgb: &[u8], width: usize, height: usize, factor: usize) -> Picture {
    let (small_width, small_height) = (width / factor, height / factor);
    let mut small = Vec::with_capacity(small_width * small_height * 3);
    let count = (factor * factor) as u32;
    for y in 0..small_height {
        for x in 0..small_width {
            for channel in 0..3 {
                let mut sum = count / 2;
                for row in y * factor..(y + 1) * factor {
                    for column in x * factor..(x + 1) * factor {
                        sum += u32::from(rgb[(row * width + column) * 3 + channel]);
                    }
                }
                small.push((sum / count) as u8);
            }
        }
    }
    planes(&small, small_width, small_height)
}

fn planes(rgb: &[u8], width: usize, height: usize) -> Picture {
    crate::scenes::picture(rgb, width, height)
}

fn scaled(sheet: &Sheet, factor: f32) -> Sheet {
    let corners = sheet.corners.map(|p| Point {
        x: p.x / factor,
        y: p.y / factor,
    });
    Sheet { corners, ..*sheet }
}

fn truths(folder: &Path) -> Result<BTreeMap<String, Truth>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.extension().and_then(|e| e.to_str()) {
            Some("json") => return from_json(&fs::read_to_string(path)?),
            Some("csv") => return from_csv(&fs::read_to_string(path)?),
            _ => {}
        }
    }
    Err("no .json or .csv with the truth".into())
}

fn from_json(text: &str) -> Result<BTreeMap<String, Truth>> {
    let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)?;
    let mut truths = BTreeMap::new();
    for (name, told) in all {
        let mut sheets = Vec::new();
        for (key, wanted) in [("quads", true), ("optional", false)] {
            for quad in told[key].as_array().into_iter().flatten() {
                let numbers = quad
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|p| p.as_array());
                let numbers = numbers.flatten().filter_map(serde_json::Value::as_f64);
                let numbers: Vec<f32> = numbers.map(|v| v as f32).collect();
                sheets.push(sheet(&numbers, wanted).ok_or("a quad has four corners")?);
            }
        }
        let family = told["scene"].as_str().unwrap_or("-").to_string();
        truths.insert(name, Truth { family, sheets });
    }
    Ok(truths)
}

fn from_csv(text: &str) -> Result<BTreeMap<String, Truth>> {
    let mut truths: BTreeMap<String, Truth> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let mut cells = line.split(',').map(str::trim);
        let name = cells.next().unwrap_or_default().to_string();
        let numbers: Vec<f32> = cells.map_while(|cell| cell.parse().ok()).collect();
        let family = name.split('_').next().unwrap_or("-").to_string();
        let truth = truths.entry(name).or_insert(Truth {
            family,
            sheets: Vec::new(),
        });
        if !numbers.is_empty() {
            truth
                .sheets
                .push(sheet(&numbers, true).ok_or("a line has eight numbers")?);
        }
    }
    Ok(truths)
}

fn sheet(numbers: &[f32], wanted: bool) -> Option<Sheet> {
    let [x0, y0, x1, y1, x2, y2, x3, y3] = *numbers else {
        return None;
    };
    let mut corners = [(x0, y0), (x1, y1), (x2, y2), (x3, y3)].map(|(x, y)| Point { x, y });
    if find::shape::area(&corners) < 0.0 {
        corners.reverse();
    }
    Some(Sheet { corners, wanted })
}

/// A plane as bytes, for a picture to look at.
pub fn gray(plane: &Plane) -> image::GrayImage {
    image::GrayImage::from_raw(plane.width as u32, plane.height as u32, plane.data.clone())
        .expect("a plane has all its samples")
}
