//! A camera that stands in space: how a sheet on the desk looks from there.

use std::f32::consts::TAU;

use super::super::Dice;
use super::super::canvas::{Canvas, HEIGHT, WIDTH};
use super::super::lay::Lay;
use super::super::paper::{PER_MM, Paper};
use drivers::document::page::Point;

/// Of the camera, pixels.
const FOCAL: f32 = 1_150.0;

/// Where a sheet's middle is, how large, how turned; and how much the camera leans.
#[derive(Clone, Copy)]
pub struct Pose {
    pub x: f32,
    pub y: f32,
    pub scale: f32,
    pub angle: f32,
    pub lean: f32,
    pub lean_way: f32,
}

impl Pose {
    pub fn usual(dice: &mut Dice, scale: f32) -> Pose {
        Pose {
            x: WIDTH as f32 / 2.0 + dice.range(-50.0, 50.0),
            y: HEIGHT as f32 / 2.0 + dice.range(-30.0, 30.0),
            scale: scale * dice.range(0.8, 1.05),
            angle: dice.range(-0.35, 0.35),
            lean: dice.range(0.0, 0.3),
            lean_way: dice.range(0.0, TAU),
        }
    }

    /// A place of the sheet, millimetres from its middle, as the leaning camera sees it.
    pub fn see(&self, u: f32, v: f32) -> Point {
        let (cos, sin) = (self.angle.cos(), self.angle.sin());
        let (u, v) = (
            (u * cos - v * sin) * self.scale,
            (u * sin + v * cos) * self.scale,
        );
        let (wx, wy) = (self.lean_way.cos(), self.lean_way.sin());
        let (ahead, aside) = (u * wx + v * wy, v * wx - u * wy);
        let far = FOCAL / (FOCAL + ahead * self.lean.sin());
        let (ahead, aside) = (ahead * self.lean.cos() * far, aside * far);
        Point {
            x: self.x + ahead * wx - aside * wy,
            y: self.y + ahead * wy + aside * wx,
        }
    }

    pub fn corners(&self, width: f32, height: f32) -> [Point; 4] {
        [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)]
            .map(|(u, v)| self.see(u * width, v * height))
    }
}

pub fn millimetres(paper: &Paper) -> (f32, f32) {
    (paper.width as f32 / PER_MM, paper.height as f32 / PER_MM)
}

/// Lies the longer side along the picture's, and lays it.
pub fn put(canvas: &mut Canvas, dice: &mut Dice, paper: &Paper, mut pose: Pose) -> [Point; 4] {
    let (width, height) = millimetres(paper);
    if height > width {
        pose.angle += std::f32::consts::FRAC_PI_2;
    }
    let fit = (WIDTH as f32 * 0.9 / (width.max(height) * pose.scale))
        .min(HEIGHT as f32 * 0.82 / (width.min(height) * pose.scale));
    pose.scale *= fit.min(1.0);
    let corners = pose.corners(width, height);
    let lay = Lay {
        x: pose.x,
        y: pose.y,
        scale: pose.scale,
        angle: pose.angle,
        slant: 0.0,
        shadow: (dice.range(0.05, 0.5), dice.range(1.0, 7.0)),
        wanted: true,
    };
    paper.lay_at(canvas, corners, lay);
    corners
}
