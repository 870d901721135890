//! Stories as data: a letter a frame, fifteen a second, and the pages that must be taken.

use super::*;
use crate::document::page::Plane;

const FRAME_MS: u64 = 66;

/// A desk with what the letter says on it; `n` makes noise.
///
/// `.` nothing; `1`–`9` a page; `!` a page's sheet not found this time; `m` a page on its way;
/// `h` a hand on it; `H` a hand that stays; `w` a wobble of the detector; `l` the lamp goes dimmer.
fn frame(letter: char, page: usize, n: usize) -> (Plane, Option<[Point; 4]>) {
    let mut plane = Plane::filled(256, 192, 0);
    let shift = if letter == 'm' { 3 + n % 40 } else { 0 };
    let gain = if letter == 'l' { 85 } else { 100 };
    for y in 0..192 {
        for x in 0..256 {
            let (px, py) = (x - x.min(60 + shift), y - y.min(20));
            let on_page = letter != '.' && (1..130).contains(&px) && (1..150).contains(&py);
            let ink = on_page && (px / 4 * (page + 2) + py / 4 * 7).is_multiple_of(page + 3);
            let level = match (ink, on_page) {
                (true, _) => 90,
                (_, true) => 215,
                _ => 100,
            };
            let noise = (x * 7 + y * 13 + n * 31) % 3;
            plane.data[y * 256 + x] = ((level + noise) * gain / 100) as u8;
        }
    }
    if matches!(letter, 'h' | 'H') {
        let reach = if letter == 'h' { 40 + n % 7 * 12 } else { 90 };
        for y in 192 - reach..192 {
            plane.data[y * 256 + 100..][..40].fill(150);
        }
    }
    let wobble = if letter == 'w' { 0.03 } else { 0.0 };
    let corner = |x: f32, y: f32| Point {
        x: x + wobble + shift as f32 / 256.0,
        y,
    };
    let corners = [
        corner(0.24, 0.08),
        corner(0.74, 0.08),
        corner(0.74, 0.66),
        corner(0.24, 0.66),
    ];
    let seen = !matches!(letter, '.' | '!' | 'h');
    (plane, seen.then_some(corners))
}

/// Plays a story; a repeated letter may be written as `1*20`. Answers the pages taken.
fn taken(story: &str) -> String {
    let mut still = Still::default();
    let (mut page, mut n, mut takes) = (0, 0, String::new());
    for word in story.split_whitespace() {
        let (letter, times) = word.split_once('*').unwrap_or((word, "1"));
        let letter = letter.chars().next().unwrap();
        if let Some(digit) = letter.to_digit(10) {
            page = digit as usize;
        }
        for _ in 0..times.parse().unwrap() {
            let (plane, corners) = frame(letter, page, n);
            let look = Look {
                at_ms: n as u64 * FRAME_MS,
                corners,
                scene: Scene::of(&plane),
            };
            let scene = look.scene.clone();
            if still.step(look) == Stillness::Take {
                still.taken(scene);
                takes.push(char::from_digit(page as u32, 10).unwrap());
            }
            n += 1;
        }
    }
    takes
}

#[test]
fn each_page_is_taken_once_when_it_lies_still() {
    for (story, pages) in [
        // Nothing to take.
        (".*40", ""),
        ("1*5 h*5 1*5 h*5 1*5", ""),
        ("m*60", ""),
        // One page, however long it lies.
        (".*5 h*10 1*20", "1"),
        (".*5 h*10 1*200", "1"),
        // A page laid on the next, with a hand between, and a quick swap without one.
        ("1*20 h*8 2*20 h*8 3*20", "123"),
        ("1*20 2*20", "12"),
        // Never while a hand is there or the page moves.
        ("1*8 h*30 1*8 m*30", ""),
        ("m*20 1*20", "1"),
        // A hand on the taken page, a page straightened, light that fades: the same page.
        ("1*20 h*20 1*40", "1"),
        ("1*20 l*40", "1"),
        // Taken away and laid down again: still the one that was taken.
        ("1*20 .*20 1*30", "1"),
        // And back to an earlier one after another: a person wants it again.
        ("1*20 h*5 2*20 h*5 1*20", "121"),
    ] {
        assert_eq!(taken(story), pages, "{story}");
    }
}

#[test]
fn a_sheet_lost_for_a_frame_now_and_then_does_not_begin_anew() {
    assert_eq!(taken("1*5 ! 1*5 ! 1*5"), "1");
    assert_eq!(taken("1 ! 1 ! 1 ! 1 ! 1 ! 1 ! 1 ! 1 ! 1 ! 1 !"), "");
    assert_eq!(taken("!*60"), "");
}

#[test]
fn corners_that_jump_are_not_still() {
    assert_eq!(taken("1*6 w 1*6 w 1*6 w 1*6"), "");
    assert_eq!(taken("1*6 w 1*20"), "1");
}

#[test]
fn a_page_taken_by_hand_is_not_taken_again_by_itself() {
    let mut still = Still::default();
    let (plane, corners) = frame('1', 1, 0);
    let scene = Scene::of(&plane);
    still.taken(scene.clone());
    for n in 0..60 {
        let look = Look {
            at_ms: n * FRAME_MS,
            corners,
            scene: scene.clone(),
        };
        assert_eq!(still.step(look), Stillness::Taken);
    }
}

#[test]
fn a_slow_camera_needs_its_frames_too() {
    let mut still = Still::default();
    let (plane, corners) = frame('1', 1, 0);
    let states: Vec<_> = (0..8)
        .map(|n| {
            still.step(Look {
                at_ms: n * 500,
                corners,
                scene: Scene::of(&plane),
            })
        })
        .collect();
    let first = states.iter().position(|s| *s == Stillness::Take);
    assert_eq!(first, Some(5), "{states:?}");
}

/// A page that lies still for so many frames, of which `each` is told the state.
fn lies(
    still: &mut Still,
    from: u64,
    frames: u64,
    mut each: impl FnMut(&mut Still, Stillness, Scene),
) {
    let (plane, corners) = frame('1', 1, 0);
    let scene = Scene::of(&plane);
    for n in from..from + frames {
        let state = still.step(Look {
            at_ms: n * FRAME_MS,
            corners,
            scene: scene.clone(),
        });
        each(still, state, scene.clone());
    }
}

#[test]
fn a_page_that_nobody_takes_is_ready_to_be_taken_for_as_long_as_it_lies() {
    let mut still = Still::default();
    let mut ready = 0;
    lies(&mut still, 0, 60, |_, state, _| {
        ready += u32::from(state == Stillness::Take);
    });
    assert!(ready > 40, "{ready}");
}

#[test]
fn a_take_that_failed_is_tried_three_times_and_again_when_somebody_says_so() {
    let mut still = Still::default();
    let (mut tries, mut state) = (0, Stillness::Empty);
    lies(&mut still, 0, 100, |still, now, scene| {
        if now == Stillness::Take {
            tries += 1;
            still.failed(scene);
        }
        state = now;
    });
    assert_eq!((tries, state), (3, Stillness::GivenUp));
    still.try_again();
    lies(&mut still, 100, 20, |still, now, scene| {
        if now == Stillness::Take {
            still.taken(scene);
        }
        state = now;
    });
    assert_eq!(state, Stillness::Taken);
}
