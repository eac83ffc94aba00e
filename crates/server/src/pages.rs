//! Every page that a person sees, as a type whose fields are what the page needs to know.
//!
//! The templates are in `pages/`, checked and compiled in with the program; all values are
//! escaped. Pages hold no inline script or style, so that the content security policy can forbid
//! both. Called by the routes, which bring `askama::Template` into scope for `render`. Decisions
//! are deliberately absent: which page, and which [`Problem`], is the caller's.

use askama::Template;

use crate::assets::Assets;
use crate::journey::oidc::authorize::SiteName;

pub(crate) use self::account::{AccountPage, AgreedSite};

mod account;

/// Asks for the password of a mailbox. Works without scripts.
///
/// The form posts `email`, `password`, `csrf` and, when the address is locked, `locked=yes`, so
/// that a second try can look like the first.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage<'a> {
    /// Where style and scripts are.
    pub(crate) assets: &'a Assets,
    /// Whose page it is: the only one of `domains`, else the issuer's host.
    pub(crate) domain: &'a str,
    /// The mail domains that it is for: that of the address when it is one of ours, else those that
    /// may be named. None: it does not say.
    pub(crate) domains: &'a [String],
    /// A domain that we serve, for an example of an address.
    pub(crate) example: Option<String>,
    /// The domain, if it has addresses that are opened with another mailbox's password.
    pub(crate) shared: Option<&'a str>,
    /// The address to show, as it was given; may be empty.
    pub(crate) email: &'a str,
    /// Whether the address is fixed, because something else has asked for exactly this one.
    pub(crate) locked: bool,
    /// The form's token.
    pub(crate) csrf: &'a str,
    /// Where somebody goes on to who has signed in.
    pub(crate) onward: Option<Onward<'a>>,
    /// What went wrong at the last try.
    pub(crate) problem: Option<Problem<'a>>,
    /// The origins of the trusted brokers, with spaces between them.
    pub(crate) brokers: &'a str,
}

/// Says what kept somebody from signing in. Each looks and reads differently.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Problem<'a> {
    /// The mail server itself said no.
    Refused,
    /// Too many attempts; nothing was checked.
    TooMany {
        /// How long to wait.
        seconds: u64,
    },
    /// The mail server could not be asked; nothing was checked.
    Unreachable {
        /// The reference that is in the log line.
        reference: &'a str,
    },
    /// Not everybody was asked about whose password it may be.
    Undecided {
        /// The reference that is in the log line.
        reference: &'a str,
    },
    /// What was typed is not an e-mail address.
    NotAnAddress,
    /// The address belongs to a domain that we do not serve.
    NotOurs {
        /// That domain.
        domain: &'a str,
    },
    /// Whether the address belongs to a domain that we serve is not known; nothing was checked.
    DomainUnknown {
        /// The reference that is in the log line.
        reference: &'a str,
    },
    /// The form's token is missing, old or somebody else's.
    FormExpired,
    /// The name before the `@` means something else to mail servers.
    NameUnusable {
        /// Why, in lower case and without a full stop.
        why: &'a str,
    },
    /// The password cannot be sent to a mail server.
    PasswordUnusable {
        /// Why, in lower case and without a full stop.
        why: &'a str,
    },
}

/// Says that somebody is signed in; a sign-in that a site has begun passes through it.
#[derive(Debug, Template)]
#[template(path = "signed-in.html")]
pub(crate) struct SignedInPage<'a> {
    /// Where style and scripts are.
    pub(crate) assets: &'a Assets,
    /// The operator's domain.
    pub(crate) domain: &'a str,
    /// The session's address.
    pub(crate) email: &'a str,
    /// The token of the sign-out form.
    pub(crate) csrf: &'a str,
    /// The origins of the trusted brokers, with spaces between them.
    pub(crate) brokers: &'a str,
}

/// Gets a certificate inside a broker's invisible frame (browserid.md §2.2).
#[derive(Debug, Template)]
#[template(path = "provisioning.html")]
pub(crate) struct ProvisioningPage<'a> {
    /// Where the scripts are.
    pub(crate) assets: &'a Assets,
    /// The origins of the trusted brokers, with spaces between them; our own needs no mention.
    pub(crate) brokers: &'a str,
}

