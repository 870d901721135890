//! Scenes of a third kind: paper that is folded, framed, clipped, in a sleeve, in a pile or half under a
//! folder, a book that lies open, a camera that stands aside or sees its rim dark, and a laptop.

use std::f32::consts::{FRAC_PI_2, TAU};

use super::canvas::{Canvas, Colour, HEIGHT, WIDTH, dim, mix, ramp};
use super::desk::Desk;
use super::families::{Family, MIDDLE, WHITE, canvas, empty, family, finish, held_out, lay, open};
use super::fresh::ground::Ground;
use super::fresh::pose::{Pose, put};
use super::fresh::things;
use super::lay::{Lay, Projection, rounded};
use super::paper::Paper;
use super::props::{self, slab};
use super::{Dice, Scene};
use drivers::document::page::Point;

pub const FAMILIES: [Family; 11] = [
    held_out(family("form in a thick frame", framed_form)),
    held_out(family("folded corner", folded_corner)),
    family("letter on tartan, dark rim", on_tartan),
    held_out(family("open book", open_book)),
    held_out(family("camera from the side", from_the_side)),
    open(family("pile of letters", pile)),
    open(family("card in a sleeve", in_sleeve)),
    family("form in a clip", clipped),
    held_out(family("hand under a page", held_page)),
    open(empty("letter half under a folder", half_under)),
    empty("laptop", laptop),
];

fn desk(dice: &mut Dice) -> Desk {
    let plain = Desk::plain(dice);
    dice.of(&[plain, plain, Desk::Veneer, Desk::Leather, Desk::Boards])
}

fn pastel(dice: &mut Dice) -> Colour {
    dice.of(&[
        WHITE,
        [246.0, 214.0, 220.0],
        [214.0, 230.0, 246.0],
        [220.0, 240.0, 214.0],
        [246.0, 236.0, 180.0],
    ])
}

