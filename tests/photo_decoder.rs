//! A photo decoder for the tests: what it is given is noise of the virtual card, so what it gives back
//! is a face drawn by code, its colour taken from the noise. The pipes are those of a real one.

use std::io::{Read, Write};

use drivers::id_card::photo::{HEIGHT, WIDTH, placeholder};

fn main() -> std::io::Result<()> {
    let mut wlt = Vec::new();
    std::io::stdin().read_to_end(&mut wlt)?;
    assert_eq!(wlt.len(), 1024, "a photo has 1,024 bytes");
    assert!(wlt.starts_with(b"WL"), "it begins as photos do");
    let shade = wlt.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) / 3;
    let mut bitmap = placeholder();
    let row = (WIDTH * 3).next_multiple_of(4);
    let points = bitmap.len() - row * HEIGHT;
    for (at, value) in bitmap[points..].iter_mut().enumerate() {
        // The grey figure becomes a blue one; the ground stays.
        *value = match (*value, at % row % 3) {
            (0xA8, 0) => 180,
            (0xA8, _) => 60 + shade,
            (ground, _) => ground,
        };
    }
    std::io::stdout().write_all(&bitmap)
}
