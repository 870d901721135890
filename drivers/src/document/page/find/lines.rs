//! Lines a side may lie on: pieces of edge in one line put together, with what of the line is covered
//! by edges, so that any part of it can be asked.

use super::edges::{Edges, sectors_near};
use super::segments::{Segment, Straight, Sums};

/// Pieces looked at, the longest.
const SEGMENTS_MAX: usize = 500;
/// Lines of luma that are walked along: those that start from the longest pieces.
pub(super) const WALKED_MAX: usize = 90;
/// Lines kept.
const LINES_MAX: usize = 60;
/// How far an end may lie from the line to be a piece of it, coarse samples.
const NEAR: f32 = 2.0;
/// A line that is covered for less than this is dropped.
const COVERED_MIN: f32 = 16.0;

/// A line, and where edges lie on it.
pub(super) struct Line {
    pub straight: Straight,
    /// Mean slope of its pieces.
    pub slope: f32,
    /// An edge of the picture, not of anything in it.
    pub border: bool,
    /// Where the line enters and leaves the picture.
    pub span: (f32, f32),
    /// `covered[k]`: samples of the first k after `span.0` that have an edge.
    covered: Vec<u16>,
}

impl Line {
    /// Samples with an edge between two places along the line.
    fn count(&self, from: f32, to: f32) -> f32 {
        let last = self.covered.len() - 1;
        let index = |at: f32| ((at - self.span.0).max(0.0) as usize).min(last);
        let (from, to) = (index(from.min(to)), index(from.max(to)));
        f32::from(self.covered[to] - self.covered[from])
    }

    /// The covered share of a part, as far as it lies in the picture.
    pub fn coverage(&self, from: f32, to: f32) -> f32 {
        if self.border {
            return 1.0;
        }
        let (low, high) = (from.min(to).max(self.span.0), from.max(to).min(self.span.1));
        let length = high - low;
        if length < 4.0 {
            0.0
        } else {
            (self.count(low, high) / length).min(1.0)
        }
    }

    /// Whether a part is covered to a share; what lies outside the picture counts as covered.
    pub fn is_covered(&self, from: f32, to: f32, share: f32) -> bool {
        let (low, high) = (from.min(to).max(self.span.0), from.max(to).min(self.span.1));
        self.border || high - low < 5.0 || self.count(low, high) >= share * (high - low)
    }

    fn total(&self) -> f32 {
        f32::from(*self.covered.last().unwrap_or(&0))
    }
}

/// The lines of one channel, what is covered most first.
pub(super) fn of(edges: &Edges, segments: &[Segment], walked_max: usize) -> Vec<Line> {
    let segments = &segments[..segments.len().min(SEGMENTS_MAX)];
    let mut used = vec![false; segments.len()];
    let mut lines = Vec::new();
    for first in 0..segments.len() {
        if used[first] {
            continue;
        }
        if lines.len() == walked_max {
            break;
        }
        let (straight, slope) = gather(segments, first, &mut used);
        let line = covered_line(edges, straight, slope);
        if line.total() >= COVERED_MIN {
            lines.push(line);
        }
    }
    lines
}

/// The most covered lines of all channels and the picture's borders; twins are given once.
pub(super) fn strongest(mut lines: Vec<Line>, (width, height): (usize, usize)) -> Vec<Line> {
    lines.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    let mut kept: Vec<Line> = Vec::with_capacity(LINES_MAX + 4);
    for line in lines {
        if kept.len() == LINES_MAX {
            break;
        }
        match kept.iter_mut().find(|other| are_twins(other, &line)) {
            Some(twin) => twin.cover_like(&line),
            None => kept.push(line),
        }
    }
    kept.extend(borders(width as f32, height as f32));
    kept
}

fn weight(line: &Line) -> f32 {
    line.total() * line.slope.min(1_200.0).sqrt()
}

/// Adds a piece's collinear companions, twice: the first round makes the line exact enough for
/// those far away.
fn gather(segments: &[Segment], first: usize, used: &mut [bool]) -> (Straight, f32) {
    let mut sums: Sums = segments[first].sums;
    let mut line = segments[first].line;
    let mut span = segments[first].span;
    let mut slope = f64::from(segments[first].slope) * sums.count;
    used[first] = true;
    for _ in 0..2 {
        for (k, segment) in segments.iter().enumerate().skip(first + 1) {
            if used[k] || !continues(&line, span, segment) {
                continue;
            }
            used[k] = true;
            slope += f64::from(segment.slope) * segment.sums.count;
            sums = sums.with(&segment.sums);
            line = sums.fit().0;
            for (x, y) in segment.ends() {
                let along = line.along(x, y);
                span = (span.0.min(along), span.1.max(along));
            }
        }
    }
    (line, (slope / sums.count) as f32)
}

