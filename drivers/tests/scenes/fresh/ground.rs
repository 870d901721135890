//! Surfaces made another way than `desk`'s: fractal noise, cells, weave.

use std::f32::consts::PI;

use super::super::Dice;
use super::super::canvas::{Canvas, Colour, clouds, dim, mix, ramp};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ground {
    /// Coarse cloth: threads over and under.
    Weave,
    Cork,
    /// Pale stone with veins.
    Marble,
    /// Metal brushed one way.
    Brushed,
    Concrete,
    /// Dark stone, finely speckled.
    Granite,
    /// Small boards laid in a zigzag.
    Herringbone,
    /// Office furniture: nearly even, pale or grey.
    Laminate,
    /// Cloth with rows of small figures.
    Figures,
}

impl Ground {
    pub const ALL: [Ground; 9] = [
        Ground::Weave,
        Ground::Cork,
        Ground::Marble,
        Ground::Brushed,
        Ground::Concrete,
        Ground::Granite,
        Ground::Herringbone,
        Ground::Laminate,
        Ground::Figures,
    ];

    pub fn draw(self, canvas: &mut Canvas, dice: &mut Dice) {
        let (seed, angle) = (dice.bits(), dice.range(0.0, PI));
        let (size, shade) = (dice.range(0.7, 1.4), dice.range(0.8, 1.1));
        let base: Colour = dice.of(self.colours()).map(|v| v * shade);
        let (cos, sin) = (angle.cos(), angle.sin());
        canvas.each(|x, y, pixel| {
            let u = (x * cos + y * sin) / size;
            let v = (y * cos - x * sin) / size;
            *pixel = base;
            self.texture(seed, u, v, pixel);
        });
    }

    fn colours(self) -> &'static [Colour] {
        match self {
            Ground::Weave => &[
                [120.0, 104.0, 84.0],
                [64.0, 76.0, 96.0],
                [150.0, 70.0, 60.0],
            ],
            Ground::Cork => &[[176.0, 132.0, 88.0], [150.0, 110.0, 72.0]],
            Ground::Marble => &[[196.0, 192.0, 186.0], [70.0, 74.0, 72.0]],
            Ground::Brushed => &[[150.0, 152.0, 156.0], [108.0, 106.0, 104.0]],
            Ground::Concrete => &[[142.0, 140.0, 136.0], [104.0, 104.0, 102.0]],
            Ground::Granite => &[[84.0, 84.0, 88.0], [52.0, 54.0, 56.0], [112.0, 92.0, 84.0]],
            Ground::Herringbone => &[[160.0, 116.0, 74.0], [104.0, 72.0, 48.0]],
            Ground::Laminate => &[
                [200.0, 196.0, 186.0],
                [140.0, 144.0, 148.0],
                [86.0, 90.0, 98.0],
            ],
            Ground::Figures => &[
                [180.0, 90.0, 96.0],
                [84.0, 112.0, 150.0],
                [200.0, 186.0, 160.0],
            ],
        }
    }

    fn texture(self, seed: u64, u: f32, v: f32, pixel: &mut Colour) {
        match self {
            Ground::Weave => {
                let (a, b) = ((u / 5.0).floor(), (v / 5.0).floor());
                let over = (a + b).rem_euclid(2.0) < 1.0;
                let t = if over { u / 5.0 - a } else { v / 5.0 - b };
                let uneven = 0.08 * clouds(seed, a * 0.7, b * 0.7);
                dim(
                    pixel,
                    0.82 + 0.3 * (t * PI).sin() * if over { 1.0 } else { 0.8 } + uneven,
                );
            }
            Ground::Cork => {
                let (near, other) = cells(seed, u / 9.0, v / 9.0);
                dim(
                    pixel,
                    0.8 + 0.3 * (other - near).min(0.6)
                        + 0.12 * fractal(seed, u / 30.0, v / 30.0, 3),
                );
            }
            Ground::Marble => {
                let bend = fractal(seed, u / 140.0, v / 140.0, 4);
                let vein = 1.0 - ((u + v) / 95.0 + 3.2 * bend).sin().abs();
                dim(pixel, 1.0 + 0.05 * fractal(seed ^ 5, u / 20.0, v / 20.0, 3));
                let over = if pixel[0] > 130.0 {
                    [128.0, 130.0, 134.0]
                } else {
                    [168.0, 166.0, 160.0]
                };
                mix(pixel, over, 0.6 * vein.powi(9));
            }
            Ground::Brushed => dim(
                pixel,
                1.0 + 0.1 * clouds(seed, u / 160.0, v / 1.3)
                    + 0.05 * clouds(seed ^ 1, u / 60.0, v / 3.0)
                    + 0.14 * (v / 330.0).sin(),
            ),
            Ground::Concrete => {
                dim(pixel, 1.0 + 0.12 * fractal(seed, u / 90.0, v / 90.0, 5));
                let (near, _) = cells(seed ^ 8, u / 34.0, v / 34.0);
                dim(pixel, 1.0 - 0.35 * ramp(0.11, 0.05, near));
            }
            Ground::Granite => dim(
                pixel,
                1.0 + 0.4 * clouds(seed, u / 2.2, v / 2.2)
                    + 0.22 * clouds(seed ^ 3, u / 5.0, v / 5.0),
            ),
            Ground::Herringbone => zigzag(seed, u, v, pixel),
            Ground::Laminate => dim(
                pixel,
                1.0 + 0.02 * clouds(seed, u / 2.0, v / 2.0)
                    + 0.03 * clouds(seed ^ 2, u / 120.0, v / 120.0),
            ),
            Ground::Figures => figures(seed, u, v, pixel),
        }
    }
}

