//! Known answers: what the standards print, byte for byte.

use aes_gcm::KeyInit;
use aes_gcm::aead::generic_array::GenericArray;
use sm2::elliptic_curve::sec1::ToEncodedPoint;
use sm4::cipher::BlockEncrypt;
use zeroize::Zeroizing;

use crate::envelope::{Key, Sm4Gcm};
use crate::suite::Suite;
use crate::two;

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).expect("hex")
}

fn hex32(text: &str) -> [u8; 32] {
    hex(text).try_into().expect("32 bytes")
}

#[test]
fn sm3_is_that_of_gb_t_32905() {
    let expected = "66c7f0f4 62eeedd9 d1f2d46b dc10e4e2 4167c487 5cf2f7a2 297da02b 8f4ba8e0";
    assert_eq!(crate::sm3(b"abc"), hex32(expected));
    let expected = "debe9ff9 2275b8a1 38604889 c18e5a4d 6fdb70e5 387e5765 293dcba3 9c0c5732";
    assert_eq!(crate::sm3(&b"abcd".repeat(16)), hex32(expected));
    assert_eq!(Suite::Two.hash(&[b"a", b"", b"bc"]), crate::sm3(b"abc"));
}

#[test]
fn sm4_is_that_of_gb_t_32907() {
    let key = hex("0123456789abcdeffedcba9876543210");
    let cipher = sm4::Sm4::new(GenericArray::from_slice(&key));
    let mut block = GenericArray::clone_from_slice(&key);
    cipher.encrypt_block(&mut block);
    assert_eq!(block.as_slice(), hex("681edf34d206965e86b3e94f536e4246"));
    for _ in 1..1_000_000 {
        cipher.encrypt_block(&mut block);
    }
    assert_eq!(block.as_slice(), hex("595298c7c6fd271f0402f804c33d3f66"));
}

#[test]
fn sm4_gcm_is_that_of_rfc_8998() {
    let plain = hex(
        "AAAAAAAAAAAAAAAA BBBBBBBBBBBBBBBB CCCCCCCCCCCCCCCC DDDDDDDDDDDDDDDD \
         EEEEEEEEEEEEEEEE FFFFFFFFFFFFFFFF EEEEEEEEEEEEEEEE AAAAAAAAAAAAAAAA",
    );
    let sealed = hex(
        "17F399F08C67D5EE 19D0DC9969C4BB7D 5FD46FD375648906 9157B282BB200735 \
         D82710CA5C22F0CC FA7CBF93D496AC15 A56834CBCF98C397 B4024A2691233B8D \
         83DE3541E4C2B58177E065A9BF7B62EC",
    );
    let mut key = Key::new(&Zeroizing::new([0; 32]), Suite::Two);
    let raw = hex("0123456789ABCDEFFEDCBA9876543210");
    key.sm4 = Sm4Gcm::new(GenericArray::from_slice(&raw));
    let nonce = hex("00001234567800000000ABCD")
        .try_into()
        .expect("12 bytes");
    let also = hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
    let provider = Suite::Two.provider();
    assert_eq!(provider.encrypt(&key, &nonce, &also, &plain), sealed);
    assert_eq!(provider.decrypt(&key, &nonce, &also, &sealed), Some(plain));
}

/// GB/T 32918.5, annex A.
mod sm2_example {
    pub const PRIVATE: &str =
        "3945208F 7B2144B1 3F36E38A C6D39F95 88939369 2860B51A 42FB81EF 4DF7C5B8";
    pub const PUBLIC: &str = "04 \
        09F9DF31 1E5421A1 50DD7D16 1E4BC5C6 72179FAD 1833FC07 6BB08FF3 56F35020 \
        CCEA490C E26775A5 2DC6EA71 8CC1AA60 0AED05FB F35E084A 6632F607 2DA9AD13";
    pub const NONCE: &str =
        "59276E27 D506861A 16680F3A D9C02DCC EF3CC1FA 3CDBE4CE 6D54B80D EAC1BC21";
    pub const SIGNATURE: &str = "F5A03B06 48D2C463 0EEAC513 E1BB81A1 5944DA38 27D5B741 43AC7EAC EEE720B3 \
        B1B6AA29 DF212FD8 763182BC 0D421CA1 BB9038FD 1F7F42D4 840B69C4 85BBC1AA";
    pub const SEALED: &str = "04 \
        04EBFC71 8E8D1798 62043226 8E77FEB6 415E2EDE 0E073C0F 4F640ECD 2E149A73 \
        E858F9D8 1E5430A5 7B36DAAB 8F950A3C 64E6EE6A 63094D99 283AFF76 7E124DF0 \
        59983C18 F809E262 923C53AE C295D303 83B54E39 D609D160 AFCB1908 D0BD8766 \
        21886CA9 89CA9C7D 58087307 CA93092D 651EFA";
}

#[test]
fn sm2_signatures_are_those_of_gb_t_32918() {
    let private = Zeroizing::new(hex32(sm2_example::PRIVATE));
    let public = hex(sm2_example::PUBLIC);
    let provider = Suite::Two.provider();
    assert_eq!(provider.verifying_key(&private), Some(public.clone()));
    let signature: [u8; 64] = hex(sm2_example::SIGNATURE).try_into().expect("64 bytes");
    assert!(provider.verify(&public, b"message digest", &signature));
    assert!(!provider.verify(&public, b"message digesT", &signature));
    let ours = provider.sign(&private, b"message digest").expect("a key");
    assert!(provider.verify(&public, b"message digest", &ours));
}

