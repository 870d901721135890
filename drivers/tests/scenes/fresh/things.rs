//! Rectangular things that are no sheets: screens, drawers, boxes, calculators, mats, windows' light.

use super::super::Dice;
use super::super::canvas::{Canvas, Colour, HEIGHT, WIDTH, dim, mix, ramp};
use super::super::lay::rounded;
use super::super::props::slab;

/// A place anywhere in the picture, turned a little.
pub fn anywhere(dice: &mut Dice) -> (f32, f32, f32) {
    let (w, h) = (WIDTH as f32, HEIGHT as f32);
    (
        w * dice.range(0.25, 0.75),
        h * dice.range(0.25, 0.75),
        dice.range(-0.4, 0.4),
    )
}

/// A screen that is off, or shows a dark page: a frame, dark glass, a reflection across it.
pub fn screen(canvas: &mut Canvas, dice: &mut Dice, place: (f32, f32, f32)) {
    let size = (dice.range(420.0, 700.0), dice.range(280.0, 420.0));
    let frame: Colour = dice.of(&[
        [24.0, 24.0, 26.0],
        [120.0, 122.0, 126.0],
        [60.0, 60.0, 64.0],
    ]);
    let glass: Colour = dice.of(&[[14.0, 15.0, 18.0], [30.0, 36.0, 54.0], [20.0, 30.0, 30.0]]);
    let (bezel, gleam) = (dice.range(8.0, 26.0), dice.range(-300.0, 300.0));
    let lit = dice.chance(0.5);
    slab(canvas, place, (size.0, size.1, 10.0), |u, v| {
        let mut colour = frame;
        let inside = rounded(u, v, size.0 / 2.0 - bezel, size.1 / 2.0 - bezel, 2.0);
        mix(&mut colour, glass, ramp(0.7, -0.7, inside));
        if inside < 0.0 {
            let shine = 26.0 * ramp(70.0, 0.0, (u + 0.6 * v - gleam).abs());
            colour.iter_mut().for_each(|c| *c += shine);
            // Icons at the left.
            let (column, row) = (
                u + size.0 / 2.0 - bezel - 30.0,
                (v + size.1 / 2.0).rem_euclid(54.0),
            );
            if lit && column.abs() < 13.0 && (14.0..40.0).contains(&row) {
                colour = [90.0, 120.0, 160.0];
            }
        }
        colour
    });
}

/// Fronts of drawers: panels of one colour, parted by dark gaps, each with a handle.
pub fn drawers(canvas: &mut Canvas, dice: &mut Dice) {
    let wood: Colour = dice.of(&[
        [168.0, 134.0, 96.0],
        [196.0, 194.0, 188.0],
        [120.0, 124.0, 130.0],
    ]);
    let (broad, high) = (dice.range(300.0, 520.0), dice.range(150.0, 260.0));
    let (x0, y0, angle) = (
        dice.range(0.0, broad),
        dice.range(0.0, high),
        dice.range(-0.1, 0.1),
    );
    let bevel = dice.chance(0.5);
    canvas.each(|x, y, pixel| {
        let (u, v) = (
            x * angle.cos() + y * angle.sin() - x0,
            y * angle.cos() - x * angle.sin() - y0,
        );
        let (s, t) = (u.rem_euclid(broad), v.rem_euclid(high));
        let edge = s.min(broad - s).min(t.min(high - t));
        *pixel = wood;
        dim(pixel, 1.0 + 0.03 * (v / 4.0).sin() - 0.05 * t / high);
        if bevel && (14.0..20.0).contains(&edge) {
            dim(
                pixel,
                if s < broad / 2.0 || t < high / 2.0 {
                    1.12
                } else {
                    0.82
                },
            );
        }
        dim(pixel, 0.35 + 0.65 * ramp(1.0, 3.5, edge));
        let handle = rounded(s - broad / 2.0, t - high / 2.0, 48.0, 7.0, 6.0);
        mix(pixel, [70.0, 70.0, 74.0], ramp(0.7, -0.7, handle));
    });
}

