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
use x509_cert::der::asn1::Ia5String;
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

const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";

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
    let (ca, node, user) = thread::scope(|scope| {
        let keys = [(); 2].map(|()| scope.spawn(key));
        let ca = key();
        let mut keys = keys.map(|key| key.join().map_err(|_| anyhow!("no key could be made")));
        let taken = |key: &mut anyhow::Result<_>| std::mem::replace(key, Err(anyhow!("taken")));
        let [node, user] = [0, 1].map(|at| taken(&mut keys[at]).flatten());
        anyhow::Ok((ca?, node?, user?))
    })
    .context("could not make the keys")?;
    let made = || -> anyhow::Result<Certificates> {
        let authority = "choria-external net";
        let issued = |name: &str, key: &SigningKey<Sha256>, names: &[GeneralName]| {
            let mut builder = builder(authority, name, key)?;
            builder.add_extension(&BasicConstraints {
                ca: false,
                path_len_constraint: None,
            })?;
            let uses = [SERVER_AUTH, CLIENT_AUTH].map(|oid| oid.parse());
            let uses = uses.into_iter().collect::<Result<Vec<_>, _>>();
            builder.add_extension(&ExtendedKeyUsage(uses.map_err(|error| anyhow!("{error}"))?))?;
            builder.add_extension(&SubjectAltName(names.to_vec()))?;
            let certificate = builder.build(&ca)?;
            anyhow::Ok(Pair {
                certificate: certificate.to_pem(LineEnding::LF)?,
                key: key.as_ref().to_pkcs8_pem(LineEnding::LF)?.to_string(),
            })
        };
        let mut root = builder(authority, authority, &ca)?;
        root.add_extension(&BasicConstraints {
            ca: true,
            path_len_constraint: Some(0),
        })?;
        root.add_extension(&KeyUsage(KeyUsages::KeyCertSign.into()))?;
        let loopback = GeneralName::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Certificates {
            ca: root.build(&ca)?.to_pem(LineEnding::LF)?,
            node: issued("localhost", &node, &[dns("localhost")?, loopback])?,
            client: issued(client, &user, &[dns(client)?])?,
        })
    };
    made().context("could not make the certificates")
}

fn key() -> anyhow::Result<SigningKey<Sha256>> {
    let key = RsaPrivateKey::new(&mut UnwrapErr(SysRng), BITS)?;
    Ok(SigningKey::new(key))
}

fn dns(name: &str) -> anyhow::Result<GeneralName> {
    Ok(GeneralName::DnsName(Ia5String::new(name)?))
}

fn builder(
    issuer: &str,
    subject: &str,
    key: &SigningKey<Sha256>,
) -> anyhow::Result<CertificateBuilder<Named>> {
    let named = Named {
        issuer: Name::from_str(&format!("CN={issuer}"))?,
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
