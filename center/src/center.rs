//! The centre itself: what every request and every task of a process shares.

use std::sync::Mutex;

use chrono::Utc;
use crypto::Secret;
use domain::bundle::Offer;
use domain::substitute::Terms;
use domain::{Catalog, Division, Id, Staff};
use ed25519_dalek::SigningKey;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::blobs::Blobs;
use crate::bundle::InForce;
use crate::ca::Ca;
use crate::catalog::Divisions;
use crate::config::Config;
use crate::database::{self, Database};
use crate::decide::Rules;
use crate::error::Result;
use crate::exports::Exports;
use crate::ferry::Policy;
use crate::fleet::Limits;
use crate::health::Figures;
use crate::keys::Keys;
use crate::news::News;
use crate::room::Room;
use crate::seal::Seals;
use crate::slots::Slots;
use crate::{catalog, due, migrate, snapshots, store, substitute};

/// Pushes that are worked on or stand before the database, decoded; the others wait in line with the bytes
/// that came.
const PUSHES: usize = 64;
/// Bodies of pushes, as they come.
const BODIES_BYTES: usize = 128 << 20;
/// Small bodies, as they come, and who waits for news.
const SMALLS_BYTES: usize = 64 << 20;
/// Small bodies of those who have not said yet who they are: at the enrolment port, and at the console's.
const STRANGERS_BYTES: usize = 8 << 20;
/// Parts of snapshots, likewise: at most 4 MiB each.
const LOADS: usize = 16;
/// Parts of pages on their way in, a quarter of a MiB each: a morning on slow lines.
const PARTS_BYTES: usize = 192 << 20;
/// Facts, snapshots and pages on their way out.
const ANSWERS_BYTES: usize = 128 << 20;
/// For files on their way out: three of the largest pages at once, or hundreds of a snapshot's parts.
const FILES_BYTES: usize = 96 << 20;
/// Requests of one installation at once in each of these rooms: a lane makes one, and one that was given up
/// may not have ended.
const EACH: usize = 2;
/// The same for parts of pages, and for small bodies: one of each kind.
const EACH_OF_SMALL: usize = 8;
/// Files of the ferry, some hundred MiB each: who brings another is asked to try again.
const FERRIES: usize = 2;
/// The city, where no division says otherwise.
pub(crate) const CITY: &str = "3203";

/// A centre that is open but does not listen.
pub struct Center {
    pub(crate) config: Config,
    pub(crate) seals: Seals,
    /// They are those by which the database is sealed.
    pub(crate) has_its_key: bool,
    pub(crate) ca: Ca,
    pub(crate) catalog: Catalog,
    /// The same, as stations load it.
    pub(crate) bundle: InForce,
    /// What another process of the centre named after us.
    pub(crate) named: Mutex<Option<Offer>>,
    pub(crate) divisions: Divisions,
    pub(crate) limits: Limits,
    pub(crate) snapshots: snapshots::Limits,
    /// Parts of snapshots that are in memory; the others wait in line.
    pub(crate) loads: Semaphore,
    /// For parts of pages; who sends them slowly keeps no facts from anybody.
    pub(crate) parts: Room,
    /// For pushes before they are worked on.
    pub(crate) bodies: Room,
    /// For small bodies of stations.
    pub(crate) smalls: Room,
    /// For those of strangers at the enrolment port.
    pub(crate) strangers: Room,
    /// For those who sign in at the console.
    pub(crate) callers: Room,
    /// For the facts that stations are sent.
    pub(crate) answers: Room,
    /// For snapshots, pages and catalogues that they are sent: a store that is slow keeps no facts from
    /// anybody.
    pub(crate) files: Room,
    pub(crate) substitutes: Terms,
    /// What may leave as a file.
    pub exports: Exports,
    pub(crate) database: Database,
    pub(crate) blobs: Blobs,
    pub(crate) news: News,
    pub(crate) pushes: Semaphore,
    pub(crate) slots: Slots,
    pub(crate) figures: Figures,
    log_key: SigningKey,
    log: Id,
    pub(crate) ferry: Policy,
    /// Files of the ferry that are in memory.
    pub(crate) ferries: Semaphore,
    pub(crate) ferry_secret: Secret,
}

