//! The part of libjpeg-turbo that we use, made safe: planes out of a JPEG, planes into one.
//!
//! All `unsafe` of reading and writing JPEG is here. The library works on bytes in memory, checks
//! its input, and reports failure by return values; what it must be told right is how large the
//! buffers are, and that is worked out here from the sizes it announces.

use std::ffi::{c_int, c_void};

use turbojpeg_sys as sys;

use crate::error::PageError;

/// Scans of a progressive JPEG beyond this are an attack on time; cameras write about ten.
const SCAN_LIMIT: c_int = 64;
/// Memory that the library may take for its own tables of a progressive JPEG, MiB.
const MEMORY_LIMIT_MIB: c_int = 640;

/// How chroma is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// At luma's size.
    Full,
    /// Half as wide.
    HalfAcross,
    /// Half as high.
    HalfDown,
    /// Half as wide and half as high.
    Half,
    /// No chroma.
    Gray,
    /// Anything else that the standard allows.
    Other,
}

impl Sampling {
    fn read(value: c_int) -> Sampling {
        match value {
            sys::TJSAMP_TJSAMP_444 => Sampling::Full,
            sys::TJSAMP_TJSAMP_422 => Sampling::HalfAcross,
            sys::TJSAMP_TJSAMP_440 => Sampling::HalfDown,
            sys::TJSAMP_TJSAMP_420 => Sampling::Half,
            sys::TJSAMP_TJSAMP_GRAY => Sampling::Gray,
            _ => Sampling::Other,
        }
    }

    fn code(self) -> c_int {
        match self {
            Sampling::Full => sys::TJSAMP_TJSAMP_444,
            Sampling::HalfAcross => sys::TJSAMP_TJSAMP_422,
            Sampling::HalfDown => sys::TJSAMP_TJSAMP_440,
            Sampling::Half => sys::TJSAMP_TJSAMP_420,
            Sampling::Gray => sys::TJSAMP_TJSAMP_GRAY,
            Sampling::Other => sys::TJSAMP_TJSAMP_UNKNOWN,
        }
    }

    /// The size of a chroma plane.
    #[must_use]
    pub fn chroma(self, width: usize, height: usize) -> Option<(usize, usize)> {
        match self {
            Sampling::Full => Some((width, height)),
            Sampling::HalfAcross => Some((width.div_ceil(2), height)),
            Sampling::HalfDown => Some((width, height.div_ceil(2))),
            Sampling::Half => Some((width.div_ceil(2), height.div_ceil(2))),
            Sampling::Gray | Sampling::Other => None,
        }
    }
}

/// The model of a JPEG's colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colors {
    /// Luma and chroma, or luma alone: what we keep.
    Luma,
    /// Red, green, blue.
    Rgb,
    /// For printing presses.
    Cmyk,
}

/// What a JPEG says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Its chroma.
    pub sampling: Sampling,
    /// Its colours.
    pub colors: Colors,
}

/// Rows of samples as the library left them: some rows may have a sample more than asked for.
pub struct Raw {
    /// Samples.
    pub data: Vec<u8>,
    /// From one row to the next.
    pub stride: usize,
}

/// An instance of the library.
struct Handle(*mut c_void);

// SAFETY: an instance is bound to no thread; it is used by one at a time, since it is not `Sync`.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made by `tj3Init`, destroyed once.
        unsafe { sys::tj3Destroy(self.0) }
    }
}

impl Handle {
    fn new(kind: c_int) -> Result<Handle, PageError> {
        // SAFETY: takes a number, gives an instance or null.
        let handle = unsafe { sys::tj3Init(kind) };
        match handle.is_null() {
            true => Err(PageError::Encode),
            false => Ok(Handle(handle)),
        }
    }

    fn set(&mut self, what: c_int, value: c_int) -> bool {
        // SAFETY: a living instance and two numbers.
        unsafe { sys::tj3Set(self.0, what, value) == 0 }
    }

    fn get(&self, what: c_int) -> c_int {
        // SAFETY: a living instance and a number.
        unsafe { sys::tj3Get(self.0, what) }
    }

    /// Whether the last call ended with a warning only: what it made is there, but in part made up.
    fn only_warned(&self) -> bool {
        // SAFETY: a living instance.
        unsafe { sys::tj3GetErrorCode(self.0) == sys::TJERR_TJERR_WARNING as c_int }
    }
}

/// Reads JPEGs.
pub struct Reader(Handle);