/// A calculator: a body, a grey window, keys in rows.
pub fn calculator(canvas: &mut Canvas, dice: &mut Dice, place: (f32, f32, f32)) {
    let body: Colour = dice.of(&[
        [40.0, 42.0, 46.0],
        [208.0, 208.0, 204.0],
        [110.0, 116.0, 124.0],
    ]);
    let key: Colour = if body[0] > 150.0 {
        [92.0, 94.0, 98.0]
    } else {
        [176.0, 178.0, 180.0]
    };
    let pitch = dice.range(40.0, 54.0);
    let size = (pitch * 5.0, pitch * 7.0);
    slab(canvas, place, (size.0, size.1, 9.0), |u, v| {
        let mut colour = body;
        let shown = rounded(u, v + size.1 * 0.36, size.0 * 0.4, size.1 * 0.085, 3.0);
        mix(&mut colour, [150.0, 162.0, 146.0], ramp(0.7, -0.7, shown));
        if v > -size.1 * 0.22 && v < size.1 * 0.46 && u.abs() < size.0 * 0.44 {
            let cell = |t: f32| t.rem_euclid(pitch) - pitch / 2.0;
            let inside = rounded(
                cell(u - pitch * 0.1),
                cell(v),
                pitch * 0.36,
                pitch * 0.34,
                5.0,
            );
            mix(&mut colour, key, ramp(0.8, -0.8, inside));
        }
        colour
    });
}

/// An open box of cardboard from above: four flaps, dark walls, a floor in shadow.
pub fn carton(canvas: &mut Canvas, dice: &mut Dice, place: (f32, f32, f32)) {
    let board: Colour = dice.of(&[[182.0, 142.0, 96.0], [160.0, 120.0, 80.0]]);
    let (half_x, half_y) = (dice.range(150.0, 240.0), dice.range(110.0, 170.0));
    let flap = dice.range(60.0, 110.0);
    let size = (2.0 * (half_x + flap), 2.0 * (half_y + flap));
    let deep = dice.range(24.0, 46.0);
    let (cos, sin) = (place.2.cos(), place.2.sin());
    let reach = size.0.hypot(size.1) / 2.0;
    let around = [
        place.0 - reach,
        place.1 - reach,
        place.0 + reach,
        place.1 + reach,
    ];
    canvas.near(around, |x, y, pixel| {
        let (dx, dy) = (x - place.0, y - place.1);
        let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
        // Flaps lean outward: narrower at their ends, and none at the corners.
        let (over_x, over_y) = (u.abs() - half_x, v.abs() - half_y);
        let side_flap = over_x
            .max(v.abs() - half_y + over_x * 0.12)
            .max(-over_x - 1.0);
        let end_flap = over_y
            .max(u.abs() - half_x + over_y * 0.12)
            .max(-over_y - 1.0);
        let on_side = over_x > 0.0
            && over_x < flap
            && side_flap <= over_x
            && v.abs() < half_y - over_x * 0.12;
        let on_end =
            over_y > 0.0 && over_y < flap && end_flap <= over_y && u.abs() < half_x - over_y * 0.12;
        if on_side || on_end {
            let slope = if on_side { over_x } else { over_y } / flap;
            *pixel = board.map(|c| c * (1.02 - 0.2 * slope));
        } else if over_x <= 0.0 && over_y <= 0.0 {
            let into = (-over_x).min(-over_y);
            let shade = if into < deep {
                0.72 - 0.3 * into / deep
            } else {
                0.46
            };
            let wall = if into < deep && u + v < 0.0 {
                0.85
            } else {
                1.0
            };
            *pixel = board.map(|c| c * shade * wall);
        }
    });
}

/// A mat for a mouse, or to write on: one dark or coloured surface with round corners.
pub fn mat(canvas: &mut Canvas, dice: &mut Dice, place: (f32, f32, f32)) -> (f32, f32) {
    let colour: Colour = dice.of(&[[34.0, 36.0, 40.0], [44.0, 60.0, 92.0], [62.0, 30.0, 34.0]]);
    let size = (dice.range(520.0, 660.0), dice.range(420.0, 540.0));
    let seed = dice.bits();
    slab(canvas, place, (size.0, size.1, 28.0), |u, v| {
        let rough = super::ground::fractal(seed, u / 4.0, v / 4.0, 2);
        colour.map(|c| c + 3.0 * rough)
    });
    size
}

