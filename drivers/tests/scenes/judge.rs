//! What an answer is worth: each wanted sheet found by a quad that covers it, and no quad that covers
//! nothing.

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

/// An answer, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    pub verdict: Verdict,
    /// The best overlap with each wanted sheet, 0 where there is none.
    pub overlaps: Vec<f32>,
}

impl Judged {
    /// The least overlap with a wanted sheet.
    pub fn least(&self) -> f32 {
        self.overlaps.iter().copied().fold(1.0, f32::min)
    }
}

pub fn judge(quads: &[Quad], sheets: &[Sheet], frame: (f32, f32)) -> Judged {
    let overlap = |q: &Quad, sheet: &Sheet| shape::overlap(&q.corners, &sheet.corners, frame);
    let best_for = |sheet: &Sheet| quads.iter().map(|q| overlap(q, sheet)).fold(0.0, f32::max);
    let covers = |q: &Quad, sheet: &Sheet| {
        let least = if sheet.wanted { COVERS } else { 0.85 };
        overlap(q, sheet) > least && (q.cut || !is_cut(sheet, frame))
    };
    let is_stray = |q: &Quad| !sheets.iter().any(|sheet| covers(q, sheet));
    let wanted = sheets.iter().filter(|s| s.wanted);
    let overlaps: Vec<f32> = wanted.map(best_for).collect();
    let found = overlaps.iter().all(|&overlap| overlap > COVERS);
    let verdict = match (quads.iter().any(is_stray), found) {
        (true, _) => Verdict::Wrong,
        (false, true) => Verdict::Right,
        (false, false) => Verdict::Abstained,
    };
    Judged { verdict, overlaps }
}

/// Whether the picture ends before the sheet does, by more than a blurred edge: that must be said.
fn is_cut(sheet: &Sheet, (width, height): (f32, f32)) -> bool {
    const BLURRED: f32 = 6.0;
    let beyond = |at: f32, limit: f32| at < -BLURRED || at > limit + BLURRED;
    let mut corners = sheet.corners.iter();
    corners.any(|p| beyond(p.x, width) || beyond(p.y, height))
}

/// As [`judge`], for a made-up scene.
pub fn judge_scene(quads: &[Quad], scene: &Scene) -> Judged {
    let frame = (scene.picture.y.width as f32, scene.picture.y.height as f32);
    judge(quads, &scene.sheets, frame)
}

/// Verdicts, overlaps and times of many scenes.
#[derive(Clone, Default)]
pub struct Tally {
    /// Right, abstained, wrong.
    pub verdicts: [usize; 3],
    overlaps: Vec<f32>,
    times_ms: Vec<f32>,
}

impl Tally {
    /// Counts an answer and the process CPU it took, if that was measured.
    pub fn count(&mut self, judged: &Judged, time_ms: Option<f32>) {
        self.verdicts[judged.verdict as usize] += 1;
        self.overlaps.extend(&judged.overlaps);
        self.times_ms.extend(time_ms);
    }

    pub fn add(&mut self, other: &Tally) {
        self.verdicts = std::array::from_fn(|k| self.verdicts[k] + other.verdicts[k]);
        self.overlaps.extend(&other.overlaps);
        self.times_ms.extend(&other.times_ms);
    }

    /// The share of scenes that are right.
    pub fn share(&self) -> f32 {
        self.verdicts[0] as f32 / self.verdicts.iter().sum::<usize>().max(1) as f32
    }

    pub fn wrong(&self) -> usize {
        self.verdicts[2]
    }

    pub fn print_head() {
        println!(
            "{:<36} {:>5} {:>7} {:>5} {:>6}   overlap of what was found    CPU of a detection, ms",
            "", "", "", "", "share"
        );
        println!(
            "{:<36} {:>5} {:>7} {:>5} {:>6} {:>7} {:>6} {:>6} {:>9} {:>8} {:>6}",
            "family",
            "right",
            "abstain",
            "wrong",
            "right",
            "p50",
            "p5",
            "least",
            "p50",
            "p95",
            "most"
        );
    }

    pub fn print(&self, name: &str) {
        let [right, abstained, wrong] = self.verdicts;
        print!(
            "{name:<36} {right:>5} {abstained:>7} {wrong:>5} {:>6.3}",
            self.share()
        );
        let found = sorted(self.overlaps.iter().copied().filter(|&v| v > 0.5));
        match found.is_empty() {
            true => print!(" {:>7} {:>6} {:>6}", "-", "-", "-"),
            false => print!(
                " {:>7.3} {:>6.3} {:>6.3}",
                at(&found, 0.5),
                at(&found, 0.05),
                found[0]
            ),
        }
        let times = sorted(self.times_ms.iter().copied());
        if !times.is_empty() {
            print!(
                " {:>9.1} {:>8.1} {:>6.1}",
                at(&times, 0.5),
                at(&times, 0.95),
                at(&times, 1.0)
            );
        }
        println!();
    }
}

fn sorted(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut values: Vec<f32> = values.collect();
    values.sort_unstable_by(f32::total_cmp);
    values
}

/// The value below which a share of them lies.
fn at(sorted: &[f32], share: f32) -> f32 {
    sorted[((sorted.len() - 1) as f32 * share).round() as usize]
}
