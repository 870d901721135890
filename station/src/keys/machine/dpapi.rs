//! **Never compiled**: written for Windows, where no one of us has built it yet. The machine secret under
//! `CryptProtectData`, for the user who runs the station: a disk in another computer does not open it.

#[cfg(windows)]
pub use windows_only::InDpapi;

#[cfg(windows)]
mod windows_only {
    use windows::Win32::Foundation::{HLOCAL, LocalFree};
    use windows::Win32::Security::Cryptography::{
        CRYPT_INTEGER_BLOB, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
    };
    use windows::core::PCWSTR;
    use zeroize::{Zeroize, Zeroizing};

    use super::super::{Keeps, Kept, lost};
    use crate::error::{Error, Result};
    use crate::keys::Secret;

    /// See the module.
    pub struct InDpapi;

    impl Keeps for InDpapi {
        fn keep(&self, secret: &Secret) -> Result<Kept> {
            let sealed = call(secret.as_slice(), true);
            let sealed = sealed.ok_or_else(|| Error::coded("keys.keeper_refused"))?;
            Ok(Kept::Dpapi {
                sealed: hex::encode(&*sealed),
            })
        }

        fn fetch(&self, kept: &Kept) -> Result<Secret> {
            let Kept::Dpapi { sealed } = kept else {
                return Err(lost());
            };
            let sealed = hex::decode(sealed).map_err(|_| lost())?;
            let plain = call(&sealed, false).ok_or_else(lost)?;
            let secret = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| lost())?;
            Ok(Zeroizing::new(secret))
        }

        /// What Windows sealed lies in `keys.json` only, which is written anew.
        fn forget(&self, _: &Kept) -> Result<()> {
            Ok(())
        }
    }

    fn call(bytes: &[u8], protect: bool) -> Option<Zeroizing<Vec<u8>>> {
        let length = u32::try_from(bytes.len()).ok()?;
        let input = CRYPT_INTEGER_BLOB {
            cbData: length,
            pbData: bytes.as_ptr().cast_mut(),
        };
        let mut output = CRYPT_INTEGER_BLOB::default();
        let flags = CRYPTPROTECT_UI_FORBIDDEN;
        // SAFETY: the input outlives the call and is only read; the output is freed below.
        unsafe {
            match protect {
                true => {
                    CryptProtectData(&input, PCWSTR::null(), None, None, None, flags, &mut output)
                }
                false => CryptUnprotectData(&input, None, None, None, None, flags, &mut output),
            }
            .ok()?;
            let given = std::slice::from_raw_parts_mut(output.pbData, output.cbData as usize);
            let copy = Zeroizing::new(given.to_vec());
            given.zeroize();
            LocalFree(Some(HLOCAL(output.pbData.cast())));
            Some(copy)
        }
    }
}
