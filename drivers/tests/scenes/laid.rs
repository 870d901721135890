//! Scenes with sheets, beyond a letter alone on a desk.

use std::f32::consts::PI;

use super::canvas::{Camera, Canvas, WIDTH};
use super::desk::Desk;
use super::families::{MIDDLE, WHITE, canvas, finish, lay};
use super::lay::Lay;
use super::light;
use super::paper::Paper;
use super::props;
use super::{Dice, Scene};

pub fn coloured(dice: &mut Dice) -> Scene {
    let desk = dice.of(&[
        Desk::Plain([176.0, 174.0, 170.0]),
        Desk::Veneer,
        Desk::Plain([96.0, 98.0, 102.0]),
    ]);
    let mut canvas = canvas(dice, desk);
    let colour = dice.of(&[
        [244.0, 196.0, 206.0],
        [246.0, 232.0, 150.0],
        [178.0, 210.0, 240.0],
        [186.0, 226.0, 184.0],
        [196.0, 166.0, 124.0],
    ]);
    let lay = lay(dice);
    Paper::letter(dice, colour).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn receipt(dice: &mut Dice) -> Scene {
    let desk = dice.of(&[
        Desk::Boards,
        Desk::Veneer,
        Desk::Plain([70.0, 72.0, 76.0]),
        Desk::Dotted,
    ]);
    let mut canvas = canvas(dice, desk);
    let paper = Paper::receipt(dice);
    let scale = (900.0 / paper.height as f32 * 3.0).min(3.2);
    let lay = Lay {
        scale,
        angle: 1.571 + dice.range(-0.3, 0.3),
        ..lay(dice)
    };
    paper.lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn cards(dice: &mut Dice, count: usize, pale: bool) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        dice.of(&[Desk::Boards, Desk::Leather])
    };
    let mut canvas = canvas(dice, desk);
    for k in 0..count {
        let share = (k as f32 + 0.5) / count as f32;
        let lay = Lay {
            x: WIDTH as f32 * share + dice.range(-60.0, 60.0),
            y: MIDDLE.1 + dice.range(-140.0, 140.0),
            scale: dice.range(2.4, 3.8),
            angle: dice.range(-0.6, 0.6),
            ..lay(dice)
        };
        Paper::card(dice, pale).lay(&mut canvas, dice, lay);
    }
    finish(canvas, dice)
}

pub fn card_on(dice: &mut Dice, lower: Paper, wanted: bool) -> Scene {
    let desk = Desk::plain(dice);
    let mut canvas = canvas(dice, desk);
    let under = Lay {
        wanted,
        ..lay(dice)
    };
    lower.lay(&mut canvas, dice, under);
    let upper = Lay {
        x: under.x + dice.range(-110.0, 110.0),
        y: under.y + dice.range(-60.0, 60.0),
        angle: dice.range(-0.5, 0.5),
        shadow: (dice.range(0.2, 0.45), dice.range(1.5, 4.0)),
        wanted: true,
        ..under
    };
    let pale = dice.chance(0.5);
    Paper::card(dice, pale).lay(&mut canvas, dice, upper);
    finish(canvas, dice)
}

pub fn card_on_letter(dice: &mut Dice) -> Scene {
    let lower = Paper::letter(dice, WHITE);
    card_on(dice, lower, true)
}

pub fn card_on_blank(dice: &mut Dice) -> Scene {
    card_on(dice, Paper::blank(210.0, 297.0, WHITE), false)
}

pub fn booklet(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.6) {
        Desk::plain(dice)
    } else {
        Desk::Veneer
    };
    let mut canvas = canvas(dice, desk);
    let paper = Paper::booklet(dice);
    let turned = if paper.height > paper.width {
        1.571
    } else {
        0.0
    };
    let lay = Lay {
        scale: dice.range(2.6, 3.6),
        angle: turned + dice.range(-0.2, 0.2),
        ..lay(dice)
    };
    paper.lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

/// Moved away from a keyboard, which lies at a border.
pub fn beside_keyboard(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Boards
    };
    let mut canvas = canvas(dice, desk);
    props::keyboard(&mut canvas, dice);
    let lay = Lay {
        scale: dice.range(1.7, 2.0),
        ..lay(dice)
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn cluttered(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Veneer
    };
    let mut canvas = canvas(dice, desk);
    props::clutter(&mut canvas, dice);
    let lay = Lay {
        scale: dice.range(1.8, 2.3),
        ..lay(dice)
    };
    Paper::form(dice, WHITE).lay(&mut canvas, dice, lay);
    if dice.chance(0.4) {
        props::pen(&mut canvas, dice);
    }
    finish(canvas, dice)
}

