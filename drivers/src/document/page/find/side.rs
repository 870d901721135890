//! What the picture shows along one side of a quad: the step of colour across it, place by place.

use super::coarse::Colours;
use super::shape;
use crate::document::page::Point;

/// Places along a side.
const PLACES: usize = 48;
/// How far inside and outside colours are taken, coarse samples.
const AWAY: f32 = 3.0;
/// The same close by: a sheet's edge is a step, a shadow's a slope.
const CLOSE: f32 = 1.5;
/// The same far outside: what a sheet lies on goes on there, a joint and a rule do not.
const FAR: f32 = 9.0;
/// One level, in the channels' unit.
pub(super) const LEVEL: f32 = 64.0;
/// A step below this many levels is noise.
const STEP_MIN: f32 = 2.2 * LEVEL;

/// A side where fewer places step the right way is none; nothing more is asked of it.
pub(super) const AGREE_MIN: f32 = 0.5;

/// Places at an end of a side.
const END: usize = 6;

/// What was seen along one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    /// The mean step from outside to inside in each channel.
    pub step: [f32; 3],
    /// Its size, levels.
    pub size: f32,
    /// Share of places where the step is seen.
    pub agree: f32,
    /// Share of the step that is there already close by.
    pub crisp: f32,
    /// Share of the step that is there between just inside and far outside.
    pub lasting: f32,
    /// Whether the step goes on beyond the first and the last end: 1 or 0.
    pub beyond: [f32; 2],
    /// How many of the two ends could be looked at.
    pub ends: f32,
    /// Share of the places at the first and the last end that agree.
    pub end_agree: [f32; 2],
    /// A border of the picture.
    pub border: bool,
    /// Mean colour just inside, levels.
    pub inside: [f32; 3],
}

impl Side {
    /// The picture's border: nothing was seen.
    pub const BORDER: Side = Side {
        step: [0.0; 3],
        size: 0.0,
        agree: 0.0,
        crisp: 0.0,
        lasting: 0.0,
        beyond: [0.0; 2],
        ends: 0.0,
        end_agree: [0.0; 2],
        border: true,
        inside: [0.0; 3],
    };

    /// Between 0 and 1.
    pub fn score(&self) -> f32 {
        if self.border {
            return 0.35;
        }
        let contrast = (self.size / 14.0).min(1.0);
        self.agree * (0.6 + 0.4 * contrast) * (self.crisp / 0.45).clamp(0.4, 1.0)
    }

    /// How many of the two ends the step goes on beyond.
    pub fn going_on(&self) -> f32 {
        self.beyond[0] + self.beyond[1]
    }

    /// Mean colour just outside, levels.
    pub fn outside(&self) -> [f32; 3] {
        std::array::from_fn(|k| self.inside[k] - self.step[k] / LEVEL)
    }

    pub fn weak_ends(&self) -> f32 {
        self.end_agree.iter().filter(|&&share| share < 0.5).count() as f32
    }
}

pub(super) fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|k| a[k] - b[k])
}

pub(super) fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A line across which steps are taken; `inward` is of length 1.
struct Across<'a> {
    colours: &'a Colours,
    inward: (f32, f32),
}

impl Across<'_> {
    /// Inside minus outside, so far away from the line.
    fn step(&self, at: Point, away: f32) -> [f32; 3] {
        let (dx, dy) = (self.inward.0 * away, self.inward.1 * away);
        let inside = self.colours.at(at.x + dx, at.y + dy);
        minus(inside, self.colours.at(at.x - dx, at.y - dy))
    }

    fn is_in_picture(&self, at: Point, away: f32) -> bool {
        let (width, height) = (self.colours.width as f32, self.colours.height as f32);
        let (dx, dy) = (self.inward.0 * away, self.inward.1 * away);
        let ok = |x: f32, y: f32| (0.0..width).contains(&x) && (0.0..height).contains(&y);
        ok(at.x + dx, at.y + dy) && ok(at.x - dx, at.y - dy)
    }
}