/// A frame of one thick rule runs round the whole form, near its edge.
fn framed_form(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let colour = pastel(dice);
    let mut paper = Paper::form(dice, colour);
    let (margin, thick) = (dice.range(3.0, 12.0), dice.range(0.8, 3.0));
    let ink: Colour = dice.of(&[[30.0, 30.0, 34.0], [150.0, 30.0, 34.0], [30.0, 60.0, 120.0]]);
    paper.each(|x, y, c| {
        let from_edge = x.min(210.0 - x).min(y.min(297.0 - y));
        if (margin..margin + thick).contains(&from_edge) {
            *c = ink;
        }
    });
    let lay = lay(dice);
    paper.lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

/// A corner is folded over: the desk is seen where it was, the paper's back beside it. Most often none is
/// given, which is no mistake.
fn folded_corner(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let before = canvas.pixels.clone();
    let place = Lay {
        wanted: false,
        ..lay(dice)
    };
    let corners = Paper::letter(dice, WHITE).lay(&mut canvas, dice, place);
    let to_face = Projection::new(&corners, 210.0, 297.0);
    let (right, lower) = (dice.chance(0.5), dice.chance(0.5));
    let (fold, lean) = (dice.range(12.0, 38.0), dice.range(0.7, 1.4));
    let mut before = before.into_iter();
    canvas.each(|x, y, pixel| {
        let bare = before.next().unwrap_or_default();
        let (u, v) = to_face.apply(x, y);
        let u = if right { 210.0 - u } else { u };
        let v = if lower { 297.0 - v } else { v } * lean;
        // Distance beyond the fold, on the sheet's side; the flap is the mirror of the corner.
        let beyond = (u + v - fold) * place.scale / 1.41;
        if u > -4.0 && v > -4.0 && beyond < 0.0 {
            *pixel = bare;
        } else if beyond < fold * place.scale && fold - v > 0.0 && fold - u > 0.0 {
            let shade = 0.9 + 0.06 * ramp(0.0, 12.0, beyond);
            *pixel = WHITE.map(|c| c * shade);
        } else if beyond > 0.0 && fold - v > -1.5 && fold - u > -1.5 && u + v < 2.0 * fold {
            dim(pixel, 0.8);
        }
    });
    finish(canvas, dice)
}

/// A cloth of crossing stripes of several breadths, and a lens that darkens towards its rim.
fn on_tartan(dice: &mut Dice) -> Scene {
    let base: Colour = dice.of(&[[120.0, 40.0, 44.0], [40.0, 64.0, 52.0], [70.0, 78.0, 110.0]]);
    let mut canvas = Canvas::new(base, dice.range(-0.004, 0.012));
    let angle = dice.range(-0.8, 0.8);
    let bands: Vec<(f32, f32, f32)> = (0..6)
        .map(|_| (dice.unit(), dice.range(0.01, 0.09), dice.range(-0.5, 0.9)))
        .collect();
    let size = dice.range(110.0, 240.0);
    canvas.each(|x, y, pixel| {
        let u = (x * angle.cos() + y * angle.sin()) / size;
        let v = (y * angle.cos() - x * angle.sin()) / size;
        for t in [u, v] {
            for &(at, broad, strong) in &bands {
                let far = (t.rem_euclid(1.0) - at).abs();
                dim(pixel, 1.0 + strong * ramp(broad, broad - 0.008, far));
            }
        }
        dim(pixel, 0.94 + 0.06 * ((x + y) * 0.9).sin());
    });
    let place = lay(dice);
    let colour = pastel(dice);
    Paper::letter(dice, colour).lay(&mut canvas, dice, place);
    darken_rim(&mut canvas, dice.range(0.35, 0.7));
    finish(canvas, dice)
}

fn darken_rim(canvas: &mut Canvas, deep: f32) {
    canvas.each(|x, y, pixel| {
        let far = (x - MIDDLE.0).hypot(y - MIDDLE.1) / MIDDLE.0.hypot(MIDDLE.1);
        dim(pixel, 1.0 - deep * far * far);
    });
}

/// Two pages that rise to the spine: the outline has a blunt corner where they meet.
fn open_book(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let (broad, high) = dice.of(&[(105.0, 143.0), (148.0, 210.0), (130.0, 184.0)]);
    let fit = (0.84 * WIDTH as f32 / (2.0 * broad)).min(0.8 * HEIGHT as f32 / high);
    let pose = Pose {
        lean: dice.range(0.0, 0.3),
        angle: dice.range(-0.2, 0.2),
        scale: fit * dice.range(0.7, 1.0),
        ..Pose::usual(dice, 1.0)
    };
    let rise = dice.range(-0.012, 0.012) * high;
    let see = |u: f32, v: f32| pose.see(u, v);
    let (top, bottom) = (see(0.0, -high / 2.0 - rise), see(0.0, high / 2.0 - rise));
    let outer = pose.corners(2.0 * broad, high);
    let colour = dice.of(&[[232.0, 222.0, 202.0], [240.0, 238.0, 232.0]]);
    let deep = dice.range(0.1, 0.4);
    for page in 0..2 {
        let mut paper = Paper::blank(broad, high, colour);
        match dice.chance(0.5) {
            true => paper.table(dice, [9.0, 12.0, broad - 9.0, high - 12.0], 10, 3),
            false => paper.text(dice, [10.0, 12.0, broad - 10.0, high - 14.0], 3.4, false),
        }
        paper.each(|x, _, c| {
            let far = if page == 0 { broad - x } else { x };
            dim(c, 1.0 - deep * (-far / 7.0).exp());
        });
        let corners = match page {
            0 => [outer[0], top, bottom, outer[3]],
            _ => [top, outer[1], outer[2], bottom],
        };
        let own = Lay {
            scale: pose.scale,
            wanted: false,
            ..lay(dice)
        };
        paper.lay_at(&mut canvas, corners, own);
    }
    canvas.sheets.clear();
    canvas.remember(outer, true);
    finish(canvas, dice)
}

/// The camera stands at a side of the desk: what is far is much smaller.
fn from_the_side(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let pose = Pose {
        lean: dice.range(0.35, 0.65),
        lean_way: dice.range(0.0, TAU),
        ..Pose::usual(dice, 2.1)
    };
    let colour = pastel(dice);
    let paper = match dice.chance(0.5) {
        true => Paper::form(dice, colour),
        false => Paper::letter(dice, colour),
    };
    put(&mut canvas, dice, &paper, pose);
    finish(canvas, dice)
}

/// Others look out from under the letter on top, by millimetres.
fn pile(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let place = Lay {
        slant: 0.0,
        ..lay(dice)
    };
    for _ in 0..1 + dice.below(4) {
        let below = Lay {
            x: place.x + dice.range(-14.0, 14.0),
            y: place.y + dice.range(-14.0, 14.0),
            angle: place.angle + dice.range(-0.06, 0.06),
            ..place
        };
        let colour = pastel(dice);
        Paper::letter(dice, colour).lay(&mut canvas, dice, below);
    }
    canvas.sheets.clear();
    let shadow = (dice.range(0.1, 0.4), dice.range(1.0, 2.5));
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, Lay { shadow, ..place });
    finish(canvas, dice)
}

