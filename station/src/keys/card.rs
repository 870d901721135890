//! A staff member's own identity card as a second factor. What the card holds – text and photo – is
//! hashed to a secret that goes into the key of their wrap. The photo makes it a thing that nobody can
//! work out from a name and a number; an address written to the card later is no part of it. Neither
//! card nor secret is written anywhere.

use crypto::{Secret, Suite};
use drivers::id_card::pcsc;
use zeroize::Zeroizing;

const LABEL: &[u8] = b"yizhan own card 1";

/// A card that was laid on the reader by whoever logs in; in memory until it is used.
#[derive(Clone)]
pub struct OwnCard {
    secret: Secret,
    name: String,
}

impl OwnCard {
    /// From a reading; None for a card or a reader that gives no photo.
    pub fn of(read: &pcsc::Reading) -> Option<OwnCard> {
        let photo = read.photo.as_deref().filter(|photo| !photo.is_empty())?;
        let text = &read.card.raw;
        let mut all = Zeroizing::new(Vec::with_capacity(LABEL.len() + text.len() + photo.len()));
        for part in [LABEL, text, photo] {
            all.extend_from_slice(part);
        }
        Some(OwnCard {
            secret: Zeroizing::new(crypto::sha256(&all)),
            name: read.card.name.trim().to_owned(),
        })
    }

    /// Whether the card bears this name.
    pub fn is_of(&self, name: &str) -> bool {
        self.name == name.trim()
    }

    /// Names the card without telling it, to whoever has the machine's secret: eight bytes of a keyed
    /// hash, hex.
    pub(super) fn id(&self, machine: &Secret) -> String {
        let parts: [&[u8]; 2] = [LABEL, self.secret.as_slice()];
        hex::encode(&Suite::One.hmac(machine.as_slice(), &parts)[..8])
    }

    pub(super) fn secret(&self) -> &Secret {
        &self.secret
    }
}

impl std::fmt::Debug for OwnCard {
    /// Nothing of it: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnCard")
    }
}
