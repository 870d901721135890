//! Scenes made by another kind of process than the rest: a camera that stands in space, other surfaces,
//! other light, cheap cameras, more kinds of paper, and rectangular things that are none. They were made
//! without a look at the detector's answers; where general causes of mistakes were found and mended
//! afterwards a family is no longer held out.

pub mod ground;
pub mod pose;
mod stationery;
pub mod things;

use super::canvas::{Camera, Canvas, HEIGHT, WIDTH};
use super::families::{Family, empty, family, held_out, open};
use super::lay::Lay;
use super::paper::Paper;
use super::{Dice, Scene, light, props};
use drivers::document::page::Point;
use ground::Ground;
use pose::{Pose, millimetres, put};

const PALE: [f32; 3] = [244.0, 243.0, 239.0];

pub const FAMILIES: [Family; 24] = [
    family("certificate with a frame", certificate),
    open(family("two sheets side by side", side_by_side)),
    family("card on a mat", card_on_mat),
    family("envelope", |d| any_ground(d, Paper::envelope, 2.6)),
    family("hand over a corner", hand_over_corner),
    open(family("letter under a window's light", under_window)),
    family("four cards", four_cards),
    family("letter on a clipboard", on_clipboard),
    family("cheap camera", cheap_camera),
    family("note by hand", |d| any_ground(d, Paper::note, 2.7)),
    family("booklet on cloth", booklet),
    open(family("form in colour, steep", steep_form)),
    empty("screen", |d| {
        only(d, |c, d| {
            let place = things::anywhere(d);
            things::screen(c, d, place);
        })
    }),
    empty("drawers", |d| only(d, things::drawers)),
    empty("calculator and mat", |d| {
        only(d, |c, d| {
            let place = things::anywhere(d);
            if d.chance(0.5) {
                things::mat(c, d, place);
            }
            things::calculator(c, d, place);
        })
    }),
    empty("open box", |d| {
        only(d, |c, d| {
            let place = things::anywhere(d);
            things::carton(c, d, place);
        })
    }),
    empty("a window's light", |d| only(d, things::window_light)),
    empty("other surfaces", |d| only(d, |_, _| {})),
    held_out(family("tickets on stone", |d| {
        several(d, Paper::ticket, 2, 2.6)
    })),
    held_out(family("three notes", |d| several(d, Paper::note, 3, 1.7))),
    held_out(family("booklet, cheap camera", cheap_booklet)),
    held_out(empty("blinds", |d| only(d, things::blinds))),
    held_out(empty("drawers in the sun", |d| {
        only(d, |c, d| {
            things::drawers(c, d);
            things::blinds(c, d);
        })
    })),
    held_out(empty("pens and cables", |d| {
        only(d, |c, d| {
            props::cable(c, d);
            props::pen(c, d);
            props::clutter(c, d);
        })
    })),
];

fn ground(dice: &mut Dice) -> Canvas {
    let lens = dice.range(-0.006, 0.012);
    let mut canvas = Canvas::new([0.0; 3], lens);
    dice.of(&Ground::ALL).draw(&mut canvas, dice);
    canvas
}

/// A middle-class camera, now and then a poor one.
fn taken(mut canvas: Canvas, dice: &mut Dice) -> Scene {
    light::lamp(&mut canvas, dice);
    let camera = Camera {
        blur: dice.range(0.5, 1.3),
        noise: dice.range(0.8, 3.6),
        quality: 48 + dice.below(45) as u8,
        sharpened: if dice.chance(0.3) { 0.5 } else { 0.0 },
        blots: if dice.chance(0.3) {
            dice.range(1.0, 4.0)
        } else {
            0.0
        },
        ..Camera::usual(dice)
    };
    canvas.taken(&camera, dice)
}

fn only(dice: &mut Dice, draw: impl Fn(&mut Canvas, &mut Dice)) -> Scene {
    let mut canvas = ground(dice);
    draw(&mut canvas, dice);
    taken(canvas, dice)
}