#[test]
fn sm2_encryption_is_that_of_gb_t_32918() {
    let key = sm2::SecretKey::from_slice(&hex(sm2_example::PRIVATE)).expect("a key");
    let encoded = key.public_key().to_encoded_point(false);
    assert_eq!(encoded.as_bytes(), hex(sm2_example::PUBLIC));
    let nonce = hex(sm2_example::NONCE);
    let nonce = sm2::NonZeroScalar::try_from(nonce.as_slice()).expect("in range");
    let plain = b"encryption standard";
    let sealed = two::encrypt_with(&nonce, &key.public_key(), plain).expect("a pad");
    assert_eq!(sealed, hex(sm2_example::SEALED));
    let opened = two::decrypt(&key, &sealed).expect("it opens");
    assert_eq!(opened.as_slice(), plain);
}

/// HMAC-SM3 over a text longer than a block (GM/T 0042, annex D.3).
#[test]
fn hmac_sm3_is_that_of_gm_t_0042() {
    let key: Vec<u8> = (1..=32).collect();
    let text = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".repeat(2);
    let expected = "ca05e144 ed05d185 7840d1f3 18a4a866 9e559fc8 391f4144 85bfdf7b b408963a";
    assert_eq!(Suite::Two.hmac(&key, &[&text]), hex32(expected));
}

/// NIST's validation set of GCM, test case 16 of the specification.
#[test]
fn aes_gcm_is_that_of_nist() {
    let secret = hex32("feffe9928665731c6d6a8f9467308308 feffe9928665731c6d6a8f9467308308");
    let key = Key::new(&Zeroizing::new(secret), Suite::One);
    let nonce = hex("cafebabefacedbaddecaf888")
        .try_into()
        .expect("12 bytes");
    let also = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let plain = hex(
        "d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72 \
         1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39",
    );
    let sealed = hex(
        "522dc1f099567d07f47f37a32a84427d 643a8cdcbfe5c0c97598a2bd2555d1aa \
         8cb08e48590dbb3da7b08b1056828838 c5f61e6393ba7a0abcc9f662 \
         76fc6ece0f4e1768cddf8853bb2d551b",
    );
    let provider = Suite::One.provider();
    assert_eq!(provider.encrypt(&key, &nonce, &also, &plain), sealed);
    assert_eq!(provider.decrypt(&key, &nonce, &also, &sealed), Some(plain));
}

#[test]
fn sha_256_and_its_hmac_are_those_of_fips_180_and_rfc_4231() {
    let expected = "ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad";
    assert_eq!(crate::sha256(b"abc"), hex32(expected));
    let expected = "5bdcc146 bf60754e 6a042426 089575c7 5a003f08 9d273983 9dec58b9 64ec3843";
    let mac = Suite::One.hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
    assert_eq!(mac, hex32(expected));
}

/// RFC 5869, A.1: the first 32 of its 42 bytes.
#[test]
fn hkdf_is_that_of_rfc_5869() {
    let (salt, info) = (
        hex("000102030405060708090a0b0c"),
        hex("f0f1f2f3f4f5f6f7f8f9"),
    );
    let expected = "3cb25f25faacd57a90434f64d0362f2a 2d2d0a90cf1a5a4c5db02d56ecc4c5bf";
    assert_eq!(*Suite::One.hkdf(&salt, &[0x0b; 22], &info), hex32(expected));
}

/// RFC 8032, 7.1, test 1.
#[test]
fn ed25519_is_that_of_rfc_8032() {
    let private = hex32("9d61b19deffd5a60ba844af492ec2cc4 4449c5697b326919703bac031cae7f60");
    let public = hex("d75a980182b10ab7d54bfed3c964073a 0ee172f3daa62325af021a68f707511a");
    let signature = hex(
        "e5564300c360ac729086e2cc806e828a 84877f1eb8e5d974d873e06522490155 \
         5fb8821590a33bacc61e39701cf9b46b d25bf5f0595bbe24655141438e7a100b",
    );
    let provider = Suite::One.provider();
    let private = Zeroizing::new(private);
    assert_eq!(provider.verifying_key(&private), Some(public));
    let ours = provider.sign(&private, b"").expect("a key");
    assert_eq!(ours.as_slice(), signature);
}

/// RFC 7748, 6.1: what both sides agree on.
#[test]
fn x25519_is_that_of_rfc_7748() {
    let bob = hex32("5dab087e624a8a4b79e17f8b83800ee6 6f3bb1292618b6fd1c2f8b27ff88e0eb");
    let alice = hex32("8520f0098930a754748b7ddcb43ef75a 0dbf3a0d26381af4eba4a98eaa9b4e6a");
    let bob = x25519_dalek::StaticSecret::from(bob);
    let shared = bob.diffie_hellman(&x25519_dalek::PublicKey::from(alice));
    let expected = "4a5d9d5ba4ce2de1728e3bf480350f25 e07e21c947d19e3376f09b3c1e161742";
    assert_eq!(shared.to_bytes(), hex32(expected));
}
