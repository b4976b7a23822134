//! The certificates of a network, made anew for each.
//!
//! All keys are RSA: clients sign their requests with theirs, and Choria refuses
//! any other kind.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr as _;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, anyhow};
use getrandom::SysRng;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::rand_core::{TryRng as _, UnwrapErr};
use rsa::signature::Keypair as _;
use rsa::{RsaPrivateKey, pkcs8::LineEnding};
use sha2::Sha256;
use x509_cert::builder::{Builder as _, CertificateBuilder, profile::BuilderProfile};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::EncodePem as _;
use x509_cert::der::asn1::{Ia5String, ObjectIdentifier};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

/// Bits of the keys: what is enough for a network that lives for hours. Larger
/// ones take several times as long to make.
const BITS: usize = 2048;
/// How long they count.
const LIFE: Duration = Duration::from_hours(24 * 30);
/// Before now, for clocks that are set back.
const BEFORE: Duration = Duration::from_hours(1);

/// What the certificates are for: both sides of TLS.
const USES: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2"),
];

/// The name of the authority.
const AUTHORITY: &str = "choria-external net";

/// The authority, and what it has signed.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) ca: String,
    pub(super) node: Pair,
    pub(super) client: Pair,
}

/// A certificate and its key, as PEM.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Makes all of them: one for broker and servers, which is valid for the
/// loopback, and one for the client of this name.
pub(super) fn certificates(client: &str) -> anyhow::Result<Certificates> {
    let keys = thread::scope(|scope| {
        let start = || thread::Builder::new().spawn_scoped(scope, key).ok();
        let others = [start(), start()];
        let own = key()?;
        let [node, client] = others.map(|other| match other {
            Some(other) => {
                let other = other.join();
                other.unwrap_or_else(|_| Err(anyhow!("a thread panicked")))
            }
            // The system had no thread left.
            None => key(),
        });
        anyhow::Ok((own, node?, client?))
    });
    let (own, node, user) = keys.context("could not make the keys")?;
    let loopback = GeneralName::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let made = || {
        anyhow::Ok(Certificates {
            ca: authority(&own)?,
            node: issue(&own, "localhost", &node, vec![dns("localhost")?, loopback])?,
            client: issue(&own, client, &user, vec![dns(client)?])?,
        })
    };
    made().context("could not make the certificates")
}

fn key() -> anyhow::Result<SigningKey<Sha256>> {
    let key = RsaPrivateKey::new(&mut UnwrapErr(SysRng), BITS)?;
    Ok(SigningKey::new(key))
}

/// The authority's own certificate.
fn authority(key: &SigningKey<Sha256>) -> anyhow::Result<String> {
    let mut builder = builder(AUTHORITY, key)?;
    builder.add_extension(&BasicConstraints {
        ca: true,
        path_len_constraint: Some(0),
    })?;
    builder.add_extension(&KeyUsage(KeyUsages::KeyCertSign.into()))?;
    Ok(builder.build(key)?.to_pem(LineEnding::LF)?)
}

/// A certificate that the authority signs.
fn issue(
    authority: &SigningKey<Sha256>,
    subject: &str,
    key: &SigningKey<Sha256>,
    names: Vec<GeneralName>,
) -> anyhow::Result<Pair> {
    let mut builder = builder(subject, key)?;
    builder.add_extension(&BasicConstraints {
        ca: false,
        path_len_constraint: None,
    })?;
    builder.add_extension(&ExtendedKeyUsage(USES.to_vec()))?;
    builder.add_extension(&SubjectAltName(names))?;
    Ok(Pair {
        certificate: builder.build(authority)?.to_pem(LineEnding::LF)?,
        key: key.as_ref().to_pkcs8_pem(LineEnding::LF)?.to_string(),
    })
}

fn dns(name: &str) -> anyhow::Result<GeneralName> {
    Ok(GeneralName::DnsName(Ia5String::new(name)?))
}

fn builder(subject: &str, key: &SigningKey<Sha256>) -> anyhow::Result<CertificateBuilder<Named>> {
    let named = Named {
        issuer: Name::from_str(&format!("CN={AUTHORITY}"))?,
        subject: Name::from_str(&format!("CN={subject}"))?,
    };
    let mut serial = [0; 16];
    SysRng.try_fill_bytes(&mut serial)?;
    let now = SystemTime::now();
    let validity = Validity::new(Time::try_from(now - BEFORE)?, Time::try_from(now + LIFE)?);
    let key = SubjectPublicKeyInfo::from_key(&key.verifying_key())?;
    Ok(CertificateBuilder::new(
        named,
        SerialNumber::new(&serial)?,
        validity,
        key,
    )?)
}

/// Who signs, and for whom; the extensions are added one by one.
struct Named {
    issuer: Name,
    subject: Name,
}

impl BuilderProfile for Named {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_made() {
        let made = certificates("rip.mcollective").unwrap();
        for pair in [&made.node, &made.client] {
            assert!(
                pair.certificate
                    .starts_with("-----BEGIN CERTIFICATE-----\n")
            );
            assert!(pair.key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        }
        assert_ne!(made.node.key, made.client.key);
        assert!(made.ca.ends_with("-----END CERTIFICATE-----\n"));
    }
}
