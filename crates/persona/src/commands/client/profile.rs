//! What applications want to know of an issuer, and in which form: the files of `crates/persona/profiles`.
//!
//! Only what has passed [`Base`] and [`Values`] is filled into a profile's texts: values without white
//! space, quotation marks or anything else that a shell or a settings file could read as its own.

use protocol::oidc::RedirectUri;
use serde::Deserialize;

use crate::config::nearest;
use crate::out::Failure;

/// What is known of one application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    /// Its name in commands.
    #[serde(skip)]
    pub(super) name: String,
    /// Its name for people.
    pub(super) title: String,
    /// The version that this was made for.
    pub(super) version: String,
    /// Where the application's own people explain it.
    pub(super) documentation: String,
    /// Has somebody of ours set it up by this?
    pub(super) tried: bool,
    /// What stands in place of the application's address, where that does not help.
    pub(super) url: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    #[serde(default)]
    pub(super) post_logout_redirect_uris: Vec<String>,
    pub(super) backchannel_logout_uri: Option<String>,
    pub(super) scopes: Vec<String>,
    /// Does it use PKCE, so that it can be held to it?
    #[serde(default)]
    pub(super) pkce: bool,
    /// Can it keep no secret?
    #[serde(default)]
    pub(super) public: bool,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default, rename = "step")]
    steps: Vec<Step>,
}

/// One thing to do at the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Where it is done.
    #[serde(rename = "where")]
    pub(super) place: String,
    /// What is pasted there.
    #[serde(default)]
    pub(super) text: Option<String>,
    /// What is filled in there: the fields of a form, each with its value.
    #[serde(default)]
    pub(super) fields: Vec<(String, String)>,
}

/// Where an application is: `https://cloud.example.org`, or a path below that.
#[derive(Clone, Debug)]
pub(super) struct Base(String);

