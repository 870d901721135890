//! Tests of the frames: published bytes, every truncation, noise.

use super::content::ADDRESS_LEN;
use super::*;

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

#[test]
fn ten_thousand_mutated_answers_never_panic() {
    let whole = encode_answer(OK, &join_base(&[0x20; TEXT_LEN], None));
    let mut seed = 1_u64;
    let mut next = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap()
    };
    let mut refused = 0;
    for _ in 0..10_000 {
        let mut bytes = whole.clone();
        for _ in 0..=next() % 3 {
            let at = next() % bytes.len();
            bytes[at] = next().to_le_bytes()[0];
        }
        bytes.truncate(next() % (bytes.len() + 1));
        refused += usize::from(
            decode_answer(&bytes)
                .and_then(|a| split_base(&a.data))
                .is_err(),
        );
        let mut resync = Resync::default();
        resync.push(&bytes);
        while resync.next_answer().is_some() {}
    }
    assert!(refused > 9_900, "only {refused} refused");
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
