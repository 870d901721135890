//! Straight pieces of edge: neighbours that slope the same way, grown from the steepest place.

use super::edges::Edges;

/// How far a place's direction may be from its piece's: the cosine of 24 degrees.
const SAME_WAY: f32 = 0.913;
/// Pieces shorter than this say nothing.
const LENGTH_MIN: f32 = 9.0;
/// A piece's places lie this close to its line (root mean square), or it is bent and is divided.
const BENT: f32 = 0.9;

/// Sums over places, from which a line is fitted; sums of two pieces are those of both together.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub count: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
    /// Directions added up.
    toward: (f64, f64),
}

impl Sums {
    fn add(&mut self, x: f32, y: f32, toward: (f32, f32)) {
        let (x, y) = (f64::from(x), f64::from(y));
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
        self.toward.0 += f64::from(toward.0);
        self.toward.1 += f64::from(toward.1);
    }

    pub fn with(mut self, other: &Sums) -> Sums {
        self.count += other.count;
        self.x += other.x;
        self.y += other.y;
        self.xx += other.xx;
        self.xy += other.xy;
        self.yy += other.yy;
        self.toward.0 += other.toward.0;
        self.toward.1 += other.toward.1;
        self
    }

    /// The line through the places, and their root mean square distance from it.
    pub fn fit(&self) -> (Straight, f32) {
        let (mx, my) = (self.x / self.count, self.y / self.count);
        let xx = self.xx / self.count - mx * mx;
        let xy = self.xy / self.count - mx * my;
        let yy = self.yy / self.count - my * my;
        // The smaller axis of the scatter is the normal.
        let half = ((xx - yy) * (xx - yy) / 4.0 + xy * xy).sqrt();
        let least = ((xx + yy) / 2.0 - half).max(0.0);
        let angle = 0.5 * (2.0 * xy).atan2(xx - yy);
        let (mut nx, mut ny) = (-angle.sin(), angle.cos());
        if nx * self.toward.0 + ny * self.toward.1 < 0.0 {
            (nx, ny) = (-nx, -ny);
        }
        let line = Straight {
            normal: (nx as f32, ny as f32),
            offset: (nx * mx + ny * my) as f32,
        };
        (line, least.sqrt() as f32)
    }
}

/// All points p with `normal · p = offset`; the normal is of length 1 and shows to the brighter side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Straight {
    pub normal: (f32, f32),
    pub offset: f32,
}

impl Straight {
    /// Distance on the brighter side; negative on the other.
    pub fn side(&self, x: f32, y: f32) -> f32 {
        self.normal.0 * x + self.normal.1 * y - self.offset
    }

    /// How far along the line a place is.
    pub fn along(&self, x: f32, y: f32) -> f32 {
        self.normal.0 * y - self.normal.1 * x
    }

    /// The place so far along the line.
    pub fn place(&self, along: f32) -> (f32, f32) {
        let (nx, ny) = self.normal;
        (nx * self.offset - ny * along, ny * self.offset + nx * along)
    }
}

/// A straight piece of edge.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    pub sums: Sums,
    pub line: Straight,
    /// Where it starts and ends, along its line.
    pub span: (f32, f32),
    /// Its places' mean slope.
    pub slope: f32,
}

impl Segment {
    pub fn length(&self) -> f32 {
        self.span.1 - self.span.0
    }

    pub fn ends(&self) -> [(f32, f32); 2] {
        [self.line.place(self.span.0), self.line.place(self.span.1)]
    }
}

/// All straight pieces, the longest first.
pub(super) fn of(edges: &Edges) -> Vec<Segment> {
    let mut taken = vec![false; edges.list.len()];
    let mut found = Vec::new();
    let mut piece = Vec::new();
    for seed in steepest_first(edges) {
        if taken[seed] {
            continue;
        }
        grow(edges, seed, &mut taken, &mut piece);
        divide(edges, &mut piece, &mut found);
    }
    found.sort_unstable_by(|a, b| b.length().total_cmp(&a.length()));
    found
}

/// Roughly sorted: 64 heaps by slope are enough, and cheaper than a sort.
fn steepest_first(edges: &Edges) -> impl Iterator<Item = usize> {
    let heap = |slope: u16| 63 - usize::from(slope / 64).min(63);
    let mut heaps: Vec<Vec<usize>> = vec![Vec::new(); 64];
    for (k, edge) in edges.list.iter().enumerate() {
        heaps[heap(edge.slope)].push(k);
    }
    heaps.into_iter().flatten()
}

fn grow(edges: &Edges, seed: usize, taken: &mut [bool], piece: &mut Vec<usize>) {
    piece.clear();
    piece.push(seed);
    taken[seed] = true;
    let mut way = edges.list[seed].toward;
    let mut next = 0;
    while let Some(&here) = piece.get(next) {
        next += 1;
        let (x, y) = (i32::from(edges.list[here].x), i32::from(edges.list[here].y));
        for (dx, dy) in NEIGHBOURS {
            let Some(k) = edges.index_at(x + dx, y + dy).filter(|&k| !taken[k]) else {
                continue;
            };
            let toward = edges.list[k].toward;
            let length = way.0.hypot(way.1);
            if toward.0 * way.0 + toward.1 * way.1 < SAME_WAY * length {
                continue;
            }
            taken[k] = true;
            piece.push(k);
            way = (way.0 + toward.0, way.1 + toward.1);
        }
    }
}

const NEIGHBOURS: [(i32, i32); 8] = [
    (-1, -1),
    (0, -1),
    (1, -1),
    (-1, 0),
    (1, 0),
    (-1, 1),
    (0, 1),
    (1, 1),
];

/// Keeps a straight piece; a bent one is divided in the middle until its parts are straight.
fn divide(edges: &Edges, piece: &mut [usize], found: &mut Vec<Segment>) {
    if (piece.len() as f32) < LENGTH_MIN * 0.7 {
        return;
    }
    let mut sums = Sums::default();
    let mut slope = 0.0;
    for &k in piece.iter() {
        let edge = &edges.list[k];
        sums.add(
            f32::from(edge.x) + 0.5,
            f32::from(edge.y) + 0.5,
            edge.toward,
        );
        slope += f32::from(edge.slope);
    }
    let (line, spread) = sums.fit();
    let along = |k: usize| {
        let edge = &edges.list[k];
        line.along(f32::from(edge.x) + 0.5, f32::from(edge.y) + 0.5)
    };
    let low = piece
        .iter()
        .map(|&k| along(k))
        .fold(f32::INFINITY, f32::min);
    let high = piece
        .iter()
        .map(|&k| along(k))
        .fold(f32::NEG_INFINITY, f32::max);
    let length = high - low;
    if length < LENGTH_MIN {
        return;
    }
    // A lens bows a long edge by a little; that much is still straight.
    if spread > BENT + length * 0.002 {
        let middle = piece.len() / 2;
        piece.select_nth_unstable_by(middle, |&a, &b| along(a).total_cmp(&along(b)));
        let (before, after) = piece.split_at_mut(middle);
        divide(edges, before, found);
        divide(edges, after, found);
        return;
    }
    let slope = slope / piece.len() as f32;
    found.push(Segment {
        sums,
        line,
        span: (low, high),
        slope,
    });
}