fn any_ground(dice: &mut Dice, paper: fn(&mut Dice) -> Paper, scale: f32) -> Scene {
    let mut canvas = ground(dice);
    let paper = paper(dice);
    let pose = Pose::usual(dice, scale);
    let corners = put(&mut canvas, dice, &paper, pose);
    // An envelope's window and stamp may be given too.
    if millimetres(&paper) == (220.0, 110.0) {
        canvas.remember(paper.part(&corners, [112.0, 48.0, 202.0, 93.0]), false);
        canvas.remember(paper.part(&corners, [186.0, 10.0, 210.0, 40.0]), false);
    }
    taken(canvas, dice)
}

fn certificate(dice: &mut Dice) -> Scene {
    any_ground(dice, Paper::certificate, 2.5)
}

/// Two pages that touch, nearly touch, or are a finger apart.
fn side_by_side(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let pose = Pose {
        lean: dice.range(0.0, 0.15),
        angle: dice.range(-0.12, 0.12),
        ..Pose::usual(dice, 2.9)
    };
    let gap = dice.of(&[0.7, 2.5, 8.0, 16.0]);
    for way in [-1.0, 1.0] {
        let mut paper = Paper::blank(130.0, 184.0, dice.of(&[PALE, [236.0, 226.0, 204.0]]));
        let bottom = dice.range(60.0, 165.0);
        paper.text(dice, [16.0, 20.0, 114.0, bottom], 4.2, false);
        let middle = pose.see(way * (65.0 + gap / 2.0), 0.0);
        let own = Pose {
            x: middle.x,
            y: middle.y,
            angle: pose.angle + dice.range(-0.015, 0.015),
            ..pose
        };
        let corners = own.corners(130.0, 184.0);
        let lay = Lay {
            x: middle.x,
            y: middle.y,
            scale: pose.scale,
            angle: own.angle,
            slant: 0.0,
            shadow: (0.3, 2.0),
            wanted: true,
        };
        paper.lay_at(&mut canvas, corners, lay);
    }
    taken(canvas, dice)
}

fn card(dice: &mut Dice) -> Paper {
    match dice.below(3) {
        0 => Paper::ticket(dice),
        kind => Paper::card(dice, kind == 1),
    }
}

fn card_on_mat(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let (x, y, angle) = things::anywhere(dice);
    let (width, height) = things::mat(&mut canvas, dice, (x, y, angle));
    let (cos, sin) = (angle.cos(), angle.sin());
    let place = |u: f32, v: f32| Point {
        x: x + u * width / 2.0 * cos - v * height / 2.0 * sin,
        y: y + u * width / 2.0 * sin + v * height / 2.0 * cos,
    };
    canvas.remember(
        [
            place(-1.0, -1.0),
            place(1.0, -1.0),
            place(1.0, 1.0),
            place(-1.0, 1.0),
        ],
        false,
    );
    let pose = Pose {
        x: x + dice.range(-70.0, 70.0),
        y: y + dice.range(-60.0, 60.0),
        ..Pose::usual(dice, 2.7)
    };
    let paper = card(dice);
    put(&mut canvas, dice, &paper, pose);
    taken(canvas, dice)
}

fn hand_over_corner(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let paper = Paper::letter(dice, PALE);
    let pose = Pose::usual(dice, 2.3);
    let corners = put(&mut canvas, dice, &paper, pose);
    let k = dice.below(4);
    let (at, middle) = (corners[k], corners[(k + 2) % 4]);
    let toward = (middle.y - at.y).atan2(middle.x - at.x);
    things::hand(&mut canvas, dice, (at.x, at.y), toward);
    taken(canvas, dice)
}

fn under_window(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let paper = if dice.chance(0.5) {
        Paper::letter(dice, PALE)
    } else {
        Paper::tinted_form(dice)
    };
    let pose = Pose::usual(dice, 2.4);
    put(&mut canvas, dice, &paper, pose);
    things::window_light(&mut canvas, dice);
    taken(canvas, dice)
}

