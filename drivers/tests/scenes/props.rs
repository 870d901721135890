//! What lies beside and over the sheets: a keyboard, cables, pens, a cup, a telephone, a book, a hand.

use super::Dice;
use super::canvas::{Canvas, Colour, HEIGHT, WIDTH, mix, ramp};
use super::lay::{Lay, rounded};
use super::paper::Paper;
use drivers::document::page::Point;

/// A box with round corners, turned; `draw` gets the place within it and changes the colour.
pub fn slab(
    canvas: &mut Canvas,
    (cx, cy, angle): (f32, f32, f32),
    (width, height, radius): (f32, f32, f32),
    paint: impl Fn(f32, f32) -> Colour,
) {
    let (cos, sin) = (angle.cos(), angle.sin());
    let reach = width.hypot(height) / 2.0 + 10.0;
    canvas.near(
        [cx - reach, cy - reach, cx + reach, cy + reach],
        |x, y, pixel| {
            let (dx, dy) = (x - cx, y - cy);
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            let away = rounded(u, v, width / 2.0, height / 2.0, radius);
            let shade = 0.35
                * ramp(
                    7.0,
                    0.0,
                    rounded(u - 4.0, v - 4.0, width / 2.0, height / 2.0, radius),
                );
            *pixel = pixel.map(|value| value * (1.0 - shade));
            mix(pixel, paint(u, v), (0.5 - away).clamp(0.0, 1.0));
        },
    );
}

/// A keyboard along the lower or upper border, cut by it.
pub fn keyboard(canvas: &mut Canvas, dice: &mut Dice) {
    let dark = dice.chance(0.7);
    let (body, key): (Colour, Colour) = match dark {
        true => ([34.0, 34.0, 36.0], [58.0, 58.0, 62.0]),
        false => ([176.0, 176.0, 178.0], [226.0, 226.0, 224.0]),
    };
    let y = if dice.chance(0.5) {
        dice.range(-70.0, 40.0)
    } else {
        HEIGHT as f32 + dice.range(-40.0, 70.0)
    };
    let place = (
        WIDTH as f32 * dice.range(0.3, 0.7),
        y,
        dice.range(-0.12, 0.12),
    );
    let pitch = dice.range(42.0, 54.0);
    let size = (pitch * 15.5, pitch * 5.6, 8.0);
    slab(canvas, place, size, |u, v| {
        let row = ((v + size.1 / 2.0 - 0.3 * pitch) / pitch).floor();
        let shifted = u + size.0 / 2.0 - 0.3 * pitch - row * pitch * 0.27;
        let cell = |t: f32| t.rem_euclid(pitch) - pitch / 2.0;
        let inside = rounded(
            cell(shifted),
            cell(v + size.1 / 2.0 - 0.3 * pitch),
            pitch * 0.41,
            pitch * 0.41,
            4.0,
        );
        let mut colour = body;
        mix(&mut colour, key, ramp(1.0, -1.0, inside));
        colour
    });
}

/// A telephone: dark glass with round corners.
pub fn telephone(canvas: &mut Canvas, dice: &mut Dice) {
    let place = beside(dice);
    let size = dice.range(150.0, 190.0);
    slab(canvas, place, (size, size * 2.05, 22.0), |_, v| {
        [22.0, 23.0, 26.0 + v * 0.02]
    });
}

pub fn pen(canvas: &mut Canvas, dice: &mut Dice) {
    let colour = dice.of(&[
        [30.0, 40.0, 120.0],
        [200.0, 40.0, 40.0],
        [225.0, 225.0, 225.0],
        [20.0, 20.0, 22.0],
    ]);
    let place = beside(dice);
    slab(
        canvas,
        place,
        (dice.range(300.0, 400.0), dice.range(16.0, 24.0), 8.0),
        |_, v| colour.map(|c: f32| c * (1.0 - (v / 14.0).powi(2) * 0.4)),
    );
}

/// A closed book or a folder: as good as a sheet, so it may be found, but need not be.
pub fn book(canvas: &mut Canvas, dice: &mut Dice, place: (f32, f32)) {
    let colour: Colour = std::array::from_fn(|_| dice.range(40.0, 220.0));
    let mut cover = Paper::blank(130.0, 185.0, colour);
    let band = dice.range(30.0, 110.0);
    cover.fill(
        [12.0, band, 118.0, band + 34.0],
        std::array::from_fn(|_| dice.range(60.0, 240.0)),
    );
    let lay = Lay {
        x: place.0,
        y: place.1,
        scale: 2.3,
        angle: dice.range(-0.3, 0.3),
        slant: 0.01,
        shadow: (0.4, 6.0),
        wanted: false,
    };
    let corners = cover.lay(canvas, dice, lay);
    // The label on it is as good as a sheet, too.
    canvas.remember(
        cover.part(&corners, [12.0, band, 118.0, band + 34.0]),
        false,
    );
}