/// A clear sleeve, larger than the card in it: it brightens what is below, and its rim shines.
fn in_sleeve(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let place = Lay {
        scale: dice.range(2.6, 3.8),
        angle: dice.range(-0.5, 0.5),
        ..lay(dice)
    };
    let (broad, high) = (dice.range(92.0, 110.0), dice.range(60.0, 76.0));
    let (clear, rim) = (dice.range(0.04, 0.16), dice.range(0.15, 0.5));
    let (cos, sin) = (place.angle.cos(), place.angle.sin());
    let sleeve = |x: f32, y: f32| {
        let (dx, dy) = ((x - place.x) / place.scale, (y - place.y) / place.scale);
        let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
        rounded(u, v, broad / 2.0, high / 2.0, 2.0) * place.scale
    };
    canvas.each(|x, y, pixel| {
        let away = sleeve(x, y);
        mix(pixel, [232.0; 3], clear * ramp(0.7, -0.7, away));
        mix(pixel, [250.0; 3], rim * ramp(2.2, 0.8, (away + 2.0).abs()));
    });
    let corner = |u: f32, v: f32| Point {
        x: place.x + (u * broad * cos - v * high * sin) / 2.0 * place.scale,
        y: place.y + (u * broad * sin + v * high * cos) / 2.0 * place.scale,
    };
    let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(u, v)| corner(u, v));
    canvas.remember(corners, false);
    let pale = dice.chance(0.6);
    let shadow = (0.1, 1.0);
    Paper::card(dice, pale).lay(
        &mut canvas,
        dice,
        Lay {
            shadow,
            slant: 0.0,
            ..place
        },
    );
    finish(canvas, dice)
}

/// A black or a steel clip holds a side, half of it beyond.
fn clipped(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let colour = pastel(dice);
    let place = lay(dice);
    let q = Paper::form(dice, colour).lay(&mut canvas, dice, place);
    let side = dice.below(4);
    let (a, b) = (q[side], q[(side + 1) % 4]);
    let at = dice.range(0.15, 0.85);
    let angle = (b.y - a.y).atan2(b.x - a.x);
    let middle = (a.x + (b.x - a.x) * at, a.y + (b.y - a.y) * at, angle);
    let body: Colour = dice.of(&[
        [26.0, 26.0, 28.0],
        [170.0, 172.0, 178.0],
        [150.0, 40.0, 44.0],
    ]);
    let size = (dice.range(60.0, 130.0), dice.range(26.0, 50.0), 5.0);
    slab(&mut canvas, middle, size, |_, v| body.map(|c| c + 0.5 * v));
    finish(canvas, dice)
}

