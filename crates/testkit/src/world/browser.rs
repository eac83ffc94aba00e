//! The browsers of a world, and what their dialogs make.

use protocol::jose::{RsaSigner, Signer, base64url};
use protocol::time::Timestamp;

use super::World;
use crate::http::{Answer, Client};

/// A browser that keeps its cookies and says where its requests come from, as browsers do.
#[derive(Debug)]
pub struct Browser<'w> {
    world: &'w World,
    issuer: String,
    /// What it asks with, and its cookies.
    pub client: Client,
}

impl<'w> Browser<'w> {
    pub(super) fn new(world: &'w World, issuer: &str, client: Client) -> Self {
        let issuer = issuer.to_owned();
        Self {
            world,
            issuer,
            client,
        }
    }

    /// The host of the pages that it is on.
    fn host(&self) -> &str {
        self.issuer.split_once("://").unwrap().1
    }

    /// Follows a link on one of our own pages.
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// The same with header fields of its own.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("host", self.host()), ("accept", "text/html")];
        all.retain(|(name, _)| !headers.iter().any(|(n, _)| n == name));
        all.extend_from_slice(headers);
        self.client
            .request("GET", &self.world.url(path), &all, b"")
            .await
            .unwrap()
    }

    /// Sends a form that stands on one of our own pages.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(
            path,
            &[
                ("host", self.host()),
                ("origin", self.issuer.as_str()),
                ("accept", "text/html"),
            ],
            fields,
        )
        .await
    }

    /// Sends a form from wherever the header fields say.
    pub async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        fields: &[(&str, &str)],
    ) -> Answer {
        self.client
            .post_form(&self.world.url(path), headers, fields)
            .await
            .unwrap()
    }

    /// Sends what a script on one of our own pages sends.
    pub async fn post_json(&self, path: &str, value: &serde_json::Value) -> Answer {
        let headers = [
            ("host", self.host()),
            ("origin", self.issuer.as_str()),
            ("accept", "application/json"),
        ];
        self.client
            .post_json(&self.world.url(path), &headers, value)
            .await
            .unwrap()
    }

    /// Loads the login page and reads the form's token from it.
    pub async fn form_token(&self) -> String {
        let page = self
            .get("/persona/login/?email=nobody@example.org")
            .await
            .text();
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// Fills in the login form.
    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        let csrf = self.form_token().await;
        let fields = [("email", email), ("password", password), ("csrf", &csrf)];
        self.post("/persona/auth/login/", &fields).await
    }

    /// Asks whether exactly this address is signed in.
    pub async fn is_signed_in_as(&self, email: &str) -> bool {
        let path = format!("/persona/auth/has-session/?email={email}");
        match self.get(&path).await.status {
            200 => true,
            404 => false,
            other => panic!("neither yes nor no: {other}"),
        }
    }

    /// Asks for a certificate, as the provisioning page does.
    pub async fn certificate(&self, email: &str, key: &serde_json::Value) -> Answer {
        let body = serde_json::json!({ "email": email, "publicKey": key });
        self.post_json("/persona/auth/certificate/", &body).await
    }

    /// Gives the session cookie's value.
    pub fn session_cookie(&self) -> Option<String> {
        self.client.cookie("127.0.0.1", "__Host-persona")
    }
}

/// A user's key pair, as a browser makes it.
pub fn user() -> RsaSigner {
    RsaSigner::generate().unwrap().0
}

/// Signs what a dialog signs, and joins it to its certificate.
pub fn bundle(certificate: &str, user: &RsaSigner, audience: &str, expires: Timestamp) -> String {
    let claims = format!("{{\"exp\":{},\"aud\":\"{audience}\"}}", expires.as_millis());
    let text = format!(
        "eyJhbGciOiJSUzI1NiJ9.{}",
        base64url::encode(claims.as_bytes())
    );
    let signature = user.sign(text.as_bytes()).unwrap();
    format!("{certificate}~{text}.{}", base64url::encode(&signature))
}

/// The payload of a signed object, believed as it stands.
pub fn payload(signed: &str) -> serde_json::Value {
    let middle = signed.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64url::decode(middle).unwrap()).unwrap()
}