pub fn cup(canvas: &mut Canvas, dice: &mut Dice) {
    let (x, y, _) = beside(dice);
    let radius = dice.range(70.0, 110.0);
    slab(
        canvas,
        (x, y, 0.0),
        (2.0 * radius, 2.0 * radius, radius),
        |u, v| {
            let far = u.hypot(v) / radius;
            if far < 0.85 {
                [70.0, 44.0, 24.0]
            } else {
                [236.0, 234.0, 230.0]
            }
        },
    );
}

/// A cable from border to border in a bend.
pub fn cable(canvas: &mut Canvas, dice: &mut Dice) {
    let colour: Colour = dice.of(&[
        [20.0, 20.0, 22.0],
        [225.0, 225.0, 222.0],
        [90.0, 90.0, 96.0],
    ]);
    let thick = dice.range(4.0, 8.0);
    let upright = dice.chance(0.5);
    let (start, bow, wave) = (
        dice.range(0.05, 0.95),
        dice.range(-0.3, 0.3),
        dice.range(0.0, 6.3),
    );
    canvas.each(|x, y, pixel| {
        let (along, across) = match upright {
            true => (y / HEIGHT as f32, x / WIDTH as f32),
            false => (x / WIDTH as f32, y / HEIGHT as f32),
        };
        let size = if upright { WIDTH } else { HEIGHT } as f32;
        let at = start + bow * along * along + 0.04 * (along * 7.0 + wave).sin();
        let far = (across - at).abs() * size;
        let round = (far / thick).min(1.0);
        mix(
            pixel,
            colour.map(|c| c * (1.0 - 0.4 * round * round)),
            (thick + 0.5 - far).clamp(0.0, 1.0),
        );
    });
}

/// Fingers that hold a sheet at a place on its edge, from outside.
pub fn fingers(canvas: &mut Canvas, dice: &mut Dice, edge: (Point, Point)) {
    let (a, b) = edge;
    let length = (b.x - a.x).hypot(b.y - a.y);
    let along = ((b.x - a.x) / length, (b.y - a.y) / length);
    let inward = (-along.1, along.0);
    let skin = dice.of(&[
        [214.0, 164.0, 134.0],
        [176.0, 124.0, 96.0],
        [226.0, 182.0, 156.0],
    ]);
    let start = dice.range(0.2, 0.6) * length;
    for k in 0..2 + dice.below(3) {
        let at = start + k as f32 * dice.range(34.0, 42.0);
        let deep = dice.range(20.0, 70.0);
        let (mx, my) = (a.x + along.0 * at, a.y + along.1 * at);
        let back = 130.0 - deep / 2.0;
        let place = (
            mx - inward.0 * back,
            my - inward.1 * back,
            inward.1.atan2(inward.0),
        );
        slab(canvas, place, (260.0 + deep, 33.0, 16.0), |_, v| {
            skin.map(|c: f32| c * (1.0 - (v / 17.0).powi(2) * 0.25))
        });
    }
}

/// Somewhere towards the border, turned anyhow.
fn beside(dice: &mut Dice) -> (f32, f32, f32) {
    let (w, h) = (WIDTH as f32, HEIGHT as f32);
    let angle = dice.range(-1.6, 1.6);
    match dice.below(4) {
        0 => (dice.range(0.0, 0.09) * w, dice.unit() * h, angle),
        1 => (dice.range(0.91, 1.0) * w, dice.unit() * h, angle),
        2 => (dice.unit() * w, dice.range(0.0, 0.07) * h, angle),
        _ => (dice.unit() * w, dice.range(0.93, 1.0) * h, angle),
    }
}

/// One or two of the small things.
pub fn clutter(canvas: &mut Canvas, dice: &mut Dice) {
    for _ in 0..1 + dice.below(3) {
        match dice.below(4) {
            0 => pen(canvas, dice),
            1 => cup(canvas, dice),
            2 => cable(canvas, dice),
            _ => telephone(canvas, dice),
        }
    }
}
