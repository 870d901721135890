//! Which way up a page lies: from its corners as far as geometry tells, then from its writing.
//!
//! The writing is not read. Between lines of writing there are gaps, which tells along from across. Upright
//! and upside down differ in two things that Chinese and Latin pages share: stops and commas stand at
//! the foot of a line, and lines begin at the left and end short at the right. Both are counted; when
//! they do not outweigh chance by far there is no answer.
//!
//! Not known here: mirrored pages, and Chinese set in columns (taken for lines turned by a quarter).

use super::{Plane, Point};

/// The corners in the same order round, from the one that is top left when the side that looks up in
/// the picture is the page's upper side.
#[must_use]
pub fn upright(corners: [Point; 4]) -> [Point; 4] {
    // Clockwise as seen, the upper side runs to the right.
    let rightward = |k: usize| {
        let (a, b) = (corners[k], corners[(k + 1) % 4]);
        (b.x - a.x) / (b.x - a.x).hypot(b.y - a.y).max(1e-6)
    };
    let first = (0..4).max_by(|&a, &b| rightward(a).total_cmp(&rightward(b)));
    let first = first.unwrap_or(0);
    std::array::from_fn(|k| corners[(first + k) % 4])
}

/// By how many degrees clockwise a page of writing must be turned to stand upright: 0, 90, 180 or
/// 270; `None` when it is not sure. The page is straight to a degree or so.
#[must_use]
pub fn turn_to_upright(luma: &Plane) -> Option<u16> {
    let ink = Ink::of(luma)?;
    let (rows, columns) = (ink.gaps(), ink.turned().gaps());
    // Between lines there are gaps; between signs there are few that go through several lines.
    if rows > GAPS_MIN && rows > SURE_GAPS * columns {
        let up = ink.is_upright()?;
        Some(if up { 0 } else { 180 })
    } else if columns > GAPS_MIN && columns > SURE_GAPS * rows {
        let up = ink.turned().is_upright()?;
        Some(if up { 90 } else { 270 })
    } else {
        None
    }
}

/// The least share of gaps between lines of writing, and how many times those of the other direction.
const GAPS_MIN: f32 = 0.15;
const SURE_GAPS: f32 = 1.6;
/// The size of looking: pixels across the narrow side.
const NARROW: usize = 1_000;
/// How far votes must outweigh chance, in standard deviations.
const SURE_VOTES: f32 = 3.5;
/// Strips that a page is divided into for its profile: a page may be a degree askew.
const STRIPS: usize = 6;

/// Where a page is written on.
struct Ink {
    width: usize,
    height: usize,
    dark: Vec<bool>,
}

/// A line of writing: its rows, and where along them it has ink.
struct Line {
    top: usize,
    bottom: usize,
    from: usize,
    to: usize,
}

impl Ink {
    /// Darker than three quarters of the paper around. `None` when the page is too small.
    fn of(luma: &Plane) -> Option<Ink> {
        const BLOCK: usize = 40;
        let factor = (luma.width.min(luma.height) / NARROW).max(1);
        let (width, height) = (luma.width / factor, luma.height / factor);
        if width < 2 * BLOCK || height < 2 * BLOCK {
            return None;
        }
        let at = |x: usize, y: usize| luma.row(y * factor)[x * factor];
        let columns = width.div_ceil(BLOCK);
        let mut paper = vec![0u8; columns * height.div_ceil(BLOCK)];
        for y in 0..height {
            for x in 0..width {
                let block = &mut paper[y / BLOCK * columns + x / BLOCK];
                *block = (*block).max(at(x, y));
            }
        }
        let is_dark = |x: usize, y: usize| {
            u16::from(at(x, y)) * 4 < u16::from(paper[y / BLOCK * columns + x / BLOCK]) * 3
        };
        let dark = (0..width * height)
            .map(|k| is_dark(k % width, k / width))
            .collect();
        Some(Ink {
            width,
            height,
            dark,
        })
    }

    /// Turned by a quarter clockwise.
    fn turned(&self) -> Ink {
        let (width, height) = (self.height, self.width);
        let from = |k: usize| {
            let (x, y) = (k % width, k / width);
            self.dark[(self.height - 1 - x) * self.width + y]
        };
        let dark = (0..width * height).map(from).collect();
        Ink {
            width,
            height,
            dark,
        }
    }

