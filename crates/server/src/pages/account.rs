//! The mailbox owner's page.

use askama::Template;

use crate::assets::Assets;

/// Lists the sites that somebody has let know who they are.
#[derive(Debug, Template)]
#[template(path = "account.html")]
pub(crate) struct AccountPage<'a> {
    /// Where the style is.
    pub(crate) assets: &'a Assets,
    /// The operator's domain.
    pub(crate) domain: &'a str,
    /// Whose page it is.
    pub(crate) email: &'a str,
    /// The token of its forms.
    pub(crate) csrf: &'a str,
    /// The sites.
    pub(crate) sites: &'a [AgreedSite<'a>],
}

/// Is a site in that list.
#[derive(Debug)]
pub(crate) struct AgreedSite<'a> {
    /// The name of the client in requests.
    pub(crate) client: &'a str,
    /// What people know it by.
    pub(crate) name: &'a str,
    /// What it is told, in words; may be empty.
    pub(crate) told: String,
}
