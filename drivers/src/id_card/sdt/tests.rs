//! Tests of the frames: published bytes, every truncation, noise.

use super::content::ADDRESS_LEN;
use super::*;
use crate::hostile::Chance;
use std::cell::Cell;

#[test]
fn requests_are_the_published_bytes() {
    let hex = |command| {
        encode_request(command)[5..]
            .iter()
            .map(|b| format!("{b:02X}"))
            .collect::<String>()
    };
    assert_eq!(hex(Command::Reset), "000310FFEC");
    assert_eq!(hex(Command::Status), "000311FFED");
    assert_eq!(hex(Command::SamId), "000312FFEE");
    assert_eq!(hex(Command::Find), "0003200122");
    assert_eq!(hex(Command::Select), "0003200221");
    assert_eq!(hex(Command::ReadBase), "0003300132");
    assert_eq!(hex(Command::ReadBaseFinger), "0003301023");
    assert_eq!(hex(Command::ReadAppended), "0003300330");
    assert_eq!(hex(Command::ReadBodyNumber), "0003300536");
    for command in Command::ALL {
        let frame = encode_request(command);
        assert_eq!(
            decode_request(&frame).map(Command::from_bytes),
            Ok(Some(command))
        );
    }
}

#[test]
fn answers_are_the_published_bytes() {
    let found = [0, 8, 0, 0, 0x9F, 0, 0, 0, 0, 0x97];
    assert_eq!(encode_answer(FOUND, &[0; 4])[5..], found);
    assert_eq!(encode_answer(OK, &[])[5..], [0, 4, 0, 0, 0x90, 0x94]);
    assert_eq!(encode_answer(OK, &[0; 8]).last(), Some(&0x9C));
    let base = join_base(&[0x20; TEXT_LEN], Some(&[7; PHOTO_LEN]));
    assert_eq!(encode_answer(OK, &base).len(), 1295);
}