    fn count(&self, y: usize, from: usize, to: usize) -> usize {
        let row = &self.dark[y * self.width..][from..to];
        row.iter().filter(|&&dark| dark).count()
    }

    /// The share of rows, between the first and the last with ink, that have none, strip by strip.
    /// Great gaps are none between lines and do not count.
    fn gaps(&self) -> f32 {
        const GAP_MAX: usize = 60;
        let broad = self.width / STRIPS;
        let (mut empty, mut all) = (0, 1);
        for strip in 0..STRIPS {
            let mut gap = None;
            for y in 0..self.height {
                if self.count(y, strip * broad, (strip + 1) * broad) == 0 {
                    gap = gap.map(|rows: usize| rows + 1);
                    continue;
                }
                let rows = gap.filter(|&rows| rows <= GAP_MAX).unwrap_or(0);
                empty += rows;
                all += rows + 1;
                gap = Some(0);
            }
        }
        empty as f32 / all as f32
    }

    /// Whether the lines stand on their feet; `None` when the votes do not tell.
    fn is_upright(&self) -> Option<bool> {
        let lines = self.lines();
        let (mut low, mut high) = (0, 0);
        for line in &lines {
            let (l, h) = self.stops(line);
            low += l;
            high += h;
        }
        let (left, right) = ragged(&lines);
        let outweighs =
            |a: usize, b: usize| (a as f32 - b as f32) / ((a + b) as f32).max(1.0).sqrt();
        let votes = outweighs(low, high) + outweighs(right, left);
        (votes.abs() >= SURE_VOTES).then_some(votes > 0.0)
    }

    /// Lines in each strip: runs of rows with ink, of about the usual height.
    fn lines(&self) -> Vec<Line> {
        const STRIPS: usize = 2;
        let broad = self.width / STRIPS;
        let mut lines = Vec::new();
        for strip in 0..STRIPS {
            let (from, to) = (strip * broad, (strip + 1) * broad);
            let mut top = None;
            for y in 0..=self.height {
                let has_ink = y < self.height && self.count(y, from, to) > 0;
                match (has_ink, top) {
                    (true, None) => top = Some(y),
                    (false, Some(start)) => {
                        lines.push(Line {
                            top: start,
                            bottom: y,
                            from,
                            to,
                        });
                        top = None;
                    }
                    _ => {}
                }
            }
        }
        let mut heights: Vec<usize> = lines
            .iter()
            .map(|l| l.bottom - l.top)
            .filter(|&h| h > 5)
            .collect();
        heights.sort_unstable();
        let usual = heights.get(heights.len() / 2).copied().unwrap_or(0);
        lines.retain(|l| {
            (l.bottom - l.top) * 10 > usual * 6 && (l.bottom - l.top) * 10 < usual * 17
        });
        lines.retain_mut(|line| self.narrow(line));
        lines
    }

    /// Sets where a line's ink begins and ends; false when there is too little.
    fn narrow(&self, line: &mut Line) -> bool {
        let has_ink = |x: &usize| (line.top..line.bottom).any(|y| self.dark[y * self.width + x]);
        let from = (line.from..line.to).find(has_ink);
        let to = (line.from..line.to).rfind(has_ink);
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        (line.from, line.to) = (from, to + 1);
        line.to - line.from > 2 * (line.bottom - line.top)
    }

    /// Small signs alone in their columns, at the foot of the line and at its head.
    fn stops(&self, line: &Line) -> (usize, usize) {
        let height = line.bottom - line.top;
        let (mut low, mut high) = (0, 0);
        let mut x = line.from;
        while x < line.to {
            let start = x;
            let (mut first, mut last) = (usize::MAX, 0);
            while x < line.to {
                let rows = (line.top..line.bottom).filter(|y| self.dark[y * self.width + x]);
                let (low, high) = rows.fold((usize::MAX, 0), |(a, b), y| (a.min(y), b.max(y)));
                if low == usize::MAX {
                    break;
                }
                (first, last) = (first.min(low), last.max(high));
                x += 1;
            }
            let is_stop = first != usize::MAX
                && (last + 1 - first) * 20 < height * 9
                && (x - start) * 20 < height * 9
                && (x - start) * (last + 1 - first) >= 3;
            if is_stop {
                let middle = (first + last + 1 - 2 * line.top) as f32 / 2.0 / height as f32;
                low += usize::from(middle > 0.62);
                high += usize::from(middle < 0.38);
            }
            x += 1;
        }
        (low, high)
    }
}

