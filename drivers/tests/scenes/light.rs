//! Light on what was drawn: lamps, shadows, gloss.

use std::f32::consts::TAU;

use super::Dice;
use super::canvas::{Canvas, Colour, HEIGHT, WIDTH, dim, ramp};

/// A lamp at one side, and the lens's dark corners.
pub fn lamp(canvas: &mut Canvas, dice: &mut Dice) {
    let (x0, y0) = (
        dice.range(-0.3, 1.3) * WIDTH as f32,
        dice.range(-0.4, 0.6) * HEIGHT as f32,
    );
    let fall = dice.range(0.1, 0.4);
    let tint: Colour = dice.of(&[[1.0, 1.0, 1.0], [1.04, 1.0, 0.9], [0.93, 1.0, 1.06]]);
    let strength = dice.range(0.8, 1.02);
    canvas.each(|x, y, pixel| {
        let far = (x - x0).hypot(y - y0) / WIDTH as f32;
        let corner = ((x / WIDTH as f32 - 0.5).powi(2) + (y / HEIGHT as f32 - 0.5).powi(2)) * 0.25;
        let light = strength * (1.05 - fall * far) * (1.0 - corner);
        *pixel = std::array::from_fn(|c| pixel[c] * light * tint[c]);
    });
}

/// Half of the picture in the shadow of something with a straight edge.
pub fn half_shadow(canvas: &mut Canvas, dice: &mut Dice, soft: f32) {
    let angle = dice.range(0.0, TAU);
    let (cx, cy) = (
        WIDTH as f32 * dice.range(0.35, 0.65),
        HEIGHT as f32 * dice.range(0.35, 0.65),
    );
    let deep = dice.range(0.3, 0.6);
    canvas.each(|x, y, pixel| {
        let side = (x - cx) * angle.cos() + (y - cy) * angle.sin();
        dim(pixel, 1.0 - deep * ramp(-soft, soft, side));
    });
}

/// The reflection of a lamp, soft, up to white.
pub fn gloss(canvas: &mut Canvas, dice: &mut Dice, (cx, cy): (f32, f32)) {
    let (a, b) = (dice.range(50.0, 130.0), dice.range(40.0, 90.0));
    canvas.each(|x, y, pixel| {
        let far = ((x - cx) / a).powi(2) + ((y - cy) / b).powi(2);
        let light = 190.0 * (-far.powf(1.4)).exp();
        pixel.iter_mut().for_each(|v| *v += light);
    });
}

/// Everything darker.
pub fn dusk(canvas: &mut Canvas, by: f32) {
    canvas.each(|_, _, pixel| dim(pixel, by));
}
