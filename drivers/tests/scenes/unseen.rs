//! Scenes made for a second round of tuning, without a look at the detector's answers: paper that is
//! crumpled, covered, glossy or only partly in the picture, and what else stands on a desk. Those in which
//! causes of mistakes were found and mended are no longer held out.

use std::f32::consts::{FRAC_PI_2, PI};

use super::canvas::{Canvas, Colour, HEIGHT, WIDTH, clouds, dim, mix, ramp};
use super::desk::Desk;
use super::families::{Family, MIDDLE, WHITE, canvas, empty, family, finish, held_out, lay, open};
use super::fresh::things;
use super::lay::{Lay, Projection, bounds, rounded};
use super::paper::{PER_MM, Paper};
use super::props::{self, slab};
use super::{Dice, Scene};
use drivers::document::page::Point;

pub const FAMILIES: [Family; 10] = [
    held_out(family("crumpled receipt", crumpled)),
    held_out(family("letter on a mat with a grid", letter_on_grid)),
    family("laminated card under glare", laminated),
    open(family("two sheets that overlap", overlapping)),
    held_out(family("child's hand on a form", childs_hand)),
    family("letter before a screen", before_screen),
    held_out(family("letter with a sticky note", with_note)),
    held_out(family("side over the border", over_border)),
    held_out(empty("mat with a grid", bare_grid)),
    empty("screen and keyboard at the border", screen_only),
];

fn desk(dice: &mut Dice) -> Desk {
    let plain = Desk::plain(dice);
    dice.of(&[plain, plain, Desk::Veneer, Desk::Leather, Desk::Boards])
}

/// Its edges are uneven by a millimetre, its face is facets of light and shade.
fn crumpled(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let paper = Paper::receipt(dice);
    let scale = (880.0 / paper.height as f32 * PER_MM).min(3.2);
    let (width, height) = (paper.width as f32 / PER_MM, paper.height as f32 / PER_MM);
    let place = Lay {
        scale,
        angle: FRAC_PI_2 + dice.range(-0.25, 0.25),
        ..lay(dice)
    };
    let (cos, sin) = (place.angle.cos(), place.angle.sin());
    let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)].map(|(u, v)| {
        let (u, v) = (u * width * scale, v * height * scale);
        Point {
            x: place.x + u * cos - v * sin,
            y: place.y + u * sin + v * cos,
        }
    });
    let to_face = Projection::new(&corners, width, height);
    let (seed, deep) = (dice.bits(), dice.range(0.06, 0.16));
    let uneven = dice.range(0.3, 1.0);
    let inside = |x: f32, y: f32| {
        let (u, v) = to_face.apply(x, y);
        let off = uneven * clouds(seed, u / 16.0, v / 16.0);
        let (half_u, half_v) = (width / 2.0, height / 2.0);
        (rounded(u - half_u, v - half_v, half_u, half_v, 0.0) + off) * scale
    };
    canvas.near(bounds(&corners), |x, y, pixel| {
        let shade = 0.3 * ramp(4.0, -3.0, inside(x - 3.0, y - 3.0));
        dim(pixel, 1.0 - shade);
        let share = (0.5 - inside(x, y)).clamp(0.0, 1.0);
        if share > 0.0 {
            let (u, v) = to_face.apply(x, y);
            let facet = clouds(seed ^ 5, (u + v) / 22.0, (u - v) / 30.0).signum()
                + clouds(seed ^ 6, u / 12.0, v / 17.0);
            mix(
                pixel,
                paper
                    .at(u, v)
                    .map(|c| c * (1.0 - deep + deep * 0.5 * facet)),
                share,
            );
        }
    });
    canvas.remember(corners, true);
    finish(canvas, dice)
}

