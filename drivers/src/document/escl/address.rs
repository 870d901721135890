//! Where a scanner is and where its job is; pure.
//!
//! A job's address comes in the `Location` header: whole, as a path, relative, with and without a
//! slash at the end, without the base path, and with a host that leads nowhere (`localhost`, an
//! old address, an IPv6 address without brackets). Only its path is believed.

use crate::error::ScanFault;
use reqwest::Url;

/// The base path where none is given.
const BASE: &str = "/eSCL/";
/// The longest address, bytes.
const LENGTH_LIMIT: usize = 1000;

/// The base address of a scanner from what a person types: `192.168.1.20`, `printer.local:8080`,
/// `https://printer/eSCL`, `[fe80::1]`. Ends with a slash.
pub fn base(typed: &str) -> Result<Url, ScanFault> {
    let typed = typed.trim();
    if typed.is_empty() || typed.len() > LENGTH_LIMIT {
        return Err(ScanFault::BadAddress);
    }
    let whole = if typed.contains("://") {
        typed.to_string()
    } else {
        format!("http://{typed}")
    };
    let mut url = Url::parse(&whole).map_err(|_| ScanFault::BadAddress)?;
    let odd = !url.username().is_empty() || url.password().is_some();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || odd {
        return Err(ScanFault::BadAddress);
    }
    url.set_query(None);
    url.set_fragment(None);
    match url.path().trim_end_matches('/') {
        "" => url.set_path(BASE),
        path => url.set_path(&format!("{path}/")),
    }
    Ok(url)
}

/// An address below the base.
pub fn below(base: &Url, name: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{name}", base.path()));
    url
}

/// The address of a job from the `Location` of the scanner's answer, without a slash at the end.
pub fn job(base: &Url, location: &str) -> Option<Url> {
    let location = location.trim();
    if location.is_empty() || location.len() > LENGTH_LIMIT {
        return None;
    }
    let path = match location.split_once("://") {
        // The host is ours whatever it says, so that it need not even be readable.
        Some((_, rest)) => &rest[rest.find('/')?..],
        None => location,
    };
    let jobs = below(base, "ScanJobs");
    let joined = if path.starts_with("/ScanJobs/") && base.path() != "/" {
        below(base, &path[1..])
    } else {
        jobs.join(path).ok()?
    };
    let mut url = base.clone();
    let path = joined.path().trim_end_matches('/');
    url.set_path(path);
    url.set_query(joined.query());
    let names_a_job = !base.path().starts_with(path) && path != jobs.path();
    names_a_job.then_some(url)
}

/// The address of a job's next page.
pub fn next_document(job: &Url) -> Url {
    let mut url = job.clone();
    url.set_path(&format!("{}/NextDocument", job.path()));
    url
}

/// Where a scanner wants to be spoken to instead: the same host by https, most often.
pub fn moved(base: &Url, asked: &Url, location: &str) -> Option<Url> {
    let to = asked.join(location.trim()).ok()?;
    let path = to.path().strip_suffix("ScannerCapabilities")?;
    let same_host = to.host_str() == base.host_str();
    // Once secure, always secure.
    let weaker = base.scheme() == "https" && to.scheme() == "http";
    let mut url = to.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    let spoken = matches!(to.scheme(), "http" | "https");
    (same_host && spoken && !weaker && url != *base).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    #[test]
    fn what_people_type_becomes_a_base() {
        for (typed, url) in [
            ("192.168.1.20", "http://192.168.1.20/eSCL/"),
            (" printer.local:8080 ", "http://printer.local:8080/eSCL/"),
            ("https://printer/eSCL", "https://printer/eSCL/"),
            ("http://printer/", "http://printer/eSCL/"),
            ("http://printer/scan/eSCL/?x#y", "http://printer/scan/eSCL/"),
            ("[fe80::1]:80", "http://[fe80::1]/eSCL/"),
        ] {
            assert_eq!(base(typed).unwrap().as_str(), url, "{typed}");
        }
        for typed in ["", " ", "ftp://x", "http://", "a b", "http://u:p@x/", "://"] {
            assert_eq!(base(typed), Err(ScanFault::BadAddress), "{typed}");
        }
    }

    #[test]
    fn every_odd_location_leads_to_the_job() {
        let base = base("http://10.0.0.5:8080").unwrap();
        let want = "http://10.0.0.5:8080/eSCL/ScanJobs/7-a";
        for location in [
            "http://10.0.0.5:8080/eSCL/ScanJobs/7-a",
            "http://10.0.0.5:8080/eSCL/ScanJobs/7-a/",
            "https://localhost/eSCL/ScanJobs/7-a",
            "http://fe80::1%25eth0/eSCL/ScanJobs/7-a",
            "http:///eSCL/ScanJobs/7-a",
            "/eSCL/ScanJobs/7-a",
            "/ScanJobs/7-a",
            "ScanJobs/7-a",
            " /eSCL/ScanJobs/7-a/ ",
        ] {
            assert_eq!(job(&base, location).unwrap().as_str(), want, "{location}");
        }
        for location in [
            "",
            "/",
            "/eSCL/",
            "/eSCL/ScanJobs",
            "http://10.0.0.5",
            "?",
            "#",
        ] {
            assert_eq!(job(&base, location), None, "{location}");
        }
    }

    #[test]
    fn a_move_is_followed_to_the_same_host_only() {
        let base = base("printer").unwrap();
        let asked = below(&base, "ScannerCapabilities");
        let to = |location| moved(&base, &asked, location).map(|url| url.to_string());
        assert_eq!(
            to("https://printer:443/eSCL/ScannerCapabilities"),
            Some("https://printer/eSCL/".to_string())
        );
        assert_eq!(to("https://elsewhere/eSCL/ScannerCapabilities"), None);
        assert_eq!(to("/login.html"), None);
        let secure = super::base("https://printer").unwrap();
        let weaker = "http://printer/eSCL/ScannerCapabilities";
        assert_eq!(moved(&secure, &asked, weaker), None);
        assert_eq!(to("/eSCL/ScannerCapabilities"), None);
    }

    #[test]
    fn hostile_locations_never_leave_the_scanner() {
        let base = base("http://10.0.0.5:8080").unwrap();
        let words = [
            "http", "://", "/", "..", "%2e", "@", ":", "?", "#", "[", "]", "ScanJobs", "\\",
        ];
        let make = |chance: &mut hostile::Chance| {
            let count = chance.below(30);
            let text: String = (0..count).map(|_| *chance.of(&words)).collect();
            text.into_bytes()
        };
        let samples = [b"http://[fe80::1]:80/eSCL/ScanJobs/7/".to_vec()];
        hostile::parser(&samples, make, 1 << 16, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            if let Some(url) = job(&base, &text) {
                assert_eq!(url.origin(), base.origin());
            }
            let _ = super::base(&text);
        });
    }
}