/// Is the window that a site's sign-in button opens (browserid.md §6.3).
#[derive(Debug, Template)]
#[template(path = "dialog.html")]
pub(crate) struct DialogPage<'a> {
    /// Where style and scripts are.
    pub(crate) assets: &'a Assets,
    /// The issuer's host.
    pub(crate) domain: &'a str,
    /// What a site asked for that came by a form, without a window of its own.
    pub(crate) redirect: Option<RedirectRequest<'a>>,
}

/// Is a site's request to the dialog that replaces the site in its own window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RedirectRequest<'a> {
    /// The site's origin, as the browser named it.
    pub(crate) audience: &'a str,
    /// The site's wishes: a JSON text, read by the dialog.
    pub(crate) request: &'a str,
    /// What the site recognises the answer by.
    pub(crate) state: &'a str,
}

/// Hands a certificate to another installation's dialog (`docs/handoff.md`).
#[derive(Debug, Template)]
#[template(path = "handoff.html")]
pub(crate) struct HandoffPage<'a> {
    /// Where style and scripts are.
    pub(crate) assets: &'a Assets,
    /// The issuer's host.
    pub(crate) domain: &'a str,
    /// What the broker asked for; `None` when the person comes back from the login page.
    pub(crate) request: Option<HandoffRequest<'a>>,
    /// The origins of the trusted brokers, with spaces between them.
    pub(crate) brokers: &'a str,
}

/// Is a broker's request for a certificate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandoffRequest<'a> {
    /// The broker's origin, as the browser named it.
    pub(crate) broker: &'a str,
    /// Where its dialog is: a path at that origin.
    pub(crate) dialog: &'a str,
    /// Whether the operator trusts that broker.
    pub(crate) trusted: bool,
    /// The address.
    pub(crate) email: &'a str,
    /// The public key: a JSON text.
    pub(crate) public_key: &'a str,
    /// How long the certificate is wanted for.
    pub(crate) duration_seconds: u64,
    /// What the broker recognises the answer by.
    pub(crate) state: &'a str,
    /// Whether others use the same computer.
    pub(crate) shared: bool,
}

/// Is where the link in a mail leads. Nothing happens before its button is pressed, since mail
/// servers open links too.
#[derive(Debug, Template)]
#[template(path = "mailed.html")]
pub(crate) struct MailedPage<'a> {
    /// Where style and scripts are.
    pub(crate) assets: &'a Assets,
    /// The issuer's host.
    pub(crate) domain: &'a str,
    /// How far it has come.
    pub(crate) state: MailedState<'a>,
}

/// Says how far the confirmation of a mailed link has come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MailedState<'a> {
    /// The person has yet to press the button.
    Confirm {
        /// The address, where it is known.
        email: Option<&'a str>,
        /// The form's token.
        csrf: &'a str,
        /// The link's secret.
        token: &'a str,
    },
    /// This is not the browser that asked for the mail.
    OtherBrowser,
    /// This browser waits for an answer to another letter.
    OtherLetter,
    /// The address is confirmed.
    Done,
    /// The link has been used, is too old, or was never sent.
    Gone,
}

/// Is where somebody goes on to from a page of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Onward<'a> {
    /// The site's request, as it came.
    pub(crate) query: &'a str,
    /// The sealed time at which it came.
    pub(crate) since: &'a str,
    /// What people know the site by.
    pub(crate) site: &'a SiteName,
}

/// Asks whether a site may know somebody, or says that it may not.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage<'a> {
    /// Where the style is.
    pub(crate) assets: &'a Assets,
    /// The domain of the person.
    pub(crate) domain: &'a str,
    /// The person's address.
    pub(crate) email: &'a str,
    /// Where they go on to.
    pub(crate) onward: Onward<'a>,
    /// The form's token.
    pub(crate) csrf: &'a str,
    /// What the site would be told, in words; `None` if the operator does not let this person in.
    pub(crate) told: Option<Vec<&'static str>>,
}