fn continues(line: &Straight, span: (f32, f32), segment: &Segment) -> bool {
    let (a, b) = (line.normal, segment.line.normal);
    if a.0 * b.0 + a.1 * b.1 < 0.978 {
        return false;
    }
    let length = span.1 - span.0;
    segment.ends().into_iter().all(|(x, y)| {
        let along = line.along(x, y);
        let gap = (span.0 - along).max(along - span.1).max(0.0);
        gap < 2.0 * length && line.side(x, y).abs() < NEAR + 0.01 * gap
    })
}

/// Two lines where one would do: of two channels, or of pieces that just did not join.
fn are_twins(a: &Line, b: &Line) -> bool {
    let (n, m) = (a.straight.normal, b.straight.normal);
    if (n.0 * m.0 + n.1 * m.1).abs() < 0.998 {
        return false;
    }
    let middle = b.straight.place((b.span.0 + b.span.1) / 2.0);
    let ends = [
        b.straight.place(b.span.0),
        middle,
        b.straight.place(b.span.1),
    ];
    ends.into_iter()
        .all(|(x, y)| a.straight.side(x, y).abs() < 2.5)
}

impl Line {
    /// Takes over what a twin covers.
    fn cover_like(&mut self, twin: &Line) {
        let mut covered = 0;
        let mut before = 0;
        for k in 0..self.covered.len() - 1 {
            let (x, y) = self.straight.place(self.span.0 + k as f32 + 0.5);
            let along = twin.straight.along(x, y);
            let own = self.covered[k + 1] > before;
            before = self.covered[k + 1];
            covered += u16::from(own || twin.count(along - 0.5, along + 0.5) > 0.0);
            self.covered[k + 1] = covered;
        }
    }
}

/// Walks a line through the picture and asks at each sample for an edge that slopes its way.
fn covered_line(edges: &Edges, straight: Straight, slope: f32) -> Line {
    let span = in_picture(&straight, edges.width as f32, edges.height as f32);
    let steps = (span.1 - span.0).max(0.0) as usize;
    let mut seen = vec![false; steps];
    let wanted = sectors_near(straight.normal, 0.87);
    let (nx, ny) = straight.normal;
    for (k, seen) in seen.iter_mut().enumerate() {
        let (x, y) = straight.place(span.0 + k as f32 + 0.5);
        let mut around = [0.0, 1.0, -1.0, 2.0, -2.0].into_iter();
        *seen = around.any(|away| edges.slopes_at(x + nx * away, y + ny * away, &wanted));
    }
    let mut covered = Vec::with_capacity(steps + 1);
    covered.push(0u16);
    let mut sum = 0;
    for k in 0..steps {
        // Noise makes holes of a sample or two in an edge.
        let around = k.saturating_sub(1)..(k + 2).min(steps);
        sum += u16::from(seen[around].iter().any(|&seen| seen));
        covered.push(sum);
    }
    Line {
        straight,
        slope,
        border: false,
        span,
        covered,
    }
}

/// Where a line is inside the picture; an empty span when it never is.
fn in_picture(line: &Straight, width: f32, height: f32) -> (f32, f32) {
    let (x0, y0) = line.place(0.0);
    let (dx, dy) = (-line.normal.1, line.normal.0);
    let mut span = (-1e5f32, 1e5f32);
    for (at, step, limit) in [(x0, dx, width), (y0, dy, height)] {
        if step.abs() < 1e-6 {
            if !(0.0..=limit).contains(&at) {
                return (0.0, 0.0);
            }
            continue;
        }
        let (a, b) = (-at / step, (limit - at) / step);
        span = (span.0.max(a.min(b)), span.1.min(a.max(b)));
    }
    if span.0 < span.1 { span } else { (0.0, 0.0) }
}

fn borders(width: f32, height: f32) -> [Line; 4] {
    let line = |normal, offset| {
        let straight = Straight { normal, offset };
        let span = in_picture(&straight, width, height);
        Line {
            straight,
            slope: 0.0,
            border: true,
            span,
            covered: vec![0],
        }
    };
    [
        line((1.0, 0.0), 0.0),
        line((0.0, 1.0), 0.0),
        line((1.0, 0.0), width),
        line((0.0, 1.0), height),
    ]
}