/// What is filled in, by name.
#[derive(Debug)]
pub(super) struct Values(Vec<(&'static str, String)>);

/// Gives every profile, by name.
pub(super) fn all() -> Result<Vec<Profile>, Failure> {
    let read = |(name, text): &(&str, &str)| {
        let profile: Profile = toml::from_str(text)
            .map_err(|error| Failure::missing(format!("the profile {name}: {error}")))?;
        let name = (*name).to_owned();
        Ok(Profile { name, ..profile })
    };
    FILES.iter().map(read).collect()
}

/// Finds a profile by its name.
pub(super) fn find(name: &str) -> Result<Profile, Failure> {
    let found = all()?.into_iter().find(|profile| profile.name == name);
    found.ok_or_else(|| {
        let failure = Failure::wrong_use(format!("there is no profile {name:?}"));
        let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        let failure = match nearest(name, &names) {
            Some(near) => failure.hint(format!("did you mean {near}?")),
            None => failure,
        };
        failure.hint("persona client profiles lists them; generic is for all others")
    })
}

impl Profile {
    /// Does it matter where the application is?
    pub(super) fn needs_url(&self) -> bool {
        let uris = self.redirect_uris.iter();
        uris.chain(&self.post_logout_redirect_uris)
            .any(|uri| uri.contains("{url}"))
    }

    /// Is the address that is given with it the redirect address itself?
    pub(super) fn wants_redirect_uri(&self) -> bool {
        self.url.is_some()
    }

    /// Says what is done at the application.
    pub(super) fn steps(&self, values: &Values) -> Vec<Step> {
        let step = |step: &Step| Step {
            place: values.fill(&step.place),
            text: step.text.as_deref().map(|text| values.fill(text)),
            fields: step
                .fields
                .iter()
                .map(|(field, value)| (field.clone(), values.fill(value)))
                .collect(),
        };
        self.steps.iter().map(step).collect()
    }

    /// Says what somebody should know besides.
    pub(super) fn notes(&self, values: &Values) -> Vec<String> {
        self.notes.iter().map(|note| values.fill(note)).collect()
    }

    /// Could it be set up without a secret?
    pub(super) fn works_without_secret(&self) -> bool {
        let steps = self.steps.iter();
        let mut texts = steps.flat_map(|step| {
            let fields = step.fields.iter().map(|(_, value)| value.as_str());
            fields.chain(step.text.as_deref())
        });
        !texts.any(|text| text.contains("{secret}"))
    }
}

impl Base {
    /// Reads the address of an application as it stands in a browser.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let base = text.trim_end_matches('/');
        let uri = RedirectUri::parse(base).map_err(|error| error.to_string())?;
        let web = ["https://", "http://"];
        if !web.iter().any(|scheme| uri.as_str().starts_with(scheme)) {
            return Err("an application is at an https address".to_owned());
        }
        if !base.bytes().all(|b| is_plain(b) || b == b':' || b == b'/') {
            return Err("write it without parameters: https://cloud.example.org".to_owned());
        }
        Ok(Self(base.to_owned()))
    }

    /// Reads a redirect address that is given as it is.
    pub(super) fn parse_redirect(text: &str) -> Result<Self, String> {
        let uri = RedirectUri::parse(text).map_err(|error| error.to_string())?;
        let fits = |b: u8| is_plain(b) || b":/?&=%+".contains(&b);
        if !uri.as_str().bytes().all(fits) {
            return Err("it has characters that settings files could misread".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    /// Gives the text, without a slash at its end.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Values {
    /// Takes values that are made of characters which stand for themselves everywhere.
    pub(super) const fn new(values: Vec<(&'static str, String)>) -> Self {
        Self(values)
    }

    /// Fills the values in for their names in braces. Other braces are the application's own.
    pub(super) fn fill(&self, template: &str) -> String {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let named = after.split_once('}').and_then(|(name, after)| {
                let value = self.0.iter().find(|(known, _)| *known == name)?;
                Some((&value.1, after))
            });
            if let Some((value, after)) = named {
                text.push_str(value);
                rest = after;
            } else {
                text.push('{');
                rest = after;
            }
        }
        text + rest
    }
}

/// Does it stand for itself in addresses, shells and settings files (RFC 3986 §2.3)?
pub(super) const fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~')
}

/// The profiles' files, by name; the last is for all others.
const FILES: &[(&str, &str)] = &[
    ("argocd", include_str!("../../../profiles/argocd.toml")),
    (
        "bookstack",
        include_str!("../../../profiles/bookstack.toml"),
    ),
    ("dokuwiki", include_str!("../../../profiles/dokuwiki.toml")),
    ("forgejo", include_str!("../../../profiles/forgejo.toml")),
    ("gitea", include_str!("../../../profiles/gitea.toml")),
    ("grafana", include_str!("../../../profiles/grafana.toml")),
    ("immich", include_str!("../../../profiles/immich.toml")),
    ("jellyfin", include_str!("../../../profiles/jellyfin.toml")),
    (
        "jellyseerr",
        include_str!("../../../profiles/jellyseerr.toml"),
    ),
    (
        "kubelogin",
        include_str!("../../../profiles/kubelogin.toml"),
    ),
    ("mastodon", include_str!("../../../profiles/mastodon.toml")),
    ("mealie", include_str!("../../../profiles/mealie.toml")),
    ("miniflux", include_str!("../../../profiles/miniflux.toml")),
    (
        "mod-auth-openidc",
        include_str!("../../../profiles/mod-auth-openidc.toml"),
    ),
    (
        "nextcloud",
        include_str!("../../../profiles/nextcloud.toml"),
    ),
    (
        "nextcloud-oidc-login",
        include_str!("../../../profiles/nextcloud-oidc-login.toml"),
    ),
    (
        "oauth2-proxy",
        include_str!("../../../profiles/oauth2-proxy.toml"),
    ),
    ("outline", include_str!("../../../profiles/outline.toml")),
    (
        "paperless",
        include_str!("../../../profiles/paperless.toml"),
    ),
    (
        "portainer",
        include_str!("../../../profiles/portainer.toml"),
    ),
    (
        "roundcube",
        include_str!("../../../profiles/roundcube.toml"),
    ),
    ("synapse", include_str!("../../../profiles/synapse.toml")),
    (
        "tailscale",
        include_str!("../../../profiles/tailscale.toml"),
    ),
    (
        "vaultwarden",
        include_str!("../../../profiles/vaultwarden.toml"),
    ),
    ("vikunja", include_str!("../../../profiles/vikunja.toml")),
    ("wikijs", include_str!("../../../profiles/wikijs.toml")),
    (
        "wordpress",
        include_str!("../../../profiles/wordpress.toml"),
    ),
    ("generic", include_str!("../../../profiles/generic.toml")),
];

#[cfg(test)]
mod tests;