/// Goes on to another address by itself (its answer has the header `Refresh`).
#[derive(Debug, Template)]
#[template(path = "go-on.html")]
pub(crate) struct GoOnPage<'a> {
    /// Where the style is.
    pub(crate) assets: &'a Assets,
    /// The issuer's host.
    pub(crate) domain: &'a str,
    /// Where to.
    pub(crate) to: &'a str,
}

/// Asks whether somebody wants to be signed out here, or says that they are.
#[derive(Debug, Template)]
#[template(path = "sign-out.html")]
pub(crate) struct SignOutPage<'a> {
    /// Where the style is.
    pub(crate) assets: &'a Assets,
    /// The issuer's host.
    pub(crate) domain: &'a str,
    /// What is asked; `None` when they are signed out.
    pub(crate) asked: Option<SignOutQuestion<'a>>,
}

/// Is the question whether somebody wants to be signed out here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignOutQuestion<'a> {
    /// Who is signed in.
    pub(crate) email: &'a str,
    /// The site that they come from, if it has said so.
    pub(crate) site: Option<&'a str>,
    /// The form's token.
    pub(crate) csrf: &'a str,
    /// The site's request, as it came.
    pub(crate) query: &'a str,
}

/// Posts the answer for a site (OAuth 2.0 Form Post Response Mode).
#[derive(Debug, Template)]
#[template(path = "post.html")]
pub(crate) struct PostPage<'a> {
    /// Where style and script are.
    pub(crate) assets: &'a Assets,
    /// The issuer's host.
    pub(crate) domain: &'a str,
    /// Where to.
    pub(crate) to: &'a str,
    /// Names and values.
    pub(crate) fields: &'a [(String, String)],
}

/// Says what went wrong, whose it is, and what to do next.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage<'a> {
    /// Where the style is.
    pub(crate) assets: &'a Assets,
    /// The operator's domain.
    pub(crate) domain: &'a str,
    /// What happened, in a few words.
    pub(crate) title: &'a str,
    /// What it means.
    pub(crate) sentence: &'a str,
    /// What to do next; may be empty.
    pub(crate) hint: &'a str,
    /// The reference that is in the log line.
    pub(crate) reference: Option<&'a str>,
}

impl LoginPage<'_> {
    /// Names the domains in a sentence: `a, b or c`.
    fn one_of_the_domains(&self) -> String {
        match self.domains {
            [] => String::new(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }

    /// Decides whether the problem lies with the address field.
    fn is_address_wrong(&self) -> bool {
        match self.problem {
            Some(
                Problem::NotAnAddress | Problem::NotOurs { .. } | Problem::NameUnusable { .. },
            ) => true,
            Some(
                Problem::Refused
                | Problem::TooMany { .. }
                | Problem::Unreachable { .. }
                | Problem::Undecided { .. }
                | Problem::DomainUnknown { .. }
                | Problem::FormExpired
                | Problem::PasswordUnusable { .. },
            )
            | None => false,
        }
    }

    /// Decides whether the problem lies with the password field.
    fn is_password_wrong(&self) -> bool {
        match self.problem {
            Some(Problem::Refused | Problem::PasswordUnusable { .. }) => true,
            Some(
                Problem::NotAnAddress
                | Problem::NotOurs { .. }
                | Problem::NameUnusable { .. }
                | Problem::TooMany { .. }
                | Problem::Unreachable { .. }
                | Problem::Undecided { .. }
                | Problem::DomainUnknown { .. }
                | Problem::FormExpired,
            )
            | None => false,
        }
    }

    /// Names the parts of the page that say something about the password.
    fn describes_password(&self) -> Option<&'static str> {
        let has_problem = self.problem.is_some() && !self.is_address_wrong();
        match (has_problem, self.shared.is_some()) {
            (true, true) => Some("problem shared-address"),
            (true, false) => Some("problem"),
            (false, true) => Some("shared-address"),
            (false, false) => None,
        }
    }

    /// Decides which field the person goes on with: the first that is empty or wrong.
    fn starts_at_password(&self) -> bool {
        self.locked || !(self.email.is_empty() || self.is_address_wrong())
    }
}

#[cfg(test)]
mod tests;
