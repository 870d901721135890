//! Why cards are left as they are: what a reset at the end of a connection does.
//!
//! This is pcscd itself through the PC/SC crate, whose `Card` resets when it is dropped, without a
//! line of ours in between: what the proof of swaps looks for does exist. pcscd 1.9.9 takes the
//! reset's failure for the card's absence, and is not told of the new card, since presence as it is
//! asked for later never changed.

use crate::Case;
use crate::rig::{Rig, card};
use drivers::virtual_card::{Interface, VirtualReader};
use pcsc::{Card, Context, Disposition, Protocols, ReaderState, Scope, ShareMode, State};
use std::ffi::CString;
use std::path::Path;
use std::time::{Duration, Instant};

pub const CASES: &[Case] = &[(
    "a_reset_hides_the_card_that_was_swapped_in_and_leaving_it_does_not",
    a_reset_hides_the_card_that_was_swapped_in_and_leaving_it_does_not,
)];

/// How a connection ends.
type End = fn(Card);

fn leave(card: Card) {
    card.disconnect(Disposition::LeaveCard)
        .map_err(|(_, error)| error)
        .unwrap();
}

const ENDS: [(&str, End, bool); 2] = [("reset", drop::<Card>, true), ("leave", leave, false)];

struct Bare {
    rig: Rig,
    context: Context,
    reader: CString,
}

impl Bare {
    fn start(folder: &Path) -> Self {
        let mut rig = Rig::start(folder, &[VirtualReader::new("G", Interface::SdtExtended)]);
        rig.stop_monitor();
        let context = Context::establish(Scope::User).unwrap();
        let reader = context.list_readers_owned().unwrap().remove(0);
        Self {
            rig,
            context,
            reader,
        }
    }

    /// Whether the reader comes to hold a card, or none, within three seconds.
    fn becomes(&self, present: bool) -> bool {
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            if self.state().event_state().contains(State::PRESENT) == present {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn state(&self) -> ReaderState {
        let mut states = [ReaderState::new(self.reader.clone(), State::UNAWARE)];
        self.context
            .get_status_change(Duration::from_secs(1), &mut states)
            .unwrap();
        let [state] = states;
        state
    }

    fn connect(&self) -> Card {
        self.context
            .connect(&self.reader, ShareMode::Shared, Protocols::ANY)
            .unwrap()
    }
}

fn a_reset_hides_the_card_that_was_swapped_in_and_leaving_it_does_not(folder: &Path) {
    for (name, end, hides) in ENDS {
        let bare = Bare::start(folder);
        let mut hidden = 0;
        for _ in 0..3 {
            bare.rig.trays[0].insert(card("citizen"));
            assert!(bare.becomes(true), "{name}");
            let count = bare.state().event_count();
            let connection = bare.connect();
            bare.rig.trays[0].replace(card("woman"));
            // No question for presence has come since: only the connection ends.
            end(connection);
            std::thread::sleep(Duration::from_millis(1100));
            let now = bare.state();
            let seen = now.event_state().contains(State::PRESENT) && now.event_count() > count;
            hidden += u32::from(!seen);
            bare.rig.trays[0].remove();
            assert!(bare.becomes(false), "{name}");
        }
        println!("  {name}: {hidden} of 3 cards hidden");
        assert_eq!(hidden, if hides { 3 } else { 0 }, "{name}");
    }
}
