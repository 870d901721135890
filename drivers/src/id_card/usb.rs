//! Readers on USB bulk endpoints: finding, opening, and packets.
//!
//! On Windows such readers are bound to their vendor's driver, so this finds nothing there
//! (`vendor` does). Not here: which endpoint carries what (`ends`).

mod claims;
mod ends;

use super::module::Sam;
use super::profile::UsbLayout;
use super::pump::Pump;
use crate::error::CardError;
pub use claims::{Claim, Claims};
use ends::{BulkEnd, Ends, HeadAndBody, OnePair, Plan};
use nusb::transfer::{Buffer, Bulk, In, Out, TransferError};
use nusb::{DeviceInfo, Endpoint, ErrorKind, Interface, MaybeFuture};
use std::path::Path;
use std::time::{Duration, Instant};

/// Where Linux lists what is on USB.
const DEVICES: &str = "/sys/bus/usb/devices";
/// Packets asked for ahead of their coming. One transfer is one packet: a device that fills the
/// last packet up never ends a longer transfer.
const READ_AHEAD: usize = 8;
/// A transfer that was cancelled comes back within this.
const CANCEL_LIMIT: Duration = Duration::from_millis(500);

/// A reader that is plugged in.
pub struct Found(DeviceInfo);

impl Found {
    /// Vendor, product, and where it is plugged in, for the device page.
    #[must_use]
    pub fn name(&self) -> String {
        let (vendor, product) = (self.0.vendor_id(), self.0.product_id());
        format!("USB {vendor:04x}:{product:04x} {}", self.place())
    }

    /// Where it is plugged in: the bus and the ports on the way, `1-4.2`.
    #[must_use]
    pub fn place(&self) -> String {
        let ports: Vec<_> = self.0.port_chain().iter().map(u8::to_string).collect();
        format!("{}-{}", self.0.bus_id(), ports.join("."))
    }
}

/// The readers of a model that are plugged in.
///
/// A machine whose kernel has no USB, such as a container's, has no reader; that is no failure.
pub fn find(vendor: u16, product: u16) -> Result<Vec<Found>, CardError> {
    if cfg!(target_os = "linux") && !Path::new(DEVICES).exists() {
        return Ok(Vec::new());
    }
    let devices = nusb::list_devices()
        .wait()
        .map_err(|error| error_of(&error))?;
    let of_model = devices.filter(|d| (d.vendor_id(), d.product_id()) == (vendor, product));
    Ok(of_model.map(Found).collect())
}

/// Opens a reader. `pause` lies between the parts of a request where these go apart.
pub fn open(
    found: &Found,
    layout: UsbLayout,
    pause: Duration,
) -> Result<Box<dyn Sam + Send>, CardError> {
    let device = found.0.open().wait().map_err(|error| error_of(&error))?;
    // A printer class interface is taken by the kernel's printer driver.
    let interface = device.detach_and_claim_interface(0).wait();
    let interface = interface.map_err(|error| error_of(&error))?;
    let bulk = bulk_ends(&interface);
    let plan = Plan::choose(layout, &bulk).ok_or(CardError::NoSecurityModule)?;
    Ok(match plan {
        Plan::OnePair { out, into } => {
            let ends = Opened::open(&interface, &[out], &[into])?;
            Box::new(Pump::new(OnePair(ends)))
        }
        Plan::HeadAndBody { out, into } => {
            let ends = Opened::open(&interface, &out, &into)?;
            Box::new(Pump::new(HeadAndBody::new(ends, pause)))
        }
    })
}

fn bulk_ends(interface: &Interface) -> Vec<BulkEnd> {
    let Some(descriptor) = interface.descriptor() else {
        return Vec::new();
    };
    let is_bulk = |end: &nusb::descriptors::EndpointDescriptor| {
        end.transfer_type() == nusb::descriptors::TransferType::Bulk
    };
    let bulk = descriptor.endpoints().filter(is_bulk);
    bulk.map(|end| BulkEnd {
        address: end.address(),
        packet_len: end.max_packet_size(),
    })
    .collect()
}

struct Opened {
    out: Vec<Endpoint<Bulk, Out>>,
    into: Vec<Endpoint<Bulk, In>>,
}

impl Opened {
    fn open(interface: &Interface, out: &[BulkEnd], into: &[BulkEnd]) -> Result<Self, CardError> {
        let out = out.iter().map(|end| interface.endpoint(end.address));
        let into = into.iter().map(|end| interface.endpoint(end.address));
        Ok(Self {
            out: out
                .collect::<Result<_, _>>()
                .map_err(|error| error_of(&error))?,
            into: into
                .collect::<Result<_, _>>()
                .map_err(|error| error_of(&error))?,
        })
    }
}

impl Ends for Opened {
    fn write(&mut self, end: usize, bytes: &[u8], until: Instant) -> Result<(), CardError> {
        let limit = until.saturating_duration_since(Instant::now());
        let out = &mut self.out[end];
        let done = out.transfer_blocking(bytes.to_vec().into(), limit);
        match done.status {
            Ok(()) => Ok(()),
            Err(TransferError::Cancelled) => Err(CardError::Timeout),
            Err(TransferError::Stall) => {
                // The device refused; with the halt cleared the next request may pass.
                let _ = out.clear_halt().wait();
                Err(CardError::ReaderTransfer)
            }
            Err(error) => Err(error_of_transfer(error)),
        }
    }

    fn read(&mut self, end: usize, until: Instant) -> Result<Vec<u8>, CardError> {
        let into = &mut self.into[end];
        loop {
            while into.pending() < READ_AHEAD {
                into.submit(Buffer::new(into.max_packet_size()));
            }
            let limit = until.saturating_duration_since(Instant::now());
            let Some(done) = into.wait_next_complete(limit) else {
                return Ok(Vec::new());
            };
            match done.status {
                // A packet without bytes ends a transfer whose last packet was full.
                Ok(()) if done.buffer.is_empty() => {}
                Ok(()) => return Ok(done.buffer.into_vec()),
                Err(TransferError::Stall) => {
                    clear(into);
                    return Err(CardError::ReaderTransfer);
                }
                Err(error) => return Err(error_of_transfer(error)),
            }
        }
    }
}

/// Clears a halted endpoint; no transfer may be under way then.
fn clear(into: &mut Endpoint<Bulk, In>) {
    into.cancel_all();
    while into.pending() > 0 && into.wait_next_complete(CANCEL_LIMIT).is_some() {}
    // If it cannot be cleared, the next read says so.
    let _ = into.clear_halt().wait();
}

fn error_of_transfer(error: TransferError) -> CardError {
    match error {
        TransferError::Disconnected => CardError::ReaderGone,
        TransferError::Cancelled => CardError::Timeout,
        _ => CardError::ReaderTransfer,
    }
}

fn error_of(error: &nusb::Error) -> CardError {
    match error.kind() {
        ErrorKind::PermissionDenied => CardError::AccessDenied,
        ErrorKind::Busy => CardError::ReaderInUse,
        ErrorKind::Disconnected | ErrorKind::NotFound => CardError::ReaderGone,
        _ => CardError::ReaderTransfer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_is_not_there_is_no_failure_with_usb_and_without() {
        // A model that no vendor has.
        let found = find(0xFFFE, 0xFFFE).map(|found| found.len());
        assert_eq!(found, Ok(0));
    }
}
