//! A certificate authority to throw away, and server certificates with every fault that counts.
//!
//! `mail.md` §7 lists the faults that a client must notice. Keys and authority live as long as the
//! test; the authority's PEM file lies in a temporary folder. Called by tests that need TLS.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

/// A certificate authority that nobody knows.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: PathBuf,
    // Deletes the folder when the authority goes.
    _folder: TempDir,
}

/// A certificate and its key, for a server to show.
#[derive(Debug)]
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// What is right or wrong with a certificate, apart from the names in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// Nothing is wrong.
    Good,
    /// It ended in 2001.
    Expired,
    /// It begins in the year 3000.
    NotYetValid,
    /// The name is in the subject's common name, where nobody looks any more (RFC 6125 §6.4.4).
    CommonNameOnly,
    /// It may be used by clients and not by servers.
    ForClients,
}

impl Authority {
    /// Makes an authority and writes its certificate into a temporary folder.
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new([]).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "Rehearsal Authority");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        let folder = TempDir::new()?;
        let pem = folder.path().join("authority.pem");
        std::fs::write(&pem, certificate.pem())?;
        Ok(Self {
            issuer: Issuer::new(params, key),
            pem,
            _folder: folder,
        })
    }

    /// Gives the file that holds the authority's certificate.
    pub fn pem_file(&self) -> &Path {
        &self.pem
    }

    /// Issues a certificate for host names and addresses.
    pub fn issue(&self, names: &[&str], quality: Quality) -> io::Result<Identity> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = server_params(names, quality)?
            .signed_by(&key, &self.issuer)
            .map_err(io::Error::other)?;
        Ok(Identity::new(certificate.der().clone(), &key))
    }
}

impl Identity {
    /// Makes a certificate that vouches for itself.
    pub fn self_signed(names: &[&str]) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = server_params(names, Quality::Good)?
            .self_signed(&key)
            .map_err(io::Error::other)?;
        Ok(Self::new(certificate.der().clone(), &key))
    }

    fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        Self {
            certificate,
            key: key.into(),
        }
    }

    /// Gives the settings of a server that shows this certificate.
    pub fn server_config(&self) -> io::Result<Arc<ServerConfig>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .map_err(io::Error::other)?;
        Ok(Arc::new(config))
    }
}

fn server_params(names: &[&str], quality: Quality) -> io::Result<CertificateParams> {
    let in_subject = quality == Quality::CommonNameOnly;
    let listed = names.iter().filter(|_| !in_subject);
    let listed: Vec<String> = listed.map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(listed).map_err(io::Error::other)?;
    if in_subject {
        params
            .distinguished_name
            .push(DnType::CommonName, names.concat());
    }
    if quality == Quality::Expired {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    }
    if quality == Quality::NotYetValid {
        params.not_before = date_time_ymd(3000, 1, 1);
        params.not_after = date_time_ymd(3001, 1, 1);
    }
    params.extended_key_usages = match quality {
        Quality::ForClients => vec![ExtendedKeyUsagePurpose::ClientAuth],
        Quality::Good | Quality::Expired | Quality::NotYetValid | Quality::CommonNameOnly => {
            vec![ExtendedKeyUsagePurpose::ServerAuth]
        }
    };
    Ok(params)
}