/// A cutting mat over the whole desk: dark, with a printed grid, each fifth line thicker.
fn grid(dice: &mut Dice) -> Canvas {
    let base: Colour = dice.of(&[[28.0, 70.0, 58.0], [34.0, 44.0, 78.0], [44.0, 46.0, 48.0]]);
    let (pitch, angle) = (dice.range(24.0, 44.0), dice.range(-0.5, 0.5));
    let (strong, seed) = (dice.range(0.3, 0.8), dice.bits());
    let mut canvas = Canvas::new(base, dice.range(-0.004, 0.012));
    canvas.each(|x, y, pixel| {
        let (u, v) = (
            x * angle.cos() + y * angle.sin(),
            y * angle.cos() - x * angle.sin(),
        );
        for t in [u, v] {
            let line = (t / pitch).round();
            let thick = if line.rem_euclid(5.0) == 0.0 {
                1.6
            } else {
                0.8
            };
            let far = (t - line * pitch).abs();
            mix(
                pixel,
                [206.0, 208.0, 150.0],
                strong * ramp(thick + 0.6, thick - 0.6, far),
            );
        }
        dim(pixel, 1.0 + 0.05 * clouds(seed, x / 2.0, y / 2.0));
    });
    canvas
}

fn letter_on_grid(dice: &mut Dice) -> Scene {
    let mut canvas = grid(dice);
    let lay = lay(dice);
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

fn bare_grid(dice: &mut Dice) -> Scene {
    let mut canvas = grid(dice);
    if dice.chance(0.5) {
        props::clutter(&mut canvas, dice);
    }
    finish(canvas, dice)
}

/// A card in a film: bands of a lamp's light across it, up to white, over one or two of its edges.
fn laminated(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let pale = dice.chance(0.6);
    let mut paper = Paper::card(dice, pale);
    let (angle, at, broad) = (
        dice.range(0.0, PI),
        dice.range(-22.0, 22.0),
        dice.range(4.0, 11.0),
    );
    paper.each(|x, y, c| {
        let far = (x - 42.8) * angle.cos() + (y - 27.0) * angle.sin() - at;
        let light = 150.0 * (-(far / broad).powi(2)).exp();
        c.iter_mut().for_each(|v| *v = (*v + light).min(255.0));
    });
    let lay = Lay {
        scale: dice.range(2.8, 4.2),
        angle: dice.range(-0.6, 0.6),
        ..lay(dice)
    };
    paper.lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

/// The upper one covers a corner or a side of the lower one, of which not all four sides are whole.
fn overlapping(dice: &mut Dice) -> Scene {
    let desk = Desk::plain(dice);
    let mut canvas = canvas(dice, desk);
    let scale = dice.range(1.45, 1.7);
    let lower = Lay {
        x: MIDDLE.0 - dice.range(120.0, 190.0),
        y: MIDDLE.1 + dice.range(-60.0, 60.0),
        scale,
        angle: FRAC_PI_2 + dice.range(-0.2, 0.2),
        wanted: false,
        ..lay(dice)
    };
    Paper::form(dice, WHITE).lay(&mut canvas, dice, lower);
    let upper = Lay {
        x: lower.x + dice.range(200.0, 300.0),
        y: lower.y + dice.range(-110.0, 110.0),
        angle: FRAC_PI_2 + dice.range(-0.4, 0.4),
        shadow: (dice.range(0.2, 0.45), dice.range(2.0, 5.0)),
        wanted: true,
        ..lower
    };
    let colour = dice.of(&[WHITE, [226.0, 232.0, 236.0], [236.0, 226.0, 202.0]]);
    Paper::letter(dice, colour).lay(&mut canvas, dice, upper);
    finish(canvas, dice)
}

/// A small hand laid flat over an edge: a palm outside, fingers spread on the sheet.
fn childs_hand(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let lay = lay(dice);
    let q = Paper::form(dice, WHITE).lay(&mut canvas, dice, lay);
    let side = dice.below(4);
    let (a, b) = (q[side], q[(side + 1) % 4]);
    let at = dice.range(0.25, 0.75);
    let (x, y) = (a.x + (b.x - a.x) * at, a.y + (b.y - a.y) * at);
    let inward = (b.x - a.x).atan2(a.y - b.y);
    let skin = dice.of(&[[228.0, 184.0, 158.0], [196.0, 146.0, 116.0]]);
    let deep = dice.range(-20.0, 30.0);
    let ahead = |far: f32, turn: f32| {
        let way = inward + turn;
        (x + way.cos() * far, y + way.sin() * far, way)
    };
    let shaded = |v: f32, broad: f32| skin.map(|c: f32| c * (1.0 - (v / broad).powi(2) * 0.25));
    slab(
        &mut canvas,
        ahead(deep - 40.0, 0.0),
        (100.0, 92.0, 44.0),
        |_, v| shaded(v, 60.0),
    );
    for k in 0..5 {
        let turn = 0.34 * (k as f32 - 2.0);
        let long = if k == 0 || k == 4 { 60.0 } else { 84.0 };
        let place = ahead(deep + 20.0, turn);
        slab(&mut canvas, place, (long, 22.0, 11.0), |_, v| {
            shaded(v, 14.0)
        });
    }
    finish(canvas, dice)
}

/// The lower frame of a screen along the upper border; a keyboard may lie below.
fn screen(canvas: &mut Canvas, dice: &mut Dice) {
    let (x, y) = (
        MIDDLE.0 + dice.range(-150.0, 150.0),
        dice.range(-130.0, -60.0),
    );
    let angle = dice.range(-0.06, 0.06);
    things::screen(canvas, dice, (x, y, angle));
    let foot: Colour = dice.of(&[[30.0, 30.0, 32.0], [150.0, 152.0, 156.0]]);
    slab(canvas, (x, y + 250.0, angle), (260.0, 70.0, 6.0), |u, _| {
        foot.map(|c| c + 0.03 * u)
    });
}

fn before_screen(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    screen(&mut canvas, dice);
    let lay = Lay {
        y: MIDDLE.1 + 130.0,
        scale: dice.range(1.5, 1.75),
        ..lay(dice)
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

fn screen_only(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    screen(&mut canvas, dice);
    props::keyboard(&mut canvas, dice);
    if dice.chance(0.4) {
        props::clutter(&mut canvas, dice);
    }
    finish(canvas, dice)
}

/// A square of yellow paper stuck on a letter, perhaps over its edge; it may be found or not.
fn with_note(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let place = lay(dice);
    let q = Paper::letter(dice, WHITE).lay(&mut canvas, dice, place);
    let colour = dice.of(&[
        [244.0, 224.0, 110.0],
        [242.0, 170.0, 190.0],
        [160.0, 220.0, 150.0],
    ]);
    let mut note = Paper::blank(76.0, 76.0, colour);
    note.text(dice, [8.0, 12.0, 68.0, 40.0], 6.0, true);
    let at = dice.range(0.3, 0.7);
    let over = dice.range(0.05, 0.45);
    let edge = |k: usize| Point {
        x: q[k].x + (q[k + 1].x - q[k].x) * at,
        y: q[k].y + (q[k + 1].y - q[k].y) * at,
    };
    let (from, to) = (edge(0), edge(2));
    let lay = Lay {
        x: from.x + (to.x - from.x) * over,
        y: from.y + (to.y - from.y) * over,
        angle: place.angle + dice.range(-0.2, 0.2),
        wanted: false,
        ..place
    };
    note.lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

/// One side lies outside the picture: given with a warning, or not at all.
fn over_border(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let place = Lay {
        angle: FRAC_PI_2 + dice.range(-0.06, 0.06),
        scale: dice.range(1.9, 2.3),
        wanted: false,
        ..lay(dice)
    };
    let (half_long, half_short) = (148.5 * place.scale, 105.0 * place.scale);
    let over = dice.range(12.0, 90.0);
    let (x, y) = match dice.below(4) {
        0 => (half_long - over, MIDDLE.1),
        1 => (WIDTH as f32 - half_long + over, MIDDLE.1),
        2 => (MIDDLE.0, half_short - over),
        _ => (MIDDLE.0, HEIGHT as f32 - half_short + over),
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, Lay { x, y, ..place });
    finish(canvas, dice)
}
