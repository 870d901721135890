//! Scenes that the detector is tuned on. Those that are held out are in `fresh`.

use std::f32::consts::PI;

use super::canvas::{Camera, Canvas, Colour, HEIGHT, WIDTH};
use super::desk::Desk;
use super::lay::Lay;
use super::light;
use super::paper::Paper;
use super::{Dice, Scene};
use super::{bare, laid};

pub struct Family {
    pub name: &'static str,
    /// The detector was never looked at on it while it was tuned.
    pub held_out: bool,
    /// Wrong quads are known here and not solved: they are counted and told, apart from the rest.
    pub open: bool,
    /// There is nothing to find: any quad is wrong.
    pub empty: bool,
    pub make: fn(&mut Dice) -> Scene,
}

pub const fn family(name: &'static str, make: fn(&mut Dice) -> Scene) -> Family {
    Family {
        name,
        held_out: false,
        open: false,
        empty: false,
        make,
    }
}

pub const fn empty(name: &'static str, make: fn(&mut Dice) -> Scene) -> Family {
    Family {
        name,
        held_out: false,
        open: false,
        empty: true,
        make,
    }
}

pub const fn held_out(family: Family) -> Family {
    Family {
        held_out: true,
        ..family
    }
}

pub const fn open(family: Family) -> Family {
    Family {
        open: true,
        ..family
    }
}

pub const FAMILIES: [Family; 34] = [
    family("letter on a plain desk", |d| {
        one(d, Desk::plain, Paper::letter)
    }),
    family("form on boards", |d| one(d, |_| Desk::Boards, Paper::form)),
    family("letter on checked cloth", |d| {
        one(d, |_| Desk::Checked, Paper::letter)
    }),
    family("letter on dotted cloth", |d| {
        one(d, |_| Desk::Dotted, Paper::letter)
    }),
    family("coloured paper", laid::coloured),
    family("receipt", laid::receipt),
    family("bank card", |d| laid::cards(d, 1, false)),
    family("identity card", |d| laid::cards(d, 1, true)),
    family("two cards", |d| laid::cards(d, 2, true)),
    family("card on a letter", laid::card_on_letter),
    family("card on a blank sheet", laid::card_on_blank),
    family("open booklet", laid::booklet),
    family("letter beside a keyboard", laid::beside_keyboard),
    family("letter among clutter", laid::cluttered),
    family("letter beside a book", laid::beside_book),
    family("fingers over an edge", laid::fingers),
    family("half-frame shadow, soft", |d| laid::shadowed(d, 30.0)),
    family("half-frame shadow, hard", |d| laid::shadowed(d, 3.0)),
    family("grey picture, dim", laid::dim_gray),
    family("moved", laid::moved),
    family("steep and bowed", laid::steep),
    family("cut at the side", laid::cut),
    empty("plain desk", |d| bare::bare(d, Desk::plain)),
    empty("boards", |d| bare::bare(d, |_| Desk::Boards)),
    empty("checked cloth", |d| bare::bare(d, |_| Desk::Checked)),
    empty("edges of a table", bare::table_edges),
    empty("keyboard and clutter", bare::keyboard_only),
    empty("white on white", bare::white_on_white),
    empty("form fills the picture", bare::full_frame),
    family("letter on leather, clutter", laid::leather),
    family("photo and receipt on terrazzo", laid::photo_and_receipt),
    family("gloss on a form, striped cloth", laid::glossy),
    empty("tiles", |d| bare::bare(d, |_| Desk::Tiles)),
    empty("striped cloth, cables, shadow", bare::striped_empty),
];

pub const WHITE: Colour = [243.0, 243.0, 240.0];
pub const MIDDLE: (f32, f32) = (WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);

pub fn canvas(dice: &mut Dice, desk: Desk) -> Canvas {
    let lens = dice.range(-0.004, 0.012);
    let mut canvas = Canvas::new([0.0; 3], lens);
    desk.draw(&mut canvas, dice);
    canvas
}

/// A sheet of A4 size or so, lengthwise in the picture, whole.
pub fn lay(dice: &mut Dice) -> Lay {
    let turned = if dice.chance(0.8) { 1.571 } else { 0.0 };
    let upright = turned == 0.0;
    Lay {
        x: MIDDLE.0 + dice.range(-30.0, 30.0),
        y: MIDDLE.1 + dice.range(-20.0, 20.0),
        scale: if upright {
            dice.range(1.7, 2.2)
        } else {
            dice.range(2.2, 2.9)
        },
        angle: turned + dice.range(-0.13, 0.13) + if dice.chance(0.3) { PI } else { 0.0 },
        slant: dice.range(0.0, 0.03),
        shadow: (dice.range(0.1, 0.45), dice.range(1.0, 4.0)),
        wanted: true,
    }
}

pub fn finish(mut canvas: Canvas, dice: &mut Dice) -> Scene {
    light::lamp(&mut canvas, dice);
    let camera = Camera::usual(dice);
    canvas.taken(&camera, dice)
}

pub fn one(
    dice: &mut Dice,
    desk: fn(&mut Dice) -> Desk,
    paper: fn(&mut Dice, Colour) -> Paper,
) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    let lay = lay(dice);
    paper(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}