impl Reader {
    /// A new one.
    pub fn new() -> Result<Reader, PageError> {
        let mut handle = Handle::new(sys::TJINIT_TJINIT_DECOMPRESS as c_int)?;
        let limits = handle.set(sys::TJPARAM_TJPARAM_SCANLIMIT as c_int, SCAN_LIMIT)
            && handle.set(sys::TJPARAM_TJPARAM_MAXMEMORY as c_int, MEMORY_LIMIT_MIB);
        if limits {
            Ok(Reader(handle))
        } else {
            Err(PageError::Encode)
        }
    }

    /// The header.
    pub fn header(&mut self, bytes: &[u8]) -> Result<Header, PageError> {
        // SAFETY: the bytes are there for as long as the call takes.
        let failed =
            unsafe { sys::tj3DecompressHeader(self.0.0, bytes.as_ptr(), bytes.len() as _) };
        if failed != 0 && !self.0.only_warned() {
            return Err(PageError::NotAnImage);
        }
        let size = |what| usize::try_from(self.0.get(what)).unwrap_or(0);
        let colors = match self.0.get(sys::TJPARAM_TJPARAM_COLORSPACE as c_int) as _ {
            sys::TJCS_TJCS_YCbCr | sys::TJCS_TJCS_GRAY => Colors::Luma,
            sys::TJCS_TJCS_RGB => Colors::Rgb,
            _ => Colors::Cmyk,
        };
        let header = Header {
            width: size(sys::TJPARAM_TJPARAM_JPEGWIDTH as c_int),
            height: size(sys::TJPARAM_TJPARAM_JPEGHEIGHT as c_int),
            sampling: Sampling::read(self.0.get(sys::TJPARAM_TJPARAM_SUBSAMP as c_int)),
            colors,
        };
        if header.width == 0 || header.height == 0 {
            return Err(PageError::NotAnImage);
        }
        Ok(header)
    }

    /// The planes, at `eighths` (1, 2, 4 or 8) of the size; `header` is this JPEG's own. Says
    /// whether all of it could be read: what could not is grey.
    pub fn planes(
        &mut self,
        bytes: &[u8],
        header: &Header,
        eighths: usize,
    ) -> Result<(Vec<Raw>, bool), PageError> {
        let scale = sys::tjscalingfactor {
            num: 1,
            denom: (8 / eighths.clamp(1, 8)) as c_int,
        };
        // Only fractions in lowest terms are taken.
        // SAFETY: a living instance and two numbers.
        if unsafe { sys::tj3SetScalingFactor(self.0.0, scale) } != 0 {
            return Err(PageError::NotAnImage);
        }
        // The scaling factor counts from the header that was read last.
        if self.header(bytes)? != *header {
            return Err(PageError::NotAnImage);
        }
        let scaled = |size: usize| (size * eighths).div_ceil(8) as c_int;
        let (width, height) = (scaled(header.width), scaled(header.height));
        let sampling = header.sampling.code();
        let count = if header.sampling == Sampling::Gray {
            1
        } else {
            3
        };
        let mut planes = Vec::new();
        for n in 0..count {
            // SAFETY: numbers in, a number out; 0 is failure.
            let (stride, rows) = unsafe {
                (
                    sys::tj3YUVPlaneWidth(n, width, sampling) as usize,
                    sys::tj3YUVPlaneHeight(n, height, sampling) as usize,
                )
            };
            if stride == 0 || rows == 0 {
                return Err(PageError::NotAnImage);
            }
            planes.push(Raw {
                data: vec![0; stride * rows],
                stride,
            });
        }
        let mut starts = [std::ptr::null_mut(); 3];
        let mut strides = [0; 3];
        for (n, plane) in planes.iter_mut().enumerate() {
            starts[n] = plane.data.as_mut_ptr();
            strides[n] = plane.stride as c_int;
        }
        // SAFETY: each plane has the rows and the row length that the library asked for at this
        // size and sampling, and the header it reads is the one they were worked out from.
        let failed = unsafe {
            sys::tj3DecompressToYUVPlanes8(
                self.0.0,
                bytes.as_ptr(),
                bytes.len() as _,
                starts.as_mut_ptr(),
                strides.as_mut_ptr(),
            )
        };
        if failed != 0 && !self.0.only_warned() {
            return Err(PageError::NotAnImage);
        }
        Ok((planes, failed == 0))
    }
}

/// Writes JPEGs of one size and kind.
pub struct Writer {
    handle: Handle,
    sampling: Sampling,
    out: Vec<u8>,
}