impl Center {
    /// Opens keys, catalogue and database; brings the schema up. Fails when the database is away.
    pub async fn open(config: Config) -> Result<Center> {
        let keys = Keys::open_or_make(&config.dir, config.suite()?)?;
        let ca = Ca::open_or_make(&config.dir)?;
        let files = catalog::files(&config.catalog)?;
        let catalog = catalog::load(&files)?;
        let divisions = Divisions::load(&config.catalog)?;
        let limits = Limits::load(&config.catalog)?;
        let ferry = Policy::load(&config)?;
        let snapshots = snapshots::Limits::load(&config)?;
        let substitutes = substitute::terms(&config.catalog)?;
        let exports = Exports::load(&config.catalog)?;
        migrate::run(&config.database).await?;
        let public = keys.log.verifying_key();
        let database = Database::new(&config.database, config.connections)?;
        let mut center = Center {
            bundle: InForce::of(&files, &keys.log)?,
            named: Mutex::default(),
            slots: Slots::new(database.pushes()),
            figures: Figures::default(),
            database,
            blobs: Blobs::open(&config.dir, config.pages.as_ref())?,
            news: News::start(&config.database)?,
            pushes: Semaphore::new(PUSHES),
            loads: Semaphore::new(LOADS),
            parts: Room::new(PARTS_BYTES, EACH_OF_SMALL),
            bodies: Room::new(BODIES_BYTES, EACH),
            smalls: Room::new(SMALLS_BYTES, EACH_OF_SMALL),
            strangers: Room::new(STRANGERS_BYTES, 1),
            callers: Room::new(STRANGERS_BYTES, 1),
            answers: Room::new(ANSWERS_BYTES, EACH),
            files: Room::new(FILES_BYTES, EACH),
            log: Id(Uuid::new_v5(&Uuid::NAMESPACE_OID, public.as_bytes())),
            seals: keys.seals,
            has_its_key: false,
            log_key: keys.log,
            ferry,
            ferries: Semaphore::new(FERRIES),
            ferry_secret: keys.ferry,
            ca,
            catalog,
            divisions,
            limits,
            snapshots,
            substitutes,
            exports,
            config,
        };
        let mut client = center.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        store::installation::add(&tx, center.log, None, public.as_bytes()).await?;
        store::catalog::keep(&tx, &center.catalog.hash).await?;
        center.bundle.keep(&tx).await?;
        center.has_its_key = store::data_key::is_ours(&tx, &center.seals).await?;
        tx.commit().await?;
        if let Err(error) = center.must_have_its_key() {
            tracing::error!(
                code = error.code(),
                "keys/data.key is not the key of this database: nothing is taken until it is put back"
            );
        }
        Ok(center)
    }

    /// The hash of the catalogue in force.
    pub fn catalogue_hash(&self) -> &str {
        &self.catalog.hash
    }

    /// The centre's own log, and the key it is signed with.
    pub(crate) fn own_log(&self) -> (Id, &SigningKey) {
        (self.log, &self.log_key)
    }

    /// The key that leases are signed with, for stations to pin.
    pub fn public_key(&self) -> String {
        hex::encode(self.log_key.verifying_key().as_bytes())
    }

    /// What decisions go by today.
    pub(crate) fn rules(&self) -> Rules<'_> {
        Rules {
            catalog: &self.catalog,
            today: due::day_of(Utc::now()),
            let_in_days: self.substitutes.accepted_days,
        }
    }

    /// The centre as an author: imports, pages that are complete.
    pub(crate) fn itself(&self) -> Staff {
        let area = Division(CITY.to_owned());
        Staff {
            id: self.log,
            name: format!("{}数据中心", self.divisions.name(&area)),
            area,
        }
    }
}
