//! What an answer is worth: each wanted sheet found by a quad that covers it, and no quad that covers
//! nothing.

use std::collections::BTreeMap;

use super::{Scene, Sheet};
use drivers::document::page::Quad;
use drivers::document::page::find::shape;

/// A quad covers a sheet when they have this much in common (intersection over union).
pub const COVERS: f32 = 0.95;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every wanted sheet was found, and nothing else given.
    Right,
    /// Nothing wrong was given, but a wanted sheet was not found.
    Abstained,
    /// A quad was given that covers no sheet.
    Wrong,
}

/// An answer's worth, and the least overlap with a wanted sheet.
pub fn judge(quads: &[Quad], sheets: &[Sheet], frame: (f32, f32)) -> (Verdict, f32) {
    let best_for = |sheet: &Sheet| {
        let overlaps = quads
            .iter()
            .map(|q| shape::overlap(&q.corners, &sheet.corners, frame));
        overlaps.fold(0.0, f32::max)
    };
    let covers = |q: &Quad, sheet: &Sheet| {
        let least = if sheet.wanted { COVERS } else { 0.85 };
        shape::overlap(&q.corners, &sheet.corners, frame) > least
    };
    let stray = quads
        .iter()
        .any(|q| !sheets.iter().any(|sheet| covers(q, sheet)));
    let least = sheets
        .iter()
        .filter(|s| s.wanted)
        .map(best_for)
        .fold(1.0, f32::min);
    let verdict = match (stray, least > COVERS) {
        (true, _) => Verdict::Wrong,
        (false, true) => Verdict::Right,
        (false, false) => Verdict::Abstained,
    };
    (verdict, least)
}

/// As [`judge`], for a made-up scene.
pub fn judge_scene(quads: &[Quad], scene: &Scene) -> (Verdict, f32) {
    let frame = (scene.picture.y.width as f32, scene.picture.y.height as f32);
    judge(quads, &scene.sheets, frame)
}

/// Verdicts by family.
#[derive(Default)]
pub struct Tally(BTreeMap<String, [usize; 3]>);

impl Tally {
    pub fn count(&mut self, family: &str, verdict: Verdict) {
        self.0.entry(family.to_string()).or_default()[verdict as usize] += 1;
    }

    /// Right, abstained and wrong among the families a question picks.
    pub fn sum(&self, picks: impl Fn(&str) -> bool) -> [usize; 3] {
        let picked = self.0.iter().filter(|(name, _)| picks(name));
        picked.fold([0; 3], |sum, (_, counts)| {
            std::array::from_fn(|k| sum[k] + counts[k])
        })
    }

    pub fn print(&self) {
        println!(
            "{:<36} {:>6} {:>9} {:>6}",
            "family", "right", "abstained", "wrong"
        );
        for (name, counts) in &self.0 {
            print_row(name, *counts);
        }
    }
}

pub fn print_row(name: &str, [right, abstained, wrong]: [usize; 3]) {
    let all = (right + abstained + wrong).max(1) as f32;
    let share = right as f32 / all;
    println!("{name:<36} {right:>6} {abstained:>9} {wrong:>6}   {share:.3}");
}