impl Writer {
    /// A writer at this quality (1 to 100) that notes this density, dots an inch, if any.
    pub fn new(sampling: Sampling, quality: u8, dpi: Option<u32>) -> Result<Writer, PageError> {
        let mut handle = Handle::new(sys::TJINIT_TJINIT_COMPRESS as c_int)?;
        let dots = dpi.and_then(|dpi| u16::try_from(dpi).ok());
        let unit = c_int::from(dots.is_some());
        let dots = c_int::from(dots.unwrap_or(1));
        let settings = [
            (
                sys::TJPARAM_TJPARAM_QUALITY as c_int,
                c_int::from(quality.clamp(1, 100)),
            ),
            (sys::TJPARAM_TJPARAM_SUBSAMP as c_int, sampling.code()),
            (sys::TJPARAM_TJPARAM_NOREALLOC as c_int, 1),
            (sys::TJPARAM_TJPARAM_XDENSITY as c_int, dots),
            (sys::TJPARAM_TJPARAM_YDENSITY as c_int, dots),
            (sys::TJPARAM_TJPARAM_DENSITYUNITS as c_int, unit),
        ];
        let set = settings
            .iter()
            .all(|(what, value)| handle.set(*what, *value));
        let out = Vec::new();
        set.then_some(Writer {
            handle,
            sampling,
            out,
        })
        .ok_or(PageError::Encode)
    }

    /// A JPEG of these planes; luma first, chroma as the sampling has it. Rows are whole.
    pub fn write(
        &mut self,
        planes: &[&[u8]],
        width: usize,
        height: usize,
    ) -> Result<&[u8], PageError> {
        let chroma = self.sampling.chroma(width, height);
        let sizes = [Some((width, height)), chroma, chroma];
        let count = if chroma.is_some() { 3 } else { 1 };
        let sizes: Vec<(usize, usize)> = sizes.into_iter().flatten().collect();
        let fits = planes
            .iter()
            .zip(&sizes)
            .all(|(plane, (w, h))| plane.len() == w * h);
        let within = (1..=65_500).contains(&width) && (1..=65_500).contains(&height);
        if planes.len() != count || !fits || !within {
            return Err(PageError::Encode);
        }
        // Odd sizes with half chroma: the library wants an even number of luma rows and columns.
        let padded = padded(planes, &sizes, self.sampling);
        let mut starts = [std::ptr::null(); 3];
        let mut strides = [0; 3];
        for (n, plane) in planes.iter().enumerate() {
            starts[n] = plane.as_ptr();
            strides[n] = sizes[n].0 as c_int;
        }
        if let Some((luma, stride)) = &padded {
            starts[0] = luma.as_ptr();
            strides[0] = *stride as c_int;
        }
        let (width, height) = (width as c_int, height as c_int);
        // SAFETY: numbers in, a number out.
        let most = unsafe { sys::tj3JPEGBufSize(width, height, self.sampling.code()) } as usize;
        self.out.resize(most.max(self.out.len()), 0);
        let mut start = self.out.as_mut_ptr();
        let mut len = self.out.len() as _;
        // SAFETY: the planes have the rows and columns that the library reads at this size and
        // sampling; the output is as long as it can become, and may not be reallocated.
        let failed = unsafe {
            sys::tj3CompressFromYUVPlanes8(
                self.handle.0,
                starts.as_ptr(),
                width,
                strides.as_ptr(),
                height,
                &mut start,
                &mut len,
            )
        };
        if failed != 0 {
            return Err(PageError::Encode);
        }
        self.out.get(..len as usize).ok_or(PageError::Encode)
    }
}

/// Luma with its last column and row doubled where chroma at half size needs an even number.
fn padded(
    planes: &[&[u8]],
    sizes: &[(usize, usize)],
    sampling: Sampling,
) -> Option<(Vec<u8>, usize)> {
    let (width, height) = sizes[0];
    let wide = matches!(sampling, Sampling::Half | Sampling::HalfAcross) && width % 2 == 1;
    let tall = matches!(sampling, Sampling::Half | Sampling::HalfDown) && height % 2 == 1;
    if !wide && !tall {
        return None;
    }
    let stride = width + usize::from(wide);
    let mut luma = Vec::with_capacity(stride * (height + 1));
    let rows = planes[0].chunks_exact(width);
    for row in rows.clone().chain(rows.last().filter(|_| tall)) {
        luma.extend_from_slice(row);
        luma.extend(row.last().filter(|_| wide));
    }
    Some((luma, stride))
}
