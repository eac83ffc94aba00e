//! The pages as browsers get them: there, allowed into the dialog's frame, with their cookies whole,
//! and at the right time (`browserid.md` §8.1 F7 and F16, §8.2).

use std::time::UNIX_EPOCH;

use server::clock::Clock;
use server::outbound::Seen;
use server::places;

use super::Outside;
use super::trouble::{header, no_answer};
use crate::checks::Finding;
use crate::checks::http;

impl Outside<'_> {
    /// Looks at the login page and the provisioning page.
    pub(super) async fn pages(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for page in [places::AUTHENTICATION, places::PROVISIONING] {
            let host = &self.issuer;
            let path = self.settings.base_path.of(&page);
            let path = path.as_str();
            let subject = format!("https://{host}{path}");
            let seen = match self.view.see(host, path).await {
                Ok(seen) => seen,
                Err(error) => {
                    findings.push(no_answer(&subject, host.as_str(), &error));
                    continue;
                }
            };
            let is_page =
                header(&seen, "content-type").is_some_and(|kind| kind.starts_with("text/html"));
            let trouble = if seen.status != 200 {
                Some(self.other_status(&subject, host.as_str(), path, &seen))
            } else if !is_page {
                Some(self.not_a_page(&subject))
            } else if page == places::PROVISIONING {
                self.framing(&subject, &seen)
            } else {
                self.cookies(&subject, &seen)
                    .await
                    .or_else(|| clock(&subject, &seen))
            };
            findings.push(trouble.unwrap_or_else(|| {
                Finding::ok("outside-page", subject, "browsers get it as it was sent")
            }));
        }
        findings
    }

    fn not_a_page(&self, subject: &str) -> Finding {
        Finding::fail("outside-page-type", subject, "it is not sent as text/html")
            .because("browsers do not show it as a page")
            .mend(format!(
                "at {}: {}",
                self.issuer,
                self.pass(places::AUTHENTICATION.as_str())
            ))
    }

    /// The dialog and the trusted brokers show this page in a frame; a web server in front often
    /// forbids frames everywhere.
    fn framing(&self, subject: &str, seen: &Seen) -> Option<Finding> {
        let forbids = |line: &str| {
            Finding::fail("outside-framing", subject, format!("it comes with {line}"))
                .because("browsers refuse to show it in the dialog's frame, and nobody can sign in")
                .mend(format!(
                    "take the line add_header {} out of the server block of {}, or say it in other \
                     locations alone",
                    line.split(':').next().unwrap_or_default(),
                    self.issuer
                ))
        };
        if let Some(value) = header(seen, "x-frame-options") {
            return Some(forbids(&format!("X-Frame-Options: {value}")));
        }
        let policies = seen.headers.get_all("content-security-policy");
        let policies: Vec<String> = policies
            .iter()
            .map(|policy| String::from_utf8_lossy(policy.as_bytes()).into_owned())
            .collect();
        match policies.as_slice() {
            [one] if one.contains("frame-ancestors 'self'") => None,
            [] => Some(forbids(
                "no Content-Security-Policy: it was taken away on the way",
            )),
            _ => Some(forbids(
                "Content-Security-Policy: not the one that was sent",
            )),
        }
    }

    /// Compares the cookies with those that the server sends to the web server in front.
    async fn cookies(&self, subject: &str, seen: &Seen) -> Option<Finding> {
        let address = &self.settings.listen.address;
        let login = self.settings.base_path.of(&places::AUTHENTICATION);
        let sent = http::get(address, self.settings.issuer.authority(), login.as_str()).await;
        let sent = shapes(sent.ok()?.cookies.iter().map(String::as_str));
        let arrived = seen.headers.get_all("set-cookie");
        let arrived: Vec<_> = arrived
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let arrived = shapes(arrived.into_iter());
        if sent == arrived {
            return None;
        }
        let finding = Finding::fail(
            "outside-cookie",
            subject,
            format!("its cookies arrive as {arrived:?} and were sent as {sent:?}"),
        );
        Some(
            finding
                .because("a browser does not bring them back, and every login is told to try again")
                .mend(format!(
                    "take proxy_cookie_path, proxy_cookie_domain, proxy_cookie_flags and whatever else \
                     changes Set-Cookie out of the server block of {}",
                    self.issuer
                )),
        )
    }
}

/// Cookies without what differs each time: names and attributes, in one spelling and order.
fn shapes<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut shapes: Vec<String> = lines
        .map(|line| {
            let mut parts = line.split(';').map(str::trim);
            let name = parts.next().and_then(|pair| pair.split('=').next());
            let mut attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
            attributes.sort();
            format!("{}; {}", name.unwrap_or_default(), attributes.join("; "))
        })
        .collect();
    shapes.sort();
    shapes
}

/// Compares the web server's clock with ours. Certificates are good for a minute on either side.
fn clock(subject: &str, seen: &Seen) -> Option<Finding> {
    let theirs = httpdate::parse_http_date(&header(seen, "date")?).ok()?;
    let theirs = theirs.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let ours = u64::try_from(Clock::system().now().to_seconds().as_seconds()).ok()?;
    let apart = ours.abs_diff(theirs);
    (apart > CLOCKS_APART).then(|| {
        let seen = format!("the web server's clock and this machine's are {apart} s apart");
        Finding::fail("outside-clock", subject, seen)
            .because("certificates are taken for expired, or not yet valid")
            .mend("timedatectl set-ntp true, on both machines")
    })
}

/// Seconds between two clocks that verifiers forgive (`browserid.md` §5.1).
const CLOCKS_APART: u64 = 60;
