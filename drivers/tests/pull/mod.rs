//! What the tests of page sources share: pulling a job to its end, and reading sheets' numbers.

use drivers::ScanFault;
use drivers::document::{Event, Job, Page, Source};
use drivers::virtual_scanner::number_of;
use std::time::{Duration, Instant};

/// Pulls a job to its end: pages, and the fault it ended with.
pub fn run(job: &mut dyn Job) -> (Vec<Page>, Option<ScanFault>) {
    let mut pages = Vec::new();
    loop {
        match job.next(Instant::now() + Duration::from_secs(10)) {
            Ok(Event::Page(page)) => pages.push(page),
            Ok(Event::End { pages: count }) => {
                assert_eq!(usize::try_from(count), Ok(pages.len()));
                return (pages, None);
            }
            Ok(Event::Progress(_) | Event::Waiting) => {}
            Err(fault) => return (pages, Some(fault)),
        }
    }
}

/// Pulls until a page has come.
#[allow(
    dead_code,
    reason = "not every test that shares this file pulls page by page"
)]
pub fn page(job: &mut dyn Job) -> Page {
    loop {
        match job.next(Instant::now() + Duration::from_secs(10)) {
            Ok(Event::Page(page)) => return page,
            Ok(Event::Progress(_) | Event::Waiting) => {}
            other => panic!("instead of a page: {other:?}"),
        }
    }
}

/// The numbers on the sheets of pages.
#[allow(
    dead_code,
    reason = "not every test that shares this file has numbered sheets"
)]
pub fn numbers(pages: &[Page]) -> Vec<u32> {
    let number = |page: &Page| {
        let jpeg = drivers::document::file::to_jpeg(page.bytes.clone()).unwrap();
        let picture = image::load_from_memory(&jpeg).unwrap();
        number_of(&picture).expect("a sheet of the virtual scanner")
    };
    pages.iter().map(number).collect()
}

/// Starts a job and pulls it to its end; a fault of the start counts like one of the job.
#[allow(
    dead_code,
    reason = "not every test that shares this file starts jobs this way"
)]
pub fn scan(
    source: &mut dyn Source,
    settings: &drivers::document::Settings,
) -> (Vec<Page>, Option<&'static str>) {
    match source.start(settings) {
        Ok(mut job) => {
            let (pages, fault) = run(&mut *job);
            (pages, fault.map(|fault| fault.code()))
        }
        Err(fault) => (Vec::new(), Some(fault.code())),
    }
}