/// A hand holds the page from below: a thumb on it, fingers beside.
fn held_page(dice: &mut Dice) -> Scene {
    let mut canvas = Canvas::new([0.0; 3], dice.range(-0.004, 0.01));
    dice.of(&Ground::ALL).draw(&mut canvas, dice);
    let paper = Paper::letter(dice, WHITE);
    let pose = Pose::usual(dice, 2.2);
    let q = put(&mut canvas, dice, &paper, pose);
    let side = dice.below(4);
    let (a, b) = (q[side], q[(side + 1) % 4]);
    let at = dice.range(0.2, 0.8);
    let (x, y) = (a.x + (b.x - a.x) * at, a.y + (b.y - a.y) * at);
    let inward = (b.x - a.x).atan2(a.y - b.y);
    let skin: Colour = dice.of(&[[206.0, 158.0, 128.0], [150.0, 104.0, 82.0]]);
    let back = dice.range(20.0, 60.0);
    let place = (
        x - inward.cos() * back,
        y - inward.sin() * back,
        inward + dice.range(-0.4, 0.4),
    );
    slab(&mut canvas, place, (210.0, 44.0, 21.0), |_, v| {
        skin.map(|c| c * (1.0 - (v / 24.0).powi(2) * 0.3))
    });
    finish(canvas, dice)
}

/// What is seen of the letter has four corners, two of which are the folder's edge.
fn half_under(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let angle = dice.range(-0.1, 0.1);
    let place = Lay {
        x: MIDDLE.0 + dice.range(80.0, 160.0),
        angle: FRAC_PI_2 + angle,
        scale: dice.range(1.7, 2.1),
        slant: 0.0,
        wanted: false,
        ..lay(dice)
    };
    let colour = pastel(dice);
    Paper::letter(dice, colour).lay(&mut canvas, dice, place);
    let folder: Colour = dice.of(&[
        [44.0, 70.0, 120.0],
        [196.0, 160.0, 110.0],
        [120.0, 30.0, 36.0],
    ]);
    let mut cover = Paper::blank(225.0, 310.0, folder);
    let label = dice.range(40.0, 160.0);
    cover.fill([60.0, label, 160.0, label + 34.0], [236.0, 234.0, 226.0]);
    let over = Lay {
        x: place.x - dice.range(190.0, 300.0),
        y: place.y + dice.range(-30.0, 30.0),
        angle: place.angle
            + if dice.chance(0.5) {
                0.0
            } else {
                dice.range(-0.1, 0.1)
            },
        shadow: (dice.range(0.2, 0.5), dice.range(2.0, 5.0)),
        ..place
    };
    let corners = cover.lay(&mut canvas, dice, over);
    canvas.remember(
        cover.part(&corners, [60.0, label, 160.0, label + 34.0]),
        false,
    );
    finish(canvas, dice)
}

/// A laptop that is open: keys, and below them a field to stroke, an even rectangle.
fn laptop(dice: &mut Dice) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let (x, y, angle) = things::anywhere(dice);
    let body: Colour = dice.of(&[
        [176.0, 178.0, 182.0],
        [60.0, 62.0, 66.0],
        [204.0, 200.0, 192.0],
    ]);
    let key: Colour = dice.of(&[[34.0, 34.0, 36.0], [90.0, 92.0, 96.0]]);
    let size = (dice.range(600.0, 720.0), dice.range(420.0, 480.0));
    let (pitch, lift) = (size.0 / 15.5, dice.range(-14.0, 22.0));
    let field = (dice.range(90.0, 130.0), dice.range(55.0, 75.0));
    slab(
        &mut canvas,
        (x, y, angle * 0.6),
        (size.0, size.1, 14.0),
        |u, v| {
            let mut colour = body;
            let top = v + size.1 / 2.0 - 20.0;
            if (0.0..pitch * 5.0).contains(&top) && u.abs() < pitch * 7.0 {
                let cell = |t: f32| t.rem_euclid(pitch) - pitch / 2.0;
                let inside = rounded(cell(u), cell(top), pitch * 0.42, pitch * 0.42, 4.0);
                mix(&mut colour, key, ramp(0.8, -0.8, inside));
            }
            let away = rounded(u, v - size.1 * 0.28, field.0, field.1, 5.0);
            mix(&mut colour, body.map(|c| c + lift), ramp(0.7, -0.7, away));
            mix(
                &mut colour,
                body.map(|c| c * 0.7),
                ramp(1.4, 0.2, away.abs()) * 0.6,
            );
            colour
        },
    );
    if dice.chance(0.4) {
        props::clutter(&mut canvas, dice);
    }
    finish(canvas, dice)
}