/// A board with a metal clip at its top; its size.
pub fn clipboard(canvas: &mut Canvas, dice: &mut Dice, place: (f32, f32, f32), size: (f32, f32)) {
    let colour: Colour = dice.of(&[[128.0, 92.0, 58.0], [50.0, 52.0, 56.0], [60.0, 84.0, 120.0]]);
    slab(canvas, place, (size.0, size.1, 14.0), |u, v| {
        colour.map(|c| c * (1.0 + 0.04 * ((u / 3.0).sin() + (v / 1.7).sin())))
    });
}

pub fn clip(canvas: &mut Canvas, (x, y, angle): (f32, f32, f32)) {
    slab(canvas, (x, y, angle), (150.0, 46.0, 10.0), |u, v| {
        let shine = 40.0 * (-(v / 9.0).powi(2)).exp();
        [150.0 + shine, 152.0 + shine, 156.0 + shine + u * 0.01]
    });
}

/// The sun through a window: bright panes, parted by bars, slanted; soft at their edges.
pub fn window_light(canvas: &mut Canvas, dice: &mut Dice) {
    let (dark, soft) = (dice.range(0.4, 0.7), dice.range(3.0, 9.0));
    let (broad, high) = (dice.range(170.0, 330.0), dice.range(130.0, 260.0));
    let (angle, lean) = (dice.range(-0.6, 0.6), dice.range(-0.5, 0.5));
    let (columns, rows) = (1.0 + dice.below(3) as f32, 1.0 + dice.below(2) as f32);
    let (x0, y0) = (
        WIDTH as f32 * dice.range(0.2, 0.5),
        HEIGHT as f32 * dice.range(0.1, 0.4),
    );
    let bar = dice.range(10.0, 30.0);
    canvas.each(|x, y, pixel| {
        let (dx, dy) = (x - x0, y - y0);
        let v = dy * angle.cos() - dx * angle.sin();
        let u = dx * angle.cos() + dy * angle.sin() + lean * v;
        let pane = |t: f32, size: f32, count: f32| {
            let cell = (t / size).floor().clamp(0.0, count - 1.0);
            let inner = t - cell * size;
            inner.min(size - bar - inner)
        };
        let inside = pane(u, broad, columns).min(pane(v, high, rows));
        dim(pixel, dark + (1.25 - dark) * ramp(-soft, soft, inside));
    });
}

/// A hand over a corner or an edge: ellipses, of which one is a thumb.
pub fn hand(canvas: &mut Canvas, dice: &mut Dice, (x, y): (f32, f32), toward: f32) {
    let skin: Colour = dice.of(&[
        [206.0, 158.0, 128.0],
        [164.0, 116.0, 90.0],
        [224.0, 184.0, 160.0],
    ]);
    for k in 0..3 + dice.below(2) {
        let aside = 31.0 * (k as f32 - 1.5);
        let angle = toward + dice.range(-0.12, 0.12);
        let (cx, cy) = (
            x - toward.sin() * aside - 70.0 * toward.cos(),
            y + toward.cos() * aside - 70.0 * toward.sin(),
        );
        slab(
            canvas,
            (cx, cy, angle),
            (dice.range(180.0, 250.0), 31.0, 15.4),
            |u, v| {
                let nail = rounded(u - 78.0, v, 11.0, 9.0, 8.0);
                let mut colour = skin.map(|c| c * (1.0 - (v / 18.0).powi(2) * 0.3));
                mix(
                    &mut colour,
                    [236.0, 200.0, 190.0],
                    ramp(1.0, -1.0, nail) * 0.6,
                );
                colour
            },
        );
    }
}

/// The sun through blinds: stripes of light, soft, across everything.
pub fn blinds(canvas: &mut Canvas, dice: &mut Dice) {
    let (pitch, angle) = (dice.range(40.0, 110.0), dice.range(0.0, 3.1));
    let (deep, soft) = (dice.range(0.2, 0.5), dice.range(0.06, 0.2));
    let (cos, sin) = (angle.cos(), angle.sin());
    canvas.each(|x, y, pixel| {
        let t = ((x * cos + y * sin) / pitch).rem_euclid(1.0);
        let lit = ramp(0.0, soft, t) * ramp(0.55 + soft, 0.55, t);
        dim(pixel, 1.0 - deep * (1.0 - lit));
    });
}
