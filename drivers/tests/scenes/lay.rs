//! Laying a sheet on the desk: where, how, with what shadow.

use super::Dice;
use super::canvas::{Canvas, mix, ramp};
use super::paper::{PER_MM, Paper};
use drivers::document::page::Point;

/// Where and how a sheet lies.
#[derive(Clone, Copy)]
pub struct Lay {
    pub x: f32,
    pub y: f32,
    /// Pixels for a millimetre.
    pub scale: f32,
    pub angle: f32,
    /// How far the camera stands aslant: shift of each corner as a share of the width.
    pub slant: f32,
    /// How dark its shadow is, and how far it falls.
    pub shadow: (f32, f32),
    pub wanted: bool,
}

impl Paper {
    /// Lays the sheet on the desk and remembers its corners.
    pub fn lay(&self, canvas: &mut Canvas, dice: &mut Dice, lay: Lay) -> [Point; 4] {
        let (width, height) = (self.width as f32 / PER_MM, self.height as f32 / PER_MM);
        let (cos, sin) = (lay.angle.cos(), lay.angle.sin());
        let corner = |u: f32, v: f32, dice: &mut Dice| {
            let (u, v) = (
                (u - 0.5) * width * lay.scale,
                (v - 0.5) * height * lay.scale,
            );
            let shift = lay.slant * width.min(height) * lay.scale;
            Point {
                x: lay.x + u * cos - v * sin + dice.range(-shift, shift),
                y: lay.y + u * sin + v * cos + dice.range(-shift, shift),
            }
        };
        let corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
        let corners = corners.map(|(u, v)| corner(u, v, dice));
        self.lay_at(canvas, corners, lay);
        corners
    }

    /// Lays the sheet with its corners at these places.
    pub fn lay_at(&self, canvas: &mut Canvas, corners: [Point; 4], lay: Lay) {
        let (width, height) = (self.width as f32 / PER_MM, self.height as f32 / PER_MM);
        let to_face = Projection::new(&corners, width, height);
        let bounds = bounds(&corners);
        let inside = |x: f32, y: f32| {
            let (u, v) = to_face.apply(x, y);
            rounded(
                u - width / 2.0,
                v - height / 2.0,
                width / 2.0,
                height / 2.0,
                self.round,
            ) * lay.scale
        };
        let (dark, far) = lay.shadow;
        canvas.near(bounds, |x, y, pixel| {
            let here = inside(x, y);
            if dark > 0.0 && here > -0.5 {
                let under = inside(x - far, y - far);
                let shade = dark * ramp(far + 1.0, -far, under);
                *pixel = pixel.map(|v| v * (1.0 - shade));
            }
            let share = (0.5 - here).clamp(0.0, 1.0);
            if share > 0.0 {
                let (u, v) = to_face.apply(x, y);
                mix(pixel, self.at(u, v), share);
            }
        });
        canvas.remember(corners, lay.wanted);
    }
}

impl Paper {
    /// Where a part of the face lies when the sheet's corners lie there; the sheet must lie flat.
    pub fn part(&self, corners: &[Point; 4], [x0, y0, x1, y1]: [f32; 4]) -> [Point; 4] {
        let (width, height) = (self.width as f32 / PER_MM, self.height as f32 / PER_MM);
        let place = |(x, y): (f32, f32)| {
            let (u, v) = (x / width, y / height);
            let mix = |a: f32, b: f32, c: f32, d: f32| {
                (a * (1.0 - u) + b * u) * (1.0 - v) + (d * (1.0 - u) + c * u) * v
            };
            let [a, b, c, d] = corners;
            Point {
                x: mix(a.x, b.x, c.x, d.x),
                y: mix(a.y, b.y, c.y, d.y),
            }
        };
        [(x0, y0), (x1, y0), (x1, y1), (x0, y1)].map(place)
    }
}

/// Distance outside a rectangle with round corners about the origin; negative inside.
pub fn rounded(x: f32, y: f32, half_width: f32, half_height: f32, radius: f32) -> f32 {
    let (dx, dy) = (
        x.abs() - half_width + radius,
        y.abs() - half_height + radius,
    );
    dx.max(dy).min(0.0) + dx.max(0.0).hypot(dy.max(0.0)) - radius
}

pub fn bounds(corners: &[Point]) -> [f32; 4] {
    let start = [
        f32::INFINITY,
        f32::INFINITY,
        f32::NEG_INFINITY,
        f32::NEG_INFINITY,
    ];
    corners.iter().fold(start, |b, p| {
        [b[0].min(p.x), b[1].min(p.y), b[2].max(p.x), b[3].max(p.y)]
    })
}

/// From a quad in the picture to a rectangle of given size.
pub struct Projection([f32; 9]);

impl Projection {
    pub fn new(q: &[Point; 4], width: f32, height: f32) -> Projection {
        // Unit square to quad in closed form, then inverted by its adjugate.
        let (dx1, dx2) = (q[1].x - q[2].x, q[3].x - q[2].x);
        let (dy1, dy2) = (q[1].y - q[2].y, q[3].y - q[2].y);
        let (sx, sy) = (
            q[0].x - q[1].x + q[2].x - q[3].x,
            q[0].y - q[1].y + q[2].y - q[3].y,
        );
        let det = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det);
        let (a, b, c) = (
            q[1].x - q[0].x + g * q[1].x,
            q[3].x - q[0].x + h * q[3].x,
            q[0].x,
        );
        let (d, e, f) = (
            q[1].y - q[0].y + g * q[1].y,
            q[3].y - q[0].y + h * q[3].y,
            q[0].y,
        );
        let m = [
            e - f * h,
            c * h - b,
            b * f - c * e,
            f * g - d,
            a - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ];
        let mut m = m;
        m[..3].iter_mut().for_each(|v| *v *= width);
        m[3..6].iter_mut().for_each(|v| *v *= height);
        Projection(m)
    }

    pub fn apply(&self, x: f32, y: f32) -> (f32, f32) {
        let m = &self.0;
        let w = m[6] * x + m[7] * y + m[8];
        (
            (m[0] * x + m[1] * y + m[2]) / w,
            (m[3] * x + m[4] * y + m[5]) / w,
        )
    }
}