fn four_cards(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    for k in 0..4 {
        let pose = Pose {
            x: WIDTH as f32 * (0.27 + 0.46 * (k % 2) as f32) + dice.range(-30.0, 30.0),
            y: HEIGHT as f32 * (0.27 + 0.46 * (k / 2) as f32) + dice.range(-20.0, 20.0),
            angle: dice.range(-0.3, 0.3),
            lean: 0.05,
            ..Pose::usual(dice, 2.7)
        };
        let pale = dice.chance(0.6);
        let paper = Paper::card(dice, pale);
        put(&mut canvas, dice, &paper, pose);
    }
    taken(canvas, dice)
}

fn on_clipboard(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let pose = Pose {
        lean: 0.0,
        angle: dice.range(-0.15, 0.15),
        scale: dice.range(2.1, 2.4),
        ..Pose::usual(dice, 2.2)
    };
    let size = (325.0 * pose.scale, 232.0 * pose.scale);
    things::clipboard(&mut canvas, dice, (pose.x, pose.y, pose.angle), size);
    canvas.remember(pose.corners(325.0, 232.0), false);
    let paper = Paper::letter(dice, PALE);
    let slip = Pose {
        angle: pose.angle + dice.range(-0.03, 0.03),
        ..pose
    };
    put(&mut canvas, dice, &paper, slip);
    let at = pose.see(-149.0, 0.0);
    things::clip(
        &mut canvas,
        (at.x, at.y, pose.angle + std::f32::consts::FRAC_PI_2),
    );
    taken(canvas, dice)
}

fn cheap_camera(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let paper = Paper::letter(dice, PALE);
    let pose = Pose::usual(dice, 2.3);
    put(&mut canvas, dice, &paper, pose);
    light::lamp(&mut canvas, dice);
    let camera = Camera {
        blur: dice.range(1.2, 2.4),
        noise: dice.range(3.0, 7.0),
        quality: 28 + dice.below(25) as u8,
        sharpened: 1.0,
        blots: dice.range(4.0, 9.0),
        ..Camera::usual(dice)
    };
    canvas.taken(&camera, dice)
}

fn booklet(dice: &mut Dice) -> Scene {
    let mut canvas = Canvas::new([0.0; 3], 0.004);
    dice.of(&[Ground::Weave, Ground::Figures])
        .draw(&mut canvas, dice);
    let pose = Pose::usual(dice, 3.2);
    let paper = Paper::booklet(dice);
    put(&mut canvas, dice, &paper, pose);
    taken(canvas, dice)
}

fn steep_form(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let pose = Pose {
        lean: dice.range(0.3, 0.55),
        scale: 2.2,
        ..Pose::usual(dice, 2.2)
    };
    let paper = Paper::tinted_form(dice);
    put(&mut canvas, dice, &paper, pose);
    taken(canvas, dice)
}

/// Several of a kind, side by side.
fn several(dice: &mut Dice, paper: fn(&mut Dice) -> Paper, count: usize, scale: f32) -> Scene {
    let mut canvas = ground(dice);
    for k in 0..count {
        let x = WIDTH as f32 * (k as f32 + 0.5) / count as f32;
        let paper = paper(dice);
        let (width, height) = millimetres(&paper);
        let room = 0.8 * WIDTH as f32 / count as f32 / width.max(height);
        let pose = Pose {
            x,
            y: HEIGHT as f32 / 2.0 + dice.range(-80.0, 80.0),
            lean: 0.1,
            ..Pose::usual(dice, room.min(scale))
        };
        put(&mut canvas, dice, &paper, pose);
    }
    taken(canvas, dice)
}

fn cheap_booklet(dice: &mut Dice) -> Scene {
    let mut canvas = ground(dice);
    let pose = Pose::usual(dice, 3.0);
    let paper = Paper::booklet(dice);
    put(&mut canvas, dice, &paper, pose);
    let camera = Camera {
        blur: dice.range(1.0, 2.0),
        noise: dice.range(2.0, 5.0),
        quality: 30 + dice.below(30) as u8,
        sharpened: 0.8,
        ..Camera::usual(dice)
    };
    canvas.taken(&camera, dice)
}
