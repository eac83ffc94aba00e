//! How the site checks an assertion: it asks the issuer's verifier, over HTTP, as any site may.
//!
//! `browserid.md` §5.5 gives the call. The audience is the site's own, from its settings, never
//! from the request that brought the assertion: otherwise an assertion made for another site would do.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use protocol::email::EmailAddress;
use protocol::origin::Origin;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Where the verifier is, and for whom it verifies.
#[derive(Clone, Debug)]
pub(super) struct Verifier {
    /// The issuer's origin.
    pub(super) issuer: Origin,
    /// Its address on this machine: `*.localhost` names need no look-up.
    pub(super) address: SocketAddr,
    /// This site's own origin.
    pub(super) audience: Origin,
}

/// What the verifier said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The assertion is good, and this is who made it.
    Okay(EmailAddress),
    /// It is not, with the verifier's reason.
    Failure(String),
}

impl Verifier {
    /// Asks about one assertion.
    pub(super) async fn ask(&self, assertion: &str) -> anyhow::Result<Said> {
        let question = json!({ "assertion": assertion, "audience": self.audience.as_str() });
        let answer = timeout(WHOLE_LIMIT, self.post(question.to_string()))
            .await
            .context("the verifier did not answer in time")??;
        read(&answer, self.audience.as_str())
    }

    async fn post(&self, body: String) -> anyhow::Result<Value> {
        let request = Request::post("/persona/verify")
            .header("host", self.issuer.authority())
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let stream = TcpStream::connect(self.address)
            .await
            .context("the verifier cannot be reached")?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let carry = tokio::spawn(connection);
        let answer = async {
            let response = sender.send_request(request).await?;
            let body = Limited::new(response.into_body(), LARGEST_ANSWER);
            body.collect().await.map_err(anyhow::Error::from_boxed)
        }
        .await;
        carry.abort();
        serde_json::from_slice(&answer?.to_bytes()).context("the verifier did not answer in JSON")
    }
}

fn read(answer: &Value, audience: &str) -> anyhow::Result<Said> {
    let member = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    match member("status") {
        "okay" if member("audience") == audience => {
            Ok(Said::Okay(EmailAddress::parse(member("email"))?))
        }
        "failure" => Ok(Said::Failure(member("reason").to_owned())),
        _ => bail!("the verifier said neither okay nor failure"),
    }
}

/// Time for the whole question.
const WHOLE_LIMIT: Duration = Duration::from_secs(10);
/// Octets of an answer; a good one has a few hundred.
const LARGEST_ANSWER: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_okay_for_this_site_signs_in() {
        let site = "http://shop.localhost:1";
        let okay = json!({ "status": "okay", "audience": site, "email": "a@b.localhost" });
        let other = json!({ "status": "okay", "audience": "http://x", "email": "a@b.localhost" });
        let nobody = json!({ "status": "okay", "audience": site });
        let failure = json!({ "status": "failure", "reason": "expired" });

        assert_eq!(
            read(&okay, site).unwrap(),
            Said::Okay(EmailAddress::parse("a@b.localhost").unwrap())
        );
        assert_eq!(
            read(&failure, site).unwrap(),
            Said::Failure("expired".to_owned())
        );
        for odd in [
            other,
            nobody,
            json!({}),
            json!([]),
            json!({ "status": true }),
        ] {
            assert!(read(&odd, site).is_err(), "{odd}");
        }
    }
}
