//! Why nothing useful came of a question from outside, each cause with its own remedy.

use server::outbound::{FetchError, Obstacle, Seen};

use super::{Outside, WELL_KNOWN};
use crate::checks::Finding;
use crate::nginx;
use crate::service::Service;

/// Says why a host gave no answer.
pub(super) fn no_answer(subject: &str, host: &str, error: &FetchError) -> Finding {
    let cause = error.cause();
    let find = |code: &str| Finding::fail(code, subject, cause.clone());
    let cannot = format!("no site can ask {host}");
    match error {
        FetchError::NoSuchHost(_) => Finding::fail(
            "outside-name",
            subject,
            format!("the name {host} leads to no address"),
        )
        .because(cannot)
        .mend(format!(
            "a DNS record A or AAAA for {host}, with the address of its web server"
        )),
        FetchError::NotAsked(_, Obstacle::SpecialAddress) => Finding::warn(
            "outside-private",
            subject,
            format!("the name {host} leads to addresses that are not public"),
        )
        .because("other installations do not ask there, and this one could not look")
        .mend(format!(
            "a public address for {host}; where all is in one private network, name it in \
             [outbound] hosts of each installation"
        )),
        FetchError::NotAsked(_, Obstacle::Port) => Finding::warn(
            "outside-port",
            subject,
            format!("{host} is not at port 443"),
        )
        .because("other installations ask at port 443 alone")
        .mend("an issuer without a port in the settings"),
        FetchError::NotAsked(_, Obstacle::Unresolved(_)) => find("outside-unresolved")
            .because("what others see of it is not known")
            .look(format!("getent hosts {host}")),
        FetchError::NotAsked(_, Obstacle::Encryption(_)) => {
            find("outside-certificate").because(cannot).look(format!(
                "openssl s_client -connect {host}:443 -servername {host} -verify_hostname {host}"
            ))
        }
        FetchError::NotAsked(_, Obstacle::NoRoots) => find("outside-no-roots")
            .because("certificates cannot be verified here")
            .mend("apt-get install ca-certificates"),
        FetchError::NotAsked(_, Obstacle::Connection(_) | Obstacle::Busy)
        | FetchError::Timeout(_) => find("outside-connection")
            .because(cannot)
            .look(format!("curl -i https://{host}/.well-known/browserid")),
        FetchError::NotAsked(_, Obstacle::Http(_))
        | FetchError::Redirect(_)
        | FetchError::Status(..)
        | FetchError::NotJson(_)
        | FetchError::Malformed(..)
        | FetchError::Cut(..) => find("outside-http")
            .because(cannot)
            .look(format!("curl -i https://{host}/.well-known/browserid")),
    }
}

impl Outside<'_> {
    /// Says what is wrong with an answer that is not 200.
    pub(super) fn other_status(
        &self,
        subject: &str,
        host: &str,
        path: &str,
        seen: &Seen,
    ) -> Finding {
        let status = seen.status;
        let cannot = format!("nobody gets {path} of {host}");
        match status {
            300..=399 => {
                let place = header(seen, "location").unwrap_or_else(|| "nowhere".to_owned());
                Finding::fail(
                    "outside-redirect",
                    subject,
                    format!("it is answered with a redirect to {place}"),
                )
                .because("no site follows a redirect there")
                .mend(format!("at {host}: {}", self.pass(path)))
            }
            404 | 410 => Finding::fail(
                "outside-missing",
                subject,
                format!("the web server of {host} does not have it ({status})"),
            )
            .because(cannot)
            .mend(format!("at {host}: {}", self.pass(path))),
            502..=504 => Finding::fail(
                "outside-proxy",
                subject,
                format!("the web server of {host} cannot reach this server ({status})"),
            )
            .because(cannot)
            .mend(format!(
                "{}, and pass to {} there",
                Service::of(self.file).start(self.file),
                self.settings.listen.address
            )),
            _ => Finding::fail(
                "outside-status",
                subject,
                format!("it is answered with status {status}"),
            )
            .because(cannot)
            .look(format!("curl -i https://{host}{path}")),
        }
    }

    /// The line of nginx that hands a path to this server.
    pub(super) fn pass(&self, path: &str) -> String {
        let matched = if path == WELL_KNOWN {
            "= /.well-known/browserid".to_owned()
        } else {
            format!("{}/persona/", self.settings.base_path.prefix())
        };
        let location = nginx::location(&matched, &self.settings.listen.address);
        location.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Gives a header's text as far as it can be shown.
pub(super) fn header(seen: &Seen, name: &str) -> Option<String> {
    let value = seen.headers.get(name)?;
    Some(
        value
            .as_bytes()
            .escape_ascii()
            .take(MOST_SHOWN)
            .map(char::from)
            .collect(),
    )
}

const MOST_SHOWN: usize = 200;
