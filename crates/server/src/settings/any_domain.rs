//! `[any_domain]`: every domain whose mail comes to us, besides those that are named.

use mailbox::{LoginForm, MailboxUrl};
use protocol::email::Domain;
use serde::Deserialize;

use super::{Settings, SettingsError};

/// `[any_domain]`: how passwords are checked for every domain whose mail our own hosts take.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyDomainSettings {
    /// The names of our mail exchangers, as MX records name them. A domain is served if all of its
    /// records name one of these.
    pub mx: Vec<Domain>,
    /// How a password is checked; the mail server has to know the domains apart.
    pub mailbox: MailboxUrl,
    /// What is sent as user name: the address, and nothing else is allowed here.
    #[serde(default)]
    pub login: LoginForm,
    /// Domains that are not served, whoever takes their mail.
    #[serde(default)]
    pub except: Vec<Domain>,
}

impl AnyDomainSettings {
    /// Serves the domains whose mail `mx` take, with all else as it is when nobody says.
    pub fn new(mx: Vec<Domain>, mailbox: MailboxUrl) -> Self {
        Self {
            mx,
            mailbox,
            login: LoginForm::default(),
            except: Vec::new(),
        }
    }
}

/// Checks what of `[any_domain]` needs more than one key, or knowledge of what a value is for.
pub(super) fn validate(settings: &Settings) -> Result<(), SettingsError> {
    let Some(any) = &settings.any_domain else {
        return Ok(());
    };
    if any.mx.is_empty() {
        return Err(SettingsError::new(
            "any_domain.mx",
            "no mail exchanger is named, so no domain's mail can be known to come to us",
            "mx = [\"mail.example.org\"], as the MX records of your domains name it",
        ));
    }
    for (index, host) in any.mx.iter().enumerate() {
        // What means another machine to everybody is nobody's name.
        if !host.as_str().contains('.') || host.as_str().ends_with(".localhost") {
            return Err(SettingsError::new(
                &format!("any_domain.mx[{index}]"),
                &format!("{host} is not the name of one host to everybody"),
                "write its whole name, such as \"mail.example.org\"",
            ));
        }
    }
    if any.login == LoginForm::LocalPart {
        return Err(SettingsError::new(
            "any_domain.login",
            "asked by local part alone, the mail server would open a mailbox of yours for whoever \
             has a domain of their own with its mail at your hosts",
            "leave login out: users are asked about by their whole address here",
        ));
    }
    validate_mailbox(any)?;
    validate_sharing(settings, any)
}

fn validate_mailbox(any: &AnyDomainSettings) -> Result<(), SettingsError> {
    let (what, why) = match &any.mailbox {
        MailboxUrl::Server(_) | MailboxUrl::Dovecot(_) | MailboxUrl::Command(_) => return Ok(()),
        MailboxUrl::File(_) => (
            "a file of passwords",
            "its names without a domain would be users of every domain",
        ),
        MailboxUrl::Ldap(_) => (
            "a directory",
            "where its people are is said for each domain apart",
        ),
    };
    Err(SettingsError::new(
        "any_domain.mailbox",
        &format!("{what} cannot be asked about every domain: {why}"),
        "name a mail server, \"smtps://mail.example.org\", or give each domain a [[domain]] of its own",
    ))
}

/// The rule for domains that are named, with a stranger's domain as the other one (`mail.md` §9 rule 3).
fn validate_sharing(settings: &Settings, any: &AnyDomainSettings) -> Result<(), SettingsError> {
    let system = any.mailbox.system();
    for (index, domain) in settings.domain.iter().enumerate() {
        if domain.login == LoginForm::LocalPart && domain.mailbox.system() == system {
            return Err(SettingsError::new(
                &format!("domain[{index}].login"),
                &format!(
                    "{} is asked by local part alone at {system}, where [any_domain] asks about \
                     every domain, so its users could be taken for those of a stranger's domain",
                    domain.name
                ),
                "use login = \"address\", or leave [any_domain] out",
            )
            .beside("any_domain.mailbox".to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::DomainSettings;
    use super::super::tests::refused;
    use super::*;

    fn any(mx: &[&str], mailbox: &str) -> AnyDomainSettings {
        let mx = mx.iter().map(|name| name.parse().unwrap()).collect();
        AnyDomainSettings::new(mx, mailbox.parse().unwrap())
    }

    fn key(any: AnyDomainSettings, domain: Vec<DomainSettings>) -> Option<String> {
        let any_domain = Some(any);
        refused(|settings| {
            settings.domain = domain;
            settings.any_domain = any_domain;
        })
    }

    const MX: &[&str] = &["mail.example.org", "mx2.example.org"];
    const MAILBOX: &str = "smtps://mail.example.org";

    #[test]
    fn a_mail_server_that_gets_whole_addresses_can_be_asked_about_every_domain() {
        for mailbox in [
            MAILBOX,
            "imap://mail.example.org",
            "dovecot:/run/dovecot/auth-client",
            "command:/usr/local/bin/ask",
        ] {
            assert_eq!(key(any(MX, mailbox), Vec::new()), None, "{mailbox}");
        }
    }

    #[test]
    fn a_backend_that_does_not_tell_domains_apart_is_refused() {
        for mailbox in [
            "file:/etc/persona/users",
            "file:/etc/persona/users?domain=example.org",
            "ldaps://ldap.example.org/dc=example,dc=org",
        ] {
            let key = key(any(MX, mailbox), Vec::new());
            assert_eq!(key.as_deref(), Some("any_domain.mailbox"), "{mailbox}");
        }
    }

    #[test]
    fn a_strangers_domain_cannot_borrow_users_by_their_local_part() {
        let local_part = AnyDomainSettings {
            login: LoginForm::LocalPart,
            ..any(MX, MAILBOX)
        };
        assert_eq!(
            key(local_part, Vec::new()).as_deref(),
            Some("any_domain.login")
        );

        let named = |mailbox: &str| {
            let name = "example.org".parse().unwrap();
            let mut domain = DomainSettings::new(name, mailbox.parse().unwrap());
            domain.login = LoginForm::LocalPart;
            vec![domain]
        };
        let at_the_same_host = named("imaps://mail.example.org");
        assert_eq!(
            key(any(MX, MAILBOX), at_the_same_host).as_deref(),
            Some("domain[0].login")
        );
        let elsewhere = named("imaps://mail.example.net");
        assert_eq!(key(any(MX, MAILBOX), elsewhere), None);
    }

    #[test]
    fn exchangers_have_names_that_mean_one_host_to_everybody() {
        assert_eq!(
            key(any(&[], MAILBOX), Vec::new()).as_deref(),
            Some("any_domain.mx")
        );
        for name in ["localhost", "mail", "mail.localhost"] {
            let key = key(any(&["mail.example.org", name], MAILBOX), Vec::new());
            assert_eq!(key.as_deref(), Some("any_domain.mx[1]"), "{name}");
        }
    }
}
