//! A site that accepts any address: one script tag, one call, and a back end that asks the verifier.
//!
//! Called by the end-to-end tests. It keeps no session: who is signed in stands in the page.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::curl::Curl;
use crate::pages::{Answering, Reply, Request};

/// A site, and the installation whose dialog and verifier it uses.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The site's own origin.
    pub origin: String,
    /// The origin of the dialog and of the verifier.
    pub broker: String,
    /// Asks the verifier, over TLS.
    pub verifier: Curl,
}

impl Shop {
    /// Gives the function that answers for it. Any path but those of its back end is its one page.
    pub fn answering(self) -> Answering {
        let page = include_str!("shop/page.html").replace("BROKER", &self.broker);
        Arc::new(move |request| match request.path.as_str() {
            "/sign-in" => Reply::json(&self.sign_in(request)),
            "/favicon.ico" => Reply::not_found(),
            _ => Reply::html(page.clone()),
        })
    }

    /// Has an assertion verified, and gives the verdict.
    pub fn verdict(&self, assertion: &str) -> Value {
        let fields = [("assertion", assertion), ("audience", &self.origin)];
        let url = format!("{}/verify", self.broker);
        let answer = self.verifier.submit(&url, &fields);
        let verdict = answer.map_err(|error| format!("{error:#}"));
        let verdict = verdict.and_then(|answer| answer.json().map_err(|error| error.to_string()));
        verdict.unwrap_or_else(|error| json!({ "status": "failure", "reason": error }))
    }

    fn sign_in(&self, request: &Request) -> Value {
        if request.header("origin") == Some(&self.origin) {
            self.verdict(&request.body)
        } else {
            json!({ "status": "failure", "reason": "not from this site" })
        }
    }
}