/// Several layers of noise, each finer and weaker.
pub fn fractal(seed: u64, x: f32, y: f32, layers: u32) -> f32 {
    (0..layers).fold(0.0, |sum, k| {
        let fine = (1u32 << k) as f32;
        sum + clouds(seed ^ u64::from(k) << 33, x * fine, y * fine) / fine
    })
}

/// Distances to the nearest and the second nearest of points strewn one to a cell.
fn cells(seed: u64, x: f32, y: f32) -> (f32, f32) {
    let (mut near, mut other) = (9.0f32, 9.0f32);
    for dy in -1..=1 {
        for dx in -1..=1 {
            let (cx, cy) = (x.floor() as i64 + dx, y.floor() as i64 + dy);
            let mut dice = Dice::new(
                seed ^ (cx as u64).wrapping_mul(0x9E37) ^ (cy as u64).wrapping_mul(0xC2B2_AE3D),
            );
            let far = (cx as f32 + dice.unit() - x).hypot(cy as f32 + dice.unit() - y);
            (near, other) = if far < near {
                (far, near)
            } else {
                (near, other.min(far))
            };
        }
    }
    (near, other)
}

fn zigzag(seed: u64, u: f32, v: f32, pixel: &mut Colour) {
    const BROAD: f32 = 42.0;
    let (column, inner) = ((u / (2.0 * BROAD)).floor(), u.rem_euclid(2.0 * BROAD));
    let leans = if inner < BROAD {
        v + inner
    } else {
        v + 2.0 * BROAD - inner
    };
    let board = (leans / BROAD).floor();
    let mut own = Dice::new(
        seed ^ (board as i64 as u64) << 9 ^ (column as i64 as u64) << 30 ^ u64::from(inner < BROAD),
    );
    dim(pixel, own.range(0.82, 1.16));
    dim(pixel, 1.0 + 0.08 * clouds(seed, leans / 3.0, u / 50.0));
    let joint = leans.rem_euclid(BROAD).min(BROAD - leans.rem_euclid(BROAD));
    let seam = (inner - BROAD).abs().min(inner).min(2.0 * BROAD - inner);
    dim(pixel, 0.6 + 0.4 * ramp(0.4, 1.8, joint.min(seam)));
}

fn figures(seed: u64, u: f32, v: f32, pixel: &mut Colour) {
    const CELL: f32 = 46.0;
    let (column, row) = ((u / CELL).floor(), (v / CELL).floor());
    let (x, y) = (u - (column + 0.5) * CELL, v - (row + 0.5) * CELL);
    let kind = Dice::new(seed).below(3);
    let inside = match kind {
        0 => x.abs() + y.abs() - 12.0,
        1 => x.abs().max(y.abs()) - 9.0,
        _ => (x.abs() - 3.0)
            .max(y.abs() - 13.0)
            .min((y.abs() - 3.0).max(x.abs() - 13.0)),
    };
    mix(pixel, [236.0, 228.0, 214.0], 0.75 * ramp(0.8, -0.8, inside));
    dim(pixel, 1.0 + 0.05 * clouds(seed ^ 4, u / 2.0, v / 2.0));
}
