//! Somebody else's issuer: a domain with a key and a support document, behind TLS on loopback.

use protocol::jose::{RsaSigner, Signer, jws};
use testkit::certificates::{Authority, Quality};
use testkit::https::{HttpsServer, Reply};

/// The issuer's domain.
const DOMAIN: &str = "idp.example";

/// A running issuer. Stopped when it is dropped.
#[derive(Debug)]
pub(crate) struct Stranger {
    server: HttpsServer,
    authority: Authority,
    key: RsaSigner,
}

impl Stranger {
    /// Starts the issuer. Its document may be kept for longer than the benchmark lasts.
    pub(crate) async fn start() -> Self {
        let authority = Authority::new().expect("an authority");
        let identity = authority
            .issue(&[DOMAIN], Quality::Good)
            .expect("a certificate");
        let (key, _) = RsaSigner::generate().expect("a key");
        let document = format!(
            "{{\"public-key\":{},\"authentication\":\"/a\",\"provisioning\":\"/p\"}}",
            key.public_key().to_browserid_text()
        );
        let headers = [
            "content-type: application/json",
            "cache-control: max-age=21600",
        ];
        let answer = Reply::new("200 OK", &headers, &document);
        let server = HttpsServer::start(&identity, move |_| answer.clone()).await;
        Self {
            server: server.expect("a server"),
            authority,
            key,
        }
    }

    /// Gives the settings by which a server finds this issuer.
    pub(crate) fn settings(&self) -> String {
        format!(
            "[outbound]\nca = \"{}\"\nhosts = {{ \"{DOMAIN}\" = \"{}\" }}\n",
            self.authority.pem_file().display(),
            self.server.address()
        )
    }

    /// Gives the issuer's public key.
    pub(crate) fn key(&self) -> &RsaSigner {
        &self.key
    }

    /// Certifies a key, given as JSON text, for an address of the domain, for ever; each number gives
    /// another certificate.
    pub(crate) fn certify(&self, key: &str, number: usize) -> String {
        let claims = format!(
            "{{\"public-key\":{key},\"principal\":{{\"email\":\"alice@{DOMAIN}\"}},\
             \"iat\":1700000000000,\"exp\":{},\"iss\":\"{DOMAIN}\"}}",
            4_000_000_000_000 + number
        );
        jws::sign(&claims, &self.key).expect("a certificate")
    }

    /// Says how often the issuer was asked.
    pub(crate) fn asked(&self) -> usize {
        self.server.asked().len()
    }
}