pub fn beside_book(dice: &mut Dice) -> Scene {
    let desk = Desk::plain(dice);
    let mut canvas = canvas(dice, desk);
    let y = dice.range(200.0, 560.0);
    props::book(&mut canvas, dice, (860.0, y));
    let lay = Lay {
        x: 360.0,
        scale: dice.range(1.6, 2.0),
        ..lay(dice)
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn fingers(dice: &mut Dice) -> Scene {
    let desk = dice.of(&[
        Desk::Boards,
        Desk::Plain([60.0, 58.0, 56.0]),
        Desk::Plain([120.0, 124.0, 128.0]),
    ]);
    let mut canvas = canvas(dice, desk);
    let lay = lay(dice);
    let q = Paper::form(dice, WHITE).lay(&mut canvas, dice, lay);
    let side = dice.below(4);
    props::fingers(&mut canvas, dice, (q[side], q[(side + 1) % 4]));
    if dice.chance(0.5) {
        let other = (side + 2) % 4;
        props::fingers(&mut canvas, dice, (q[other], q[(other + 1) % 4]));
    }
    finish(canvas, dice)
}

pub fn shadowed(dice: &mut Dice, soft: f32) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Boards
    };
    let mut canvas = canvas(dice, desk);
    let lay = lay(dice);
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    light::half_shadow(&mut canvas, dice, soft);
    finish(canvas, dice)
}

pub fn dim_gray(dice: &mut Dice) -> Scene {
    let desk = Desk::plain(dice);
    let mut canvas = canvas(dice, desk);
    let lay = lay(dice);
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    light::dusk(&mut canvas, dice.range(0.3, 0.5));
    let camera = Camera {
        gray: true,
        noise: dice.range(3.0, 5.0),
        ..Camera::usual(dice)
    };
    canvas.taken(&camera, dice)
}

pub fn moved(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Boards
    };
    let mut canvas = canvas(dice, desk);
    let lay = lay(dice);
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    let moved = (dice.range(4.0, 9.0), dice.range(0.0, PI));
    let camera = Camera {
        moved,
        blur: dice.range(0.6, 1.8),
        ..Camera::usual(dice)
    };
    canvas.taken(&camera, dice)
}

pub fn steep(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Veneer
    };
    let mut canvas = Canvas::new([0.0; 3], dice.range(0.015, 0.03));
    desk.draw(&mut canvas, dice);
    let angle = dice.range(0.2, 0.7) * dice.sign();
    let lay = Lay {
        scale: dice.range(1.7, 2.0),
        slant: 0.1,
        angle: 1.571 + angle,
        ..lay(dice)
    };
    Paper::form(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn cut(dice: &mut Dice) -> Scene {
    let desk = if dice.chance(0.5) {
        Desk::plain(dice)
    } else {
        Desk::Boards
    };
    let mut canvas = canvas(dice, desk);
    let x = MIDDLE.0 + dice.sign() * dice.range(190.0, 300.0);
    let lay = Lay {
        x,
        angle: 1.571 + dice.range(-0.08, 0.08),
        scale: dice.range(2.3, 2.8),
        ..lay(dice)
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn leather(dice: &mut Dice) -> Scene {
    let mut canvas = canvas(dice, Desk::Leather);
    props::clutter(&mut canvas, dice);
    let lay = Lay {
        scale: dice.range(1.8, 2.4),
        ..lay(dice)
    };
    Paper::letter(dice, WHITE).lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn photo_and_receipt(dice: &mut Dice) -> Scene {
    let mut canvas = canvas(dice, Desk::Terrazzo);
    let scale = dice.range(2.3, 2.8);
    let place = Lay {
        x: 300.0,
        y: 330.0,
        scale,
        angle: dice.range(-0.4, 0.4),
        ..lay(dice)
    };
    Paper::photo(dice).lay(&mut canvas, dice, place);
    let paper = Paper::receipt(dice);
    let scale = (660.0 / paper.height as f32 * 3.0).min(2.6);
    let lay = Lay {
        x: 800.0,
        y: 390.0,
        scale,
        angle: dice.range(-0.2, 0.2),
        ..lay(dice)
    };
    paper.lay(&mut canvas, dice, lay);
    finish(canvas, dice)
}

pub fn glossy(dice: &mut Dice) -> Scene {
    let mut canvas = canvas(dice, Desk::Striped);
    let lay = lay(dice);
    Paper::form(dice, WHITE).lay(&mut canvas, dice, lay);
    let place = (
        lay.x + dice.range(-200.0, 200.0),
        lay.y + dice.range(-150.0, 150.0),
    );
    light::gloss(&mut canvas, dice, place);
    finish(canvas, dice)
}