/// Lines that begin late, and lines that end early, of those in the same half of the page.
fn ragged(lines: &[Line]) -> (usize, usize) {
    let first = lines.iter().map(|l| l.from).min().unwrap_or(0);
    let last = lines.iter().map(|l| l.to).max().unwrap_or(0);
    let middle = (first + last) / 2;
    let late = |l: &&Line| l.from < middle && l.from > first + (middle - first) / 3;
    let early = |l: &&Line| l.to > middle && l.to + (last - middle) / 3 < last;
    (
        lines.iter().filter(late).count(),
        lines.iter().filter(early).count(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::Chance;

    /// Lines of square signs with stops at their feet; paragraphs end short.
    fn page() -> Plane {
        let mut chance = Chance::new(8);
        let (width, height) = (700, 960);
        let mut page = Plane::filled(width, height, 240);
        let mut dot = |x: usize, y: usize, w: usize, h: usize| {
            for row in y..y + h {
                page.data[row * width + x..row * width + x + w].fill(30);
            }
        };
        for line in 0..30 {
            let (y, end) = (
                60 + line * 28,
                if line % 5 == 4 {
                    250 + chance.below(200)
                } else {
                    640
                },
            );
            for (k, x) in (60..end).step_by(20).enumerate() {
                if k % 7 == 6 {
                    dot(x + 1, y + 13, 4, 4);
                } else {
                    dot(x, y + chance.below(3), 18, 2);
                    dot(x + chance.below(14), y, 3, 17);
                    dot(x, y + 8 + chance.below(7), 18, 2);
                }
            }
        }
        page
    }

    fn turned(page: &Plane, quarters: usize) -> Plane {
        (0..quarters).fold(page.clone(), |page, _| {
            let (width, height) = (page.height, page.width);
            let from = |k: usize| page.row(page.height - 1 - k % width)[k / width];
            let data = (0..width * height).map(from).collect();
            Plane {
                width,
                height,
                data,
            }
        })
    }

    #[test]
    fn a_page_of_writing_is_known_in_all_four_ways() {
        for (quarters, back) in [(0, 0), (1, 270), (2, 180), (3, 90)] {
            assert_eq!(turn_to_upright(&turned(&page(), quarters)), Some(back));
        }
    }

    #[test]
    fn an_empty_page_and_a_pattern_have_no_way_up() {
        assert_eq!(turn_to_upright(&Plane::filled(800, 1_000, 240)), None);
        let mut rules = Plane::filled(800, 1_000, 240);
        for y in (50..950).step_by(20) {
            rules.data[y * 800 + 50..y * 800 + 750].fill(20);
        }
        assert_eq!(turn_to_upright(&rules), None);
        let mut chance = Chance::new(2);
        let noise = Plane {
            width: 500,
            height: 700,
            data: chance.bytes(350_000),
        };
        assert_eq!(turn_to_upright(&noise), None);
    }

    #[test]
    fn corners_begin_at_the_side_that_looks_up() {
        let p = |x: f32, y: f32| Point { x, y };
        let corners = [p(9.0, 1.0), p(10.0, 8.0), p(1.0, 9.0), p(0.0, 0.0)];
        let upright = upright(corners);
        assert_eq!(upright, [corners[3], corners[0], corners[1], corners[2]]);
    }

    #[test]
    fn hostile_planes_of_any_size_have_a_way_up_or_none() {
        let mut chance = Chance::new(9);
        for (width, height) in [
            (0, 0),
            (1, 1),
            (81, 80),
            (80, 3_000),
            (3_000, 80),
            (200, 200),
        ] {
            let data = chance.bytes(width * height);
            let _ = turn_to_upright(&Plane {
                width,
                height,
                data,
            });
        }
    }
}