/// The side from one corner to the next; the corners run clockwise as seen.
pub(super) fn side(colours: &Colours, a: Point, b: Point) -> Side {
    let length = shape::distance(a, b).max(1e-3);
    // The corners run clockwise as seen, so inside is to the right of the way from a to b.
    let along = ((b.x - a.x) / length, (b.y - a.y) / length);
    let across = Across {
        colours,
        inward: (-along.1, along.0),
    };
    let places: Vec<Point> = (0..PLACES)
        .map(|k| shape::between(a, b, 0.03 + 0.94 * k as f32 / (PLACES - 1) as f32))
        .filter(|&p| across.is_in_picture(p, AWAY))
        .collect();
    if places.len() < PLACES / 4 {
        return Side::default();
    }
    let steps: Vec<[f32; 3]> = places.iter().map(|&p| across.step(p, AWAY)).collect();
    let mut mean = [0.0; 3];
    for step in &steps {
        mean = std::array::from_fn(|k| mean[k] + step[k] / steps.len() as f32);
    }
    let size = dot(mean, mean).sqrt();
    if size < STEP_MIN {
        return Side {
            step: mean,
            size: size / LEVEL,
            ..Side::default()
        };
    }
    let way = mean.map(|v| v / size);
    let enough = (0.3 * size).max(STEP_MIN);
    let agrees: Vec<bool> = steps.iter().map(|&s| dot(s, way) > enough).collect();
    let seen = Side {
        step: mean,
        size: size / LEVEL,
        agree: share(&agrees),
        end_agree: [share(&agrees[..END]), share(&agrees[agrees.len() - END..])],
        ..Side::default()
    };
    if seen.agree < AGREE_MIN {
        return seen;
    }
    let (before, after) = (
        going_on(&across, a, (-along.0, -along.1), way, size),
        going_on(&across, b, along, way, size),
    );
    Side {
        inside: inside(&across, &places),
        crisp: crisp(&across, &places, way) / size,
        lasting: lasting(&across, &places, way) / size,
        beyond: [before.unwrap_or(0.0), after.unwrap_or(0.0)],
        ends: f32::from(u8::from(before.is_some()) + u8::from(after.is_some())),
        ..seen
    }
}

fn share(of: &[bool]) -> f32 {
    of.iter().filter(|&&yes| yes).count() as f32 / of.len() as f32
}

/// The mean colour just inside, levels.
fn inside(across: &Across, places: &[Point]) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for p in places {
        let (x, y) = (p.x + across.inward.0 * AWAY, p.y + across.inward.1 * AWAY);
        let here = across.colours.at(x, y);
        sum = std::array::from_fn(|k| sum[k] + here[k]);
    }
    sum.map(|v| v / LEVEL / places.len() as f32)
}

/// The mean of the steps close by, each where it is greatest: an edge is bowed by the lens, and
/// its line is off by a sample here and there.
fn crisp(across: &Across, places: &[Point], way: [f32; 3]) -> f32 {
    let greatest = |at: &Point| {
        let steps = [-2.0, -1.0, 0.0, 1.0, 2.0].into_iter().map(|shift: f32| {
            let (dx, dy) = (across.inward.0 * shift, across.inward.1 * shift);
            let at = Point {
                x: at.x + dx,
                y: at.y + dy,
            };
            dot(across.step(at, CLOSE), way)
        });
        steps.fold(f32::NEG_INFINITY, f32::max)
    };
    let some = places.iter().step_by(3);
    let count = some.len() as f32;
    some.map(greatest).sum::<f32>() / count
}

/// The mean of the steps to far outside; where the picture ends before, nothing speaks against it.
fn lasting(across: &Across, places: &[Point], way: [f32; 3]) -> f32 {
    let (nx, ny) = across.inward;
    let seen = places
        .iter()
        .step_by(2)
        .filter(|p| across.is_in_picture(**p, FAR));
    let (sum, count) = seen.fold((0.0, 0), |(sum, count), p| {
        let inside = across.colours.at(p.x + nx * AWAY, p.y + ny * AWAY);
        let outside = across.colours.at(p.x - nx * FAR, p.y - ny * FAR);
        (sum + dot(minus(inside, outside), way), count + 1)
    });
    match count {
        0..6 => f32::INFINITY,
        _ => sum / count as f32,
    }
}

/// 1 when the step goes on beyond a corner as if there were none (or turns round, as on a
/// chequered cloth), else 0; `None` when the picture ends there.
fn going_on(
    across: &Across,
    corner: Point,
    beyond: (f32, f32),
    way: [f32; 3],
    size: f32,
) -> Option<f32> {
    let (mut forth, mut back, mut seen) = (0, 0, 0);
    for k in 0..7 {
        let far = 5.0 + 2.0 * k as f32;
        let at = Point {
            x: corner.x + beyond.0 * far,
            y: corner.y + beyond.1 * far,
        };
        if !across.is_in_picture(at, AWAY) {
            break;
        }
        let step = dot(across.step(at, AWAY - 0.5), way);
        seen += 1;
        forth += u8::from(step > 0.45 * size);
        back += u8::from(step < -0.45 * size);
    }
    (seen >= 4).then(|| f32::from(u8::from(forth.max(back) + 1 >= seen)))
}
