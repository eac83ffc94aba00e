//! Encryption: the only file that names the TLS library.
//!
//! RFC 8314 §4 and RFC 7817: TLS 1.2 at least, the certificate always verified, against the system's
//! authorities and those of `?ca=FILE`, for the name that the administrator wrote. One [`Tls`] per
//! backend, so that sessions are resumed. Deliberately absent: any way to switch verification off.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::check::OpenError;
use crate::escape::escape;
use crate::unavailable::Unavailable;
use crate::url::{Host, ServerUrl};

/// An encrypted connection to a server whose certificate was verified.
pub(crate) type SecureStream = tokio_rustls::client::TlsStream<TcpStream>;

/// What is needed to encrypt a connection to one server.
#[derive(Debug)]
pub(crate) struct Tls {
    /// Nothing, when there is no authority to verify by: clear text to this machine needs none.
    config: Option<Arc<ClientConfig>>,
    name: ServerName<'static>,
}

impl Tls {
    /// Reads the authorities that the server's certificate may come from.
    pub(crate) fn open(url: &ServerUrl) -> Result<Self, OpenError> {
        let tls = Self::with_name(url.certificate_name(), url.ca())?;
        if url.allows_clear_text() {
            return Ok(tls);
        }
        tls.required()
    }

    /// Reads the authorities that a certificate for this name may come from, if there are any.
    pub(crate) fn with_name(name: &Host, ca: Option<&Path>) -> Result<Self, OpenError> {
        Ok(Self {
            config: client_config(ca)?.map(Arc::new),
            name: server_name(name)?,
        })
    }

    /// Makes sure that there is an authority to verify by.
    pub(crate) fn required(self) -> Result<Self, OpenError> {
        if self.config.is_none() {
            return Err(OpenError::NoRoots);
        }
        Ok(self)
    }

    /// Encrypts a connection, or says why the server is not believed.
    pub(crate) async fn handshake(&self, stream: TcpStream) -> Result<SecureStream, Unavailable> {
        let Some(config) = &self.config else {
            let why = "this machine has no authority to verify it by: name one with ?ca=FILE";
            return Err(Unavailable::Certificate {
                why: why.to_owned(),
            });
        };
        TlsConnector::from(Arc::clone(config))
            .connect(self.name.clone(), stream)
            .await
            .map_err(|error| trouble(&error, "the end of the TLS handshake"))
    }
}

/// Makes the settings of a client that verifies servers by the system's authorities and by those in
/// the PEM file `ca`. `None` if there is not one authority.
pub fn client_config(ca: Option<&Path>) -> Result<Option<ClientConfig>, OpenError> {
    let mut roots = RootCertStore::empty();
    // What the system has and cannot be read is not our business; what remains must verify.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca {
        add_authorities(&mut roots, path)?;
    }
    (!roots.is_empty()).then(|| config_with(roots)).transpose()
}

/// Says what an error of an encrypted or a plain connection means.
pub(crate) fn trouble(error: &io::Error, before: &'static str) -> Unavailable {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        None => Unavailable::Closed { before },
        Some(rustls::Error::InvalidCertificate(error)) => Unavailable::Certificate {
            why: certificate_trouble(error),
        },
        Some(rustls::Error::NoCertificatesPresented) => Unavailable::Certificate {
            why: "there is none".to_owned(),
        },
        Some(error) => Unavailable::TlsBroken {
            why: escape(error.to_string().as_bytes()),
        },
    }
}

fn certificate_trouble(error: &CertificateError) -> String {
    use CertificateError as E;
    let sentence = if matches!(error, E::Expired | E::ExpiredContext { .. }) {
        "it has expired"
    } else if matches!(error, E::NotValidYet | E::NotValidYetContext { .. }) {
        "it is not valid yet: compare the clocks of both machines"
    } else if matches!(error, E::NotValidForName | E::NotValidForNameContext { .. }) {
        "it is for another name: name the right one with ?server_name=NAME"
    } else if matches!(error, E::UnknownIssuer) {
        "it is from an authority unknown here: name a private authority with ?ca=FILE"
    } else if matches!(error, E::BadSignature) {
        "it is not signed by the authority that it names"
    } else if matches!(error, E::InvalidPurpose | E::InvalidPurposeContext { .. }) {
        "it is not made for a server"
    } else {
        return escape(error.to_string().as_bytes());
    };
    if let E::NotValidForNameContext { presented, .. } = error {
        let names = escape(presented.join(", ").as_bytes());
        return format!("{sentence} (it names: {names})");
    }
    sentence.to_owned()
}

fn add_authorities(roots: &mut RootCertStore, path: &Path) -> Result<(), OpenError> {
    let unreadable = |why: String| OpenError::CaUnreadable {
        path: path.to_owned(),
        why,
    };
    let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| unreadable(error.to_string()))?;
        count += 1;
    }
    if count == 0 {
        return Err(OpenError::CaEmpty {
            path: path.to_owned(),
        });
    }
    Ok(())
}

fn config_with(roots: RootCertStore) -> Result<ClientConfig, OpenError> {
    let refused = |error: &dyn std::error::Error| OpenError::Tls(error.to_string());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&provider))
        .build()
        .map_err(|error| refused(&error))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(|error| refused(&error))?
        .with_webpki_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

fn server_name(host: &Host) -> Result<ServerName<'static>, OpenError> {
    match host {
        Host::Address(address) => Ok(ServerName::IpAddress(IpAddr::into(*address))),
        Host::Name(name) => ServerName::try_from(name.to_string())
            .map_err(|error| OpenError::Tls(format!("{name}: {error}"))),
    }
}
