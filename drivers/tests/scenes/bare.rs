//! Scenes in which there is nothing to find.

use super::canvas::{Colour, mix, ramp};
use super::desk::Desk;
use super::families::{MIDDLE, WHITE, canvas, finish, lay};
use super::lay::Lay;
use super::light;
use super::paper::Paper;
use super::props;
use super::{Dice, Scene};

pub fn bare(dice: &mut Dice, desk: fn(&mut Dice) -> Desk) -> Scene {
    let desk = desk(dice);
    let mut canvas = canvas(dice, desk);
    if dice.chance(0.4) {
        props::clutter(&mut canvas, dice);
    }
    if dice.chance(0.3) {
        light::half_shadow(&mut canvas, dice, 6.0);
    }
    finish(canvas, dice)
}

/// The desk ends within the picture, at one side or at two; beyond it the floor.
pub fn table_edges(dice: &mut Dice) -> Scene {
    let desk = dice.of(&[
        Desk::Veneer,
        Desk::Plain([214.0, 212.0, 206.0]),
        Desk::Plain([90.0, 92.0, 96.0]),
    ]);
    let mut canvas = canvas(dice, desk);
    let floor: Colour = std::array::from_fn(|_| dice.range(40.0, 150.0));
    let angle = dice.range(-0.15, 0.15) + if dice.chance(0.5) { 1.571 } else { 0.0 };
    let far = dice.range(150.0, 300.0);
    let corner = dice.chance(0.5);
    let other = dice.range(200.0, 380.0);
    canvas.each(|x, y, pixel| {
        let (dx, dy) = (x - MIDDLE.0, y - MIDDLE.1);
        let first = dx * angle.cos() + dy * angle.sin() - far;
        let second = dy * angle.cos() - dx * angle.sin() - other;
        let beyond = if corner { first.max(second) } else { first };
        mix(pixel, floor, ramp(-0.7, 0.7, beyond));
    });
    if dice.chance(0.4) {
        props::cable(&mut canvas, dice);
    }
    finish(canvas, dice)
}

pub fn keyboard_only(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Veneer
    };
    let mut canvas = canvas(dice, desk);
    props::keyboard(&mut canvas, dice);
    props::clutter(&mut canvas, dice);
    finish(canvas, dice)
}

/// A sheet on a desk of its own colour: its edges cannot be seen, its writing can.
pub fn white_on_white(dice: &mut Dice) -> Scene {
    let mut canvas = canvas(dice, Desk::Plain(WHITE));
    let lay = Lay {
        shadow: (0.0, 0.0),
        wanted: false,
        ..lay(dice)
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

/// A scan: the sheet is larger than the picture.
pub fn full_frame(dice: &mut Dice) -> Scene {
    let mut canvas = canvas(dice, Desk::Plain(WHITE));
    let lay = Lay {
        scale: dice.range(4.2, 5.2),
        angle: dice.range(-0.02, 0.02),
        wanted: false,
        shadow: (0.0, 0.0),
        ..lay(dice)
    };
    let paper = if dice.chance(0.5) {
        Paper::form(dice, WHITE)
    } else {
        Paper::letter(dice, WHITE)
    };
    paper.lay(&mut canvas, dice, lay);
    canvas.sheets.clear();
    finish(canvas, dice)
}

pub fn striped_empty(dice: &mut Dice) -> Scene {
    let mut canvas = canvas(dice, Desk::Striped);
    props::cable(&mut canvas, dice);
    props::cable(&mut canvas, dice);
    light::half_shadow(&mut canvas, dice, 5.0);
    finish(canvas, dice)
}