#[test]
fn every_truncation_of_a_frame_is_refused() {
    let base = join_base(&[0x20; TEXT_LEN], Some(&[7; PHOTO_LEN]));
    let whole = encode_answer(OK, &base);
    assert!(decode_answer(&whole).is_ok());
    for cut in 0..whole.len() {
        let error = decode_answer(&whole[..cut]).unwrap_err();
        assert!(
            matches!(error, CardError::FrameTruncated { .. }),
            "{cut}: {error}"
        );
    }
    for cut in 0..base.len() {
        assert!(split_base(&base[..cut]).is_err(), "{cut}");
    }
    let request = encode_request(Command::Find);
    for cut in 0..request.len() {
        assert!(decode_request(&request[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_frame_with_more_behind_it_or_one_flipped_bit_is_refused() {
    let whole = encode_answer(OK, b"some data");
    let mut longer = whole.clone();
    longer.push(0);
    assert_eq!(
        decode_answer(&longer),
        Err(CardError::FrameLength { announced: 13 })
    );
    for bit in 0..whole.len() * 8 {
        let mut broken = whole.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(decode_answer(&broken).is_err(), "bit {bit}");
    }
}

#[test]
fn every_failure_of_the_module_has_its_own_code() {
    let mut codes: Vec<_> = FAILURES.iter().map(|sw3| error_of(*sw3).code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), FAILURES.len());
    assert!(!codes.contains(&"card.sam_unexpected"));
    assert_eq!(error_of(0x55).code(), "card.sam_unexpected");
    let answer = Answer {
        sw3: 0x66,
        data: vec![],
    };
    assert_eq!(answer.expect_sw3(OK), Err(CardError::SamNotAuthorised));
}

#[test]
fn answers_are_found_again_after_noise_padding_and_broken_frames() {
    let good = encode_answer(OK, &[0xAA, 0xAA, 0xAA, 0x96, 0x69, 1, 2]);
    let mut broken = encode_answer(OK, b"broken");
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let mut stream = b"noise\xAA\xAA".to_vec();
    for part in [
        &good[..],
        &[0; 50],
        &broken,
        &[0xAA; 4],
        &PREAMBLE,
        &[0xFF, 0xFF],
        &good,
    ] {
        stream.extend_from_slice(part);
    }
    for chunk in [1, 7, 64, stream.len()] {
        let (mut resync, mut found, mut errors) = (Resync::default(), 0, Vec::new());
        for bytes in stream.chunks(chunk) {
            resync.push(bytes);
            while let Some(answer) = resync.next_answer() {
                match answer {
                    Ok(answer) => {
                        assert_eq!(answer.data.len(), 7);
                        found += 1;
                    }
                    Err(error) => errors.push(error.code()),
                }
            }
        }
        assert_eq!(found, 2, "chunks of {chunk}");
        assert_eq!(
            errors,
            ["card.frame_checksum", "card.frame_length"],
            "chunks of {chunk}"
        );
    }
}

#[test]
fn a_stream_of_noise_is_not_kept() {
    let mut resync = Resync::default();
    for round in 0..1000_u32 {
        resync.push(&round.to_le_bytes().repeat(16));
        while resync.next_answer().is_some() {}
        assert!(resync.buffer.len() <= HEAD + BODY_LIMIT);
    }
}

/// Frames whose outside is right and whose inside may be anything.
fn made_up(chance: &mut Chance) -> Vec<u8> {
    let text = [chance.bits() as u8; TEXT_LEN];
    let mut data = match chance.below(6) {
        0 => join_base(&text, None),
        1 => join_base(&text, Some(&[7; PHOTO_LEN])),
        2 => join_base_finger(&text, None, Some(&[7; FINGER_LEN])),
        3 => join_base_finger(&text, Some(&[0; PHOTO_LEN]), None),
        4 => {
            let len = chance.below(80);
            chance.bytes(len)
        }
        _ => Vec::new(),
    };
    // Lengths inside that lie, and parts that are missing or too many.
    if chance.once_in(3) && data.len() > 6 {
        let at = chance.below(6);
        data[at] = *chance.of(&[0, 1, 4, 0xFF]);
    }
    if chance.once_in(4) {
        let cut = chance.below(data.len() + 1);
        data.truncate(cut);
    }
    if chance.once_in(8) {
        data.resize(BODY_LIMIT - 4 - chance.below(2), 0xAA);
    }
    let mut frame = encode_answer(*chance.of(&[OK, FOUND, ABSENT, 0x80, 0x41]), &data);
    if chance.once_in(8) {
        frame[HEAD] = 1;
        let last = frame.len() - 1;
        frame[last] ^= 1;
    }
    frame
}

#[test]
fn hostile_frames_never_panic_and_good_ones_get_deep() {
    let text = [0x20; TEXT_LEN];
    let samples = [
        encode_answer(OK, &join_base(&text, Some(&[7; PHOTO_LEN]))),
        encode_answer(OK, &join_base_finger(&text, None, Some(&[7; FINGER_LEN]))),
        encode_answer(OK, &[0x4E; 70]),
        encode_request(Command::ReadBase),
    ];
    let read = Cell::new([0_usize; 4]);
    let count = |at: usize, found: bool| {
        let mut counts = read.get();
        counts[at] += usize::from(found);
        read.set(counts);
    };
    crate::hostile::parser(&samples, made_up, 1 << 16, |bytes| {
        let _ = decode_request(bytes);
        let mut stream = Resync::default();
        stream.push(bytes);
        while stream.next_answer().is_some() {}
        assert!(stream.buffer.len() <= HEAD + BODY_LIMIT);
        let _ = stream.unfinished();
        let Ok(answer) = decode_answer(bytes) else {
            return;
        };
        for command in Command::ALL {
            let _ = command.fits(&answer);
        }
        count(0, split_base(&answer.data).is_ok());
        count(1, split_base_finger(&answer.data).is_ok());
        count(2, appended_address(&answer.data).is_ok());
        count(3, SamId::try_from(&answer.data[..]).is_ok());
    });
    let counts = read.get();
    assert!(counts[..3].iter().all(|count| *count > 100), "{counts:?}");
}

#[test]
fn every_truncation_of_fingerprints_and_lies_about_lengths_are_refused() {
    let text = [0x20; TEXT_LEN];
    let whole = join_base_finger(&text, Some(&[7; PHOTO_LEN]), Some(&[9; FINGER_LEN]));
    assert_eq!(encode_answer(OK, &whole).len(), 2321);
    let (base, finger) = split_base_finger(&whole).unwrap();
    assert!(base.photo.is_some() && finger.is_some_and(|finger| finger.len() == FINGER_LEN));
    for cut in 0..whole.len() {
        assert!(split_base_finger(&whole[..cut]).is_err(), "{cut}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(split_base_finger(&longer).is_err());
    let mut lie = whole;
    lie[4] = 2;
    let refused = split_base_finger(&lie).map(|_| ());
    assert_eq!(refused, Err(CardError::ContentLength { got: 512 }));
    let none = join_base_finger(&text, Some(&[7; PHOTO_LEN]), None);
    assert_eq!(encode_answer(OK, &none).len(), 1297);
    assert!(split_base_finger(&none).unwrap().1.is_none());
}

#[test]
fn base_without_photo_or_with_a_blank_one_has_none() {
    let text = [0x20; TEXT_LEN];
    assert_eq!(split_base(&join_base(&text, None)).unwrap().photo, None);
    assert_eq!(
        split_base(&join_base(&text, Some(&[0; PHOTO_LEN])))
            .unwrap()
            .photo,
        None
    );
    let photo = [9; PHOTO_LEN];
    assert_eq!(
        split_base(&join_base(&text, Some(&photo))).unwrap().photo,
        Some(photo.to_vec())
    );
    assert_eq!(
        base_len(&[1, 1, 4, 0]),
        Err(CardError::ContentLength { got: 257 })
    );
    assert_eq!(
        base_len(&[1, 0, 4, 4]),
        Err(CardError::ContentLength { got: 1028 })
    );
}

#[test]
fn an_appended_address_is_read_with_and_without_its_length() {
    let mut data: Vec<u8> = "新村路3号"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(appended_address(&data), Ok(Some("新村路3号".into())));
    while data.len() < ADDRESS_LEN {
        data.extend_from_slice(&[0x20, 0]);
    }
    assert_eq!(appended_address(&data), Ok(Some("新村路3号".into())));
    data.splice(0..0, [0, 70]);
    assert_eq!(appended_address(&data), Ok(Some("新村路3号".into())));
    assert_eq!(appended_address(&[0x20, 0].repeat(35)), Ok(None));
    assert_eq!(
        appended_address(&[0; 71]),
        Err(CardError::ContentLength { got: 71 })
    );
}

#[test]
fn a_sam_id_reads_as_it_is_printed() {
    let mut id = [0; 16];
    id[0] = 5;
    id[2] = 1;
    id[4..8].copy_from_slice(&20_260_001_u32.to_le_bytes());
    id[8] = 7;
    id[12..].copy_from_slice(&1_234_567_890_u32.to_le_bytes());
    assert_eq!(
        SamId(id).to_string(),
        "05.01-20260001-0000000007-1234567890"
    );
    assert!(SamId::try_from(&id[..15]).is_err());
}
