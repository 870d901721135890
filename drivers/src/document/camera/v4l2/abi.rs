//! The kernel's structures as `linux/videodev2.h` has them on 64-bit machines, and the numbers of the
//! requests they go with. A union stands as its only member we use, filled up to its size.

use rustix::io::Errno;
use rustix::ioctl::{self, Opcode, Updater};
use std::os::fd::AsFd;

pub const CAPTURE: u32 = 1;
pub const MEMORY_MMAP: u32 = 1;
pub const FIELD_NONE: u32 = 1;
pub const CAP_VIDEO_CAPTURE: u32 = 0x0000_0001;
pub const CAP_STREAMING: u32 = 0x0400_0000;
pub const CAP_DEVICE_CAPS: u32 = 0x8000_0000;
pub const BUF_FLAG_ERROR: u32 = 0x0000_0040;
pub const SIZE_DISCRETE: u32 = 1;

/// Four letters as a pixel format.
pub const fn fourcc(letters: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*letters)
}

/// A structure of numbers only, in which all bits may be 0.
macro_rules! plain {
    ($( $(#[$meta:meta])* $name:ident { $( $field:ident: $type:ty ),* $(,)? } )*) => { $(
        $(#[$meta])*
        #[repr(C)]
        #[derive(Clone, Copy)]
        pub struct $name { $( pub $field: $type ),* }

        impl $name {
            pub fn zeroed() -> Self {
                // SAFETY: numbers and arrays of numbers; all bits 0 is a value of each.
                unsafe { std::mem::zeroed() }
            }
        }
    )* };
}

plain! {
    Capability {
        driver: [u8; 16],
        card: [u8; 32],
        bus_info: [u8; 32],
        version: u32,
        capabilities: u32,
        device_caps: u32,
        reserved: [u32; 3],
    }
    FormatDescription {
        index: u32,
        kind: u32,
        flags: u32,
        description: [u8; 32],
        pixel_format: u32,
        mbus_code: u32,
        reserved: [u32; 3],
    }
    /// The union holds pointers in members we do not use: it begins at a multiple of 8.
    Format {
        kind: u32,
        filling: u32,
        width: u32,
        height: u32,
        pixel_format: u32,
        field: u32,
        bytes_per_line: u32,
        size_image: u32,
        colorspace: u32,
        private: u32,
        flags: u32,
        encoding: u32,
        quantization: u32,
        transfer: u32,
        rest: [u64; 19],
    }
    /// Of the union, the discrete member's two, then the rest of the stepwise one.
    FrameSize {
        index: u32,
        pixel_format: u32,
        kind: u32,
        sizes: [u32; 6],
        reserved: [u32; 2],
    }
    FrameInterval {
        index: u32,
        pixel_format: u32,
        width: u32,
        height: u32,
        kind: u32,
        intervals: [u32; 6],
        reserved: [u32; 2],
    }
    RequestBuffers {
        count: u32,
        kind: u32,
        memory: u32,
        capabilities: u32,
        flags: u32,
    }
    Buffer {
        index: u32,
        kind: u32,
        bytes_used: u32,
        flags: u32,
        field: u32,
        filling: u32,
        timestamp: [i64; 2],
        timecode: [u32; 4],
        sequence: u32,
        memory: u32,
        offset: u32,
        offset_filling: u32,
        length: u32,
        reserved: u32,
        request: u32,
        end: u32,
    }
    /// `capability mode numerator denominator …`, then the rest of the union.
    StreamParameters {
        kind: u32,
        capability: u32,
        mode: u32,
        numerator: u32,
        denominator: u32,
        rest: [u32; 46],
    }
}

const fn request<T>(direction: u32, number: u8) -> Opcode {
    direction << 30 | (size_of::<T>() as u32) << 16 | (b'V' as u32) << 8 | number as u32
}

/// To the kernel.
const W: u32 = 1;
/// From the kernel.
const R: u32 = 2;
const WR: u32 = W | R;

/// One function a request: the number, the direction and the structure stand side by side.
macro_rules! requests {
    ($( $name:ident = $direction:ident $number:literal $type:ty; )*) => {
        $( pub fn $name(node: impl AsFd, value: &mut $type) -> Result<(), Errno> {
            const CODE: Opcode = request::<$type>($direction, $number);
            loop {
                // SAFETY: the number says that the kernel reads and writes one of this type.
                match unsafe { ioctl::ioctl(node.as_fd(), Updater::<CODE, $type>::new(value)) } {
                    Err(Errno::INTR) => {}
                    done => return done,
                }
            }
        } )*

        #[cfg(test)]
        const REQUESTS: &[(&str, u32)] =
            &[$( (stringify!($name), request::<$type>($direction, $number)) ),*];
    };
}

requests! {
    query_capability = R 0 Capability;
    enumerate_formats = WR 2 FormatDescription;
    get_format = WR 4 Format;
    set_format = WR 5 Format;
    request_buffers = WR 8 RequestBuffers;
    query_buffer = WR 9 Buffer;
    queue_buffer = WR 15 Buffer;
    dequeue_buffer = WR 17 Buffer;
    stream_on = W 18 u32;
    stream_off = W 19 u32;
    set_parameters = WR 22 StreamParameters;
    enumerate_sizes = WR 74 FrameSize;
    enumerate_intervals = WR 75 FrameInterval;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn request_numbers_are_the_kernels() {
        // As a C program with `linux/videodev2.h` prints them on x86-64.
        let known = [
            ("query_capability", 0x8068_5600),
            ("enumerate_formats", 0xC040_5602),
            ("get_format", 0xC0D0_5604),
            ("set_format", 0xC0D0_5605),
            ("request_buffers", 0xC014_5608),
            ("query_buffer", 0xC058_5609),
            ("queue_buffer", 0xC058_560F),
            ("dequeue_buffer", 0xC058_5611),
            ("stream_on", 0x4004_5612),
            ("stream_off", 0x4004_5613),
            ("set_parameters", 0xC0CC_5616),
            ("enumerate_sizes", 0xC02C_564A),
            ("enumerate_intervals", 0xC034_564B),
        ];
        assert_eq!(REQUESTS, known);
    }

    #[test]
    fn structures_are_laid_out_as_the_kernels() {
        assert_eq!(
            [
                offset_of!(Capability, device_caps),
                offset_of!(FormatDescription, pixel_format),
                offset_of!(Format, width),
                offset_of!(Format, size_image),
                offset_of!(Format, rest),
                offset_of!(FrameSize, sizes),
                offset_of!(FrameInterval, intervals),
                offset_of!(Buffer, timestamp),
                offset_of!(Buffer, sequence),
                offset_of!(Buffer, offset),
                offset_of!(Buffer, length),
                offset_of!(StreamParameters, numerator),
            ],
            [88, 44, 8, 28, 56, 12, 20, 24, 56, 64, 72, 12]
        );
        assert_eq!(fourcc(b"MJPG"), 0x4750_4A4D);
        assert_eq!(fourcc(b"YUYV"), 0x5659_5559);
    }
}
