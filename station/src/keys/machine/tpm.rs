//! The machine secret sealed by a TPM 2.0, under a storage key that the TPM derives from its own seed
//! each time. A disk in another computer does not open it; a cleared TPM loses it. Not bound to PCRs: an update of
//! the firmware must not lock a station out. What the TPM answers travels encrypted (a salted session), so that
//! a probe on its bus sees nothing.
//!
//! `libtss2` is linked dynamically; a machine without a TPM has the library and no device.

use tss_esapi::attributes::{ObjectAttributesBuilder, SessionAttributesBuilder};
use tss_esapi::constants::SessionType;
use tss_esapi::handles::{KeyHandle, ObjectHandle, SessionHandle};
use tss_esapi::interface_types::algorithm::{HashingAlgorithm, PublicAlgorithm};
use tss_esapi::interface_types::ecc::EccCurve;
use tss_esapi::interface_types::resource_handles::Hierarchy;
use tss_esapi::interface_types::session_handles::AuthSession;
use tss_esapi::structures::{
    EccPoint, KeyedHashScheme, Private, Public, PublicBuilder, PublicEccParametersBuilder,
    PublicKeyedHashParameters, SensitiveData, SymmetricDefinition, SymmetricDefinitionObject,
};
use tss_esapi::tcti_ldr::{DeviceConfig, TctiNameConf};
use tss_esapi::traits::{Marshall, UnMarshall};
use tss_esapi::{Context, Result as TpmResult};
use zeroize::Zeroizing;

use super::{Keeps, Kept, lost};
use crate::error::{Error, Result};
use crate::keys::Secret;

/// The kernel's resource manager: it keeps users of the TPM apart, and cleans up after them.
const DEVICE: &str = "/dev/tpmrm0";

/// See the module.
pub struct InTpm(Option<TctiNameConf>);

impl InTpm {
    /// The computer's own.
    pub fn system() -> InTpm {
        let there = std::path::Path::new(DEVICE).exists();
        let device = there.then(|| DEVICE.parse::<DeviceConfig>().ok()).flatten();
        InTpm(device.map(TctiNameConf::Device))
    }

    /// Whether one is there and answers.
    pub fn answers(&self) -> bool {
        self.open().is_ok()
    }

    fn open(&self) -> Result<Context> {
        let absent = || Error::coded("keys.keeper_absent");
        let name = self.0.clone().ok_or_else(absent)?;
        Context::new(name).map_err(|error| {
            tracing::warn!(%error, "the TPM does not answer");
            absent()
        })
    }
}

impl Keeps for InTpm {
    fn keep(&self, secret: &Secret) -> Result<Kept> {
        let mut context = self.open()?;
        seal(&mut context, secret).map_err(|error| {
            tracing::warn!(%error, "the TPM did not seal");
            Error::coded("keys.keeper_refused")
        })
    }

    fn fetch(&self, kept: &Kept) -> Result<Secret> {
        let Kept::Tpm { public, private } = kept else {
            return Err(lost());
        };
        let (public, private) = (hex::decode(public), hex::decode(private));
        let (Ok(public), Ok(private)) = (public, private) else {
            return Err(lost());
        };
        let mut context = self.open().map_err(|_| lost())?;
        let opened = unseal(&mut context, &public, &private).map_err(|error| {
            tracing::warn!(%error, "the TPM did not open the machine secret");
            lost()
        })?;
        let secret = <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| lost())?;
        Ok(Zeroizing::new(secret))
    }

    /// The TPM holds nothing: what it sealed lies in `keys.json` only, which is written anew.
    fn forget(&self, _: &Kept) -> Result<()> {
        Ok(())
    }
}

fn seal(context: &mut Context, secret: &Secret) -> TpmResult<Kept> {
    with_storage_key(context, |context, storage| {
        let data = SensitiveData::try_from(secret.to_vec())?;
        let made = context.create(storage, sealed_object()?, None, Some(data), None, None)?;
        Ok(Kept::Tpm {
            public: hex::encode(made.out_public.marshall()?),
            private: hex::encode(made.out_private.value()),
        })
    })
}

fn unseal(context: &mut Context, public: &[u8], private: &[u8]) -> TpmResult<Zeroizing<Vec<u8>>> {
    with_storage_key(context, |context, storage| {
        let private = Private::try_from(private.to_vec())?;
        let loaded = context.load(storage, private, Public::unmarshall(public)?)?;
        let opened = context.unseal(loaded.into());
        context.flush_context(loaded.into())?;
        Ok(Zeroizing::new(opened?.value().to_vec()))
    })
}

/// Runs `act` with the storage key, in a session that encrypts parameters both ways; leaves nothing
/// in the TPM.
fn with_storage_key<T>(
    context: &mut Context,
    act: impl FnOnce(&mut Context, KeyHandle) -> TpmResult<T>,
) -> TpmResult<T> {
    let template = storage_key()?;
    let storage = context.execute_with_nullauth_session(|context| {
        context.create_primary(Hierarchy::Owner, template, None, None, None, None)
    })?;
    let storage = storage.key_handle;
    let done = encrypted_session(context, storage).and_then(|session| {
        let done = context.execute_with_session(Some(session), |context| act(context, storage));
        let closed = context.flush_context(ObjectHandle::from(SessionHandle::from(session)));
        done.and_then(|made| closed.map(|()| made))
    });
    let flushed = context.flush_context(storage.into());
    done.and_then(|made| flushed.map(|()| made))
}

fn encrypted_session(context: &mut Context, storage: KeyHandle) -> TpmResult<AuthSession> {
    let session = context.start_auth_session(
        Some(storage),
        None,
        None,
        SessionType::Hmac,
        SymmetricDefinition::AES_128_CFB,
        HashingAlgorithm::Sha256,
    )?;
    let refused = tss_esapi::Error::WrapperError(tss_esapi::WrapperErrorKind::WrongValueFromTpm);
    let session = session.ok_or(refused)?;
    let (attributes, mask) = SessionAttributesBuilder::new()
        .with_decrypt(true)
        .with_encrypt(true)
        .build();
    context.tr_sess_set_attributes(session, attributes, mask)?;
    Ok(session)
}

/// An elliptic storage key (quicker than RSA on small chips), the same each time.
fn storage_key() -> TpmResult<Public> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_sensitive_data_origin(true)
        .with_user_with_auth(true)
        .with_no_da(true)
        .with_restricted(true)
        .with_decrypt(true)
        .build()?;
    let parameters = PublicEccParametersBuilder::new_restricted_decryption_key(
        SymmetricDefinitionObject::AES_128_CFB,
        EccCurve::NistP256,
    );
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::Ecc)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_ecc_parameters(parameters.build()?)
        .with_ecc_unique_identifier(EccPoint::default())
        .build()
}

/// 32 bytes that this TPM alone gives back, without a password of their own.
fn sealed_object() -> TpmResult<Public> {
    let attributes = ObjectAttributesBuilder::new()
        .with_fixed_tpm(true)
        .with_fixed_parent(true)
        .with_no_da(true)
        .with_user_with_auth(true)
        .build()?;
    PublicBuilder::new()
        .with_public_algorithm(PublicAlgorithm::KeyedHash)
        .with_name_hashing_algorithm(HashingAlgorithm::Sha256)
        .with_object_attributes(attributes)
        .with_keyed_hash_parameters(PublicKeyedHashParameters::new(KeyedHashScheme::Null))
        .with_keyed_hash_unique_identifier(Default::default())
        .build()
}

#[cfg(test)]
#[path = "tpm_tests.rs"]
mod tests;
