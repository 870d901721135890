//! Scanners that announce themselves on the network: DNS-SD over mDNS, `_uscan._tcp` (plain) and
//! `_uscans._tcp` (secure).
//!
//! A convenience for whoever sets a station up. Where the network keeps multicast away, as offices'
//! often do, nothing is found and the address is typed in.

use super::address;
use crate::error::ScanFault;
use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The two kinds of announcement, and how such scanners are spoken to.
const KINDS: [(&str, &str); 2] = [
    ("_uscan._tcp.local.", "http"),
    ("_uscans._tcp.local.", "https"),
];
/// More scanners are not listed.
const FOUND_LIMIT: usize = 50;
/// The longest name shown, characters.
const NAME_LIMIT: usize = 80;
/// How long one kind is listened to before the other.
const TICK: Duration = Duration::from_millis(50);

/// A scanner that announced itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// What it calls itself. It can call itself anything.
    pub name: String,
    /// Its address, for [`super::Escl::at`].
    pub address: String,
}

/// The scanners that announce themselves within `limit`; two seconds find those that are awake. One
/// that offers a plain and a secure line is listed with both.
///
/// # Errors
/// [`ScanFault::Unreachable`] where this machine has no network to listen to.
pub fn discover(limit: Duration) -> Result<Vec<Found>, ScanFault> {
    let daemon = ServiceDaemon::new().map_err(|_| ScanFault::Unreachable)?;
    let found = listen(&daemon, limit, |_| false);
    // It ends by itself a moment later; nobody has to wait for it.
    let _ = daemon.shutdown();
    found
}

/// Listens until the limit, or until `enough`.
fn listen(
    daemon: &ServiceDaemon,
    limit: Duration,
    enough: impl Fn(&[Found]) -> bool,
) -> Result<Vec<Found>, ScanFault> {
    let browse = |(kind, scheme)| {
        let events = daemon.browse(kind).map_err(|_| ScanFault::Unreachable)?;
        Ok::<_, ScanFault>((events, scheme))
    };
    let kinds: [(Receiver<ServiceEvent>, &str); 2] = [browse(KINDS[0])?, browse(KINDS[1])?];
    let until = Instant::now() + limit;
    let mut list = Vec::new();
    while Instant::now() < until && list.len() < FOUND_LIMIT && !enough(&list) {
        for (events, scheme) in &kinds {
            if let Ok(ServiceEvent::ServiceResolved(service)) = events.recv_timeout(TICK)
                && let Some(found) = of_service(&service, scheme)
                && !list.contains(&found)
            {
                list.push(found);
            }
        }
    }
    list.sort();
    Ok(list)
}

fn of_service(service: &ResolvedService, scheme: &str) -> Option<Found> {
    let words = |key: &str| {
        let value = service.txt_properties.get_property_val(key)??;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let addresses = service
        .addresses
        .iter()
        .map(|one| one.to_ip_addr())
        .collect();
    let instance = service.fullname.split("._uscan").next().unwrap_or_default();
    let name = words("ty").unwrap_or_else(|| instance.to_string());
    found(
        scheme,
        &name,
        addresses,
        service.port,
        words("rs").as_deref(),
    )
}

/// What an announcement comes to; `None` when it leads nowhere. Nothing in it is to be trusted.
fn found(
    scheme: &str,
    name: &str,
    mut addresses: Vec<IpAddr>,
    port: u16,
    path: Option<&str>,
) -> Option<Found> {
    // An address of a single link needs the name of our own interface, which no URL carries.
    let is_local = |ip: &IpAddr| matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    addresses.retain(|ip| !is_local(ip) && !ip.is_multicast() && !ip.is_unspecified());
    addresses.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    let host = match addresses.first()? {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let path = path.unwrap_or("eSCL").trim_matches('/');
    let plain = path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/_-.".contains(c));
    let base = address::base(&format!("{scheme}://{host}:{port}/{path}")).ok()?;
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(NAME_LIMIT)
        .collect();
    (plain && port != 0).then(|| Found {
        name,
        address: base.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mdns_sd::{IfKind, ServiceInfo};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_announcement_becomes_an_address() {
        let both = vec![ip("fe80::1"), ip("2001:db8::5"), ip("10.0.0.5")];
        let address = |addresses, port, path| {
            let found = found("http", "Sample\n1", addresses, port, path)?;
            assert_eq!(found.name, "Sample1");
            Some(found.address)
        };
        let plain = Some("http://10.0.0.5:8080/eSCL/".to_string());
        assert_eq!(address(both.clone(), 8080, None), plain);
        assert_eq!(address(both.clone(), 8080, Some("/eSCL/")), plain);
        let six = Some("http://[2001:db8::5]:81/a/b/".to_string());
        assert_eq!(address(both[..2].to_vec(), 81, Some("a/b")), six);
        for (addresses, port, path) in [
            (vec![], 80, None),
            (vec![ip("fe80::1")], 80, None),
            (vec![ip("224.0.0.251")], 80, None),
            (both.clone(), 0, None),
            (both.clone(), 80, Some("@elsewhere/x?y")),
        ] {
            assert_eq!(address(addresses, port, path), None);
        }
    }

    /// On the loopback only: nothing of this leaves the machine.
    fn daemon() -> ServiceDaemon {
        let daemon = ServiceDaemon::new().unwrap();
        daemon.disable_interface(IfKind::All).unwrap();
        daemon.enable_interface(IfKind::LoopbackV4).unwrap();
        daemon
    }

    #[test]
    fn a_scanner_that_announces_itself_is_found_with_both_its_lines() {
        let (scanner, us) = (daemon(), daemon());
        let name = format!("Sample {}", std::process::id());
        for (kind, _) in KINDS {
            let words = [("rs", "eSCL"), ("ty", name.as_str())];
            let host = "sample.local.";
            let service = ServiceInfo::new(kind, &name, host, "127.0.0.1", 8765, &words[..]);
            scanner.register(service.unwrap()).unwrap();
        }
        let ours = |list: &[Found]| list.iter().filter(|found| found.name == name).count();
        let list = listen(&us, Duration::from_secs(10), |list| ours(list) == 2).unwrap();
        let addresses: Vec<&str> = list
            .iter()
            .filter(|found| found.name == name)
            .map(|found| found.address.as_str())
            .collect();
        let want = [
            "http://127.0.0.1:8765/eSCL/",
            "https://127.0.0.1:8765/eSCL/",
        ];
        assert_eq!(addresses, want);
        let _ = (scanner.shutdown(), us.shutdown());
    }
}
