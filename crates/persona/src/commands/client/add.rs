//! `persona client add`: keeps an application in the store, and says what it has to be told.

use std::fmt::Write as _;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use protocol::oidc::SecretHash;
use protocol::secret::Secret;
use server::chance;
use server::clients::{HASHED, read_row};
use server::clock::Clock;
use server::places;
use server::settings::{AllowEntry, ClientSettings, Settings};
use store::{ClientRow, Store};
use toml::Value;

use super::profile::{self, Base, Profile, Step, Values, is_plain};
use super::rows;
use crate::cli::NewClient;
use crate::commands::setup::client_section::lines_of;
use crate::commands::setup::lines::line;
use crate::commands::{Threads, load, open_store_if_there, runtime, trouble};
use crate::config::Draft;
use crate::out::{Exit, Failure, Out};

/// Adds a client, and prints both halves of its set-up.
pub(super) fn add(new: &NewClient, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let profile = profile::find(&new.profile)?;
    let settings = load(draft)?.settings;
    let issuer = issuer(new, &settings)?;
    let id = id(new, &profile)?;
    let secret = secret(new, &profile)?;
    let base = base(new, &profile)?;
    let row = ClientRow {
        section: section(new, &profile, (&id, base.as_str()), secret.as_ref())?,
        id,
        added: Clock::system().now().to_seconds(),
    };
    let client = read_row(&row).map_err(|error| Failure::wrong_use(error.to_string()))?;
    let kept = keep(&row, new, draft, &settings)?;
    let told = Told {
        values: values(&issuer, &client, &base, secret.as_ref()),
        issuer: &issuer,
        client: &client,
        profile: &profile,
        secret: secret.as_ref(),
        kept,
    };
    out.data(&if new.json { told.json() } else { told.text() })?;
    if !new.json && !profile.tried {
        out.talk(&format!(
            "nobody of ours has tried this with {}; its own documentation: {}",
            profile.version, profile.documentation
        ));
    }
    Ok(Exit::Done)
}

/// Puts it into the store, and says whether there is one. In an installation without a store it stands in
/// the settings.
fn keep(
    row: &ClientRow,
    new: &NewClient,
    draft: &Draft,
    settings: &Settings,
) -> Result<bool, Failure> {
    let id = &row.id;
    if settings
        .client
        .iter()
        .any(|client| client.id.as_str() == id)
    {
        return Err(
            Failure::wrong_use(format!("{id} is in the settings already"))
                .hint("give this one another name: --id NAME"),
        );
    }
    let url = draft.storage();
    if url.path().is_none() {
        return Ok(false);
    }
    let store: Arc<dyn Store> = open_store_if_there(url)?.ok_or_else(|| {
        Failure::missing(format!("the store {url} is not there"))
            .hint("storage.url in the settings names it; `persona setup` makes it")
    })?;
    let there = rows(Some(Arc::clone(&store)))?;
    if !new.replace && there.iter().any(|other| other.id == *id) {
        return Err(
            Failure::wrong_use(format!("{id} is in the store already")).hint(format!(
                "persona client show {id} prints it; --replace takes its place, with a new secret; \
                 --id gives this one another name"
            )),
        );
    }
    runtime(Threads::One)?
        .block_on(store.put_client(row))
        .map_err(|error| trouble(&error))?;
    Ok(true)
}

/// The settings of the issuer at which the client is known.
fn issuer(new: &NewClient, settings: &Settings) -> Result<Settings, Failure> {
    let Some(wanted) = &new.issuer else {
        return Ok(settings.main());
    };
    let issuers = settings.issuers();
    let names: Vec<String> = issuers.iter().map(|own| own.issuer.to_string()).collect();
    let found = issuers.into_iter().find(|own| own.issuer == *wanted);
    found.ok_or_else(|| {
        Failure::wrong_use(format!("{wanted} is no issuer of these settings"))
            .hint(format!("there are: {}", names.join(", ")))
    })
}

fn id(new: &NewClient, profile: &Profile) -> Result<String, Failure> {
    let id = new.id.as_ref().unwrap_or(&profile.name);
    if !(1..=100).contains(&id.len()) || !id.bytes().all(is_plain) {
        return Err(Failure::wrong_use(
            "--id: a client id has 1 to 100 letters, digits, - . _ and ~",
        ));
    }
    Ok(id.clone())
}

fn secret(new: &NewClient, profile: &Profile) -> Result<Option<Secret<String>>, Failure> {
    if profile.public {
        return Ok(None);
    }
    if !new.public {
        let secret = chance::token().map_err(|error| Failure::missing(error.to_string()))?;
        return Ok(Some(secret));
    }
    if !profile.works_without_secret() {
        return Err(Failure::wrong_use(format!(
            "{} is set up with a secret, and keeps it: leave --public out",
            profile.title
        )));
    }
    Ok(None)
}

fn base(new: &NewClient, profile: &Profile) -> Result<Base, Failure> {
    let wanted = profile.url.as_deref();
    let meaning = wanted.unwrap_or("where the application is, as in a browser");
    let parse = if profile.wants_redirect_uri() {
        Base::parse_redirect
    } else {
        Base::parse
    };
    match &new.url {
        Some(url) => parse(url)
            .map_err(|sentence| Failure::wrong_use(format!("{url}: {sentence}")).hint(meaning)),
        None if profile.needs_url() => Err(Failure::wrong_use(format!(
            "the URL is missing: {meaning}"
        ))
        .hint(format!(
            "persona client add {} https://app.example.org",
            profile.name
        ))),
        // It says nothing about this application.
        None => Base::parse("http://localhost").map_err(Failure::wrong_use),
    }
}

/// Writes the section as the store keeps it: without the secret.
fn section(
    new: &NewClient,
    profile: &Profile,
    (id, url): (&str, &str),
    secret: Option<&Secret<String>>,
) -> Result<String, Failure> {
    let here = Values::new(vec![("url", url.to_owned())]);
    let uris = |uris: &[String]| uris.iter().map(|uri| here.fill(uri)).collect::<Vec<_>>();
    let mut redirect_uris = uris(&profile.redirect_uris);
    redirect_uris.extend(new.redirect_uri.iter().map(ToString::to_string));
    for who in &new.allow {
        AllowEntry::parse(who)
            .map_err(|sentence| Failure::wrong_use(format!("--allow: {sentence}")))?;
    }
    let hash = secret.map(|secret| {
        let hash = HEXLOWER.encode(SecretHash::of(secret).as_bytes());
        Value::from(format!("{HASHED}{hash}"))
    });
    let keys = [
        ("id", Some(id.into())),
        ("name", new.name.as_deref().map(Value::from)),
        ("secret", hash),
        ("redirect_uris", list(redirect_uris)),
        (
            "post_logout_redirect_uris",
            list(uris(&profile.post_logout_redirect_uris)),
        ),
        (
            "backchannel_logout_uri",
            profile
                .backchannel_logout_uri
                .as_ref()
                .map(|uri| here.fill(uri).into()),
        ),
        ("allow", list(new.allow.clone())),
        ("consent", new.trusted.then(|| "never".into())),
        ("pkce", profile.pkce.then(|| "required".into())),
        ("scopes", list(profile.scopes.clone())),
        (
            "issuer",
            new.issuer.as_ref().map(|issuer| issuer.as_str().into()),
        ),
    ];
    let keys = keys.into_iter();
    let lines: Vec<String> = keys
        .filter_map(|(key, value)| Some(line(key, value?)))
        .collect();
    Ok(format!("[[client]]\n{}\n", lines.join("\n")))
}

fn list(values: Vec<String>) -> Option<Value> {
    (!values.is_empty()).then(|| values.into())
}

/// What may be filled into a profile's texts.
fn values(
    own: &Settings,
    client: &ClientSettings,
    base: &Base,
    secret: Option<&Secret<String>>,
) -> Values {
    let issuer = own.issuer.as_str();
    let endpoint = |name| {
        format!(
            "{issuer}{}{name}",
            own.base_path.of(&places::OPENID_CONNECT)
        )
    };
    let redirect_uri = client.redirect_uris.first();
    Values::new(vec![
        ("url", base.as_str().to_owned()),
        ("issuer", issuer.to_owned()),
        ("discovery", format!("{issuer}{DISCOVERY}")),
        ("id", client.id.to_string()),
        (
            "secret",
            secret.map_or_else(String::new, |secret| secret.expose().clone()),
        ),
        ("scopes", client.scopes.to_string()),
        (
            "redirect_uri",
            redirect_uri.map_or_else(String::new, ToString::to_string),
        ),
        ("authorize", endpoint("authorize")),
        ("token", endpoint("token")),
        ("userinfo", endpoint("userinfo")),
        ("jwks", endpoint("jwks.json")),
        ("logout", endpoint("logout")),
        ("introspect", endpoint("introspect")),
    ])
}

/// Both halves of a set-up.
struct Told<'a> {
    values: Values,
    issuer: &'a Settings,
    client: &'a ClientSettings,
    profile: &'a Profile,
    secret: Option<&'a Secret<String>>,
    /// Is it in the store?
    kept: bool,
}

impl Told<'_> {
    fn text(&self) -> String {
        let place = if self.kept {
            format!("{} is in the store", self.client.id)
        } else {
            "Nothing is kept here (storage.url): put this into the settings".to_owned()
        };
        let section = lines_of(self.client).join("\n");
        let mut text = format!(
            "== Here: {place}\n\n[[client]]\n{section}\n\n== There: {}\n\n",
            self.profile.title
        );
        for (name, value) in self.facts() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:15}{value}");
        }
        for step in self.profile.steps(&self.values) {
            let _ = write!(text, "\n-- {}\n\n{}", step.place, filled(&step));
        }
        for note in self.profile.notes(&self.values) {
            let _ = write!(text, "\nNote: {note}\n");
        }
        if self.secret.is_some() {
            text.push_str("\nThe secret is shown this once. Here is only its hash.\n");
        }
        text
    }

    fn json(&self) -> String {
        let step = |step: Step| {
            let fields = step.fields.iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| serde_json::json!({ "name": name, "value": value }))
                .collect();
            serde_json::json!({ "where": step.place, "text": step.text, "fields": fields })
        };
        let steps = self.profile.steps(&self.values).into_iter().map(step);
        let value = serde_json::json!({
            "id": self.client.id.as_str(),
            "secret": self.secret.map(|secret| secret.expose().as_str()),
            "kept": self.kept,
            "section": format!("[[client]]\n{}\n", lines_of(self.client).join("\n")),
            "issuer": self.issuer.issuer.as_str(),
            "discovery": self.values.fill("{discovery}"),
            "redirect_uris": self.redirect_uris(),
            "scopes": self.client.scopes.to_string(),
            "application": {
                "title": self.profile.title,
                "version": self.profile.version,
                "documentation": self.profile.documentation,
                "tried": self.profile.tried,
                "steps": steps.collect::<Vec<_>>(),
                "notes": self.profile.notes(&self.values),
            },
        });
        format!("{value}\n")
    }

    /// What every application asks for, whatever it calls it.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("Issuer", self.values.fill("{issuer}")),
            ("Discovery", self.values.fill("{discovery}")),
            ("Client id", self.client.id.to_string()),
            (
                "Client secret",
                self.secret
                    .map_or("none", |secret| secret.expose())
                    .to_owned(),
            ),
        ];
        let uris = self.redirect_uris().into_iter();
        facts.extend(uris.map(|uri| ("Redirect URI", uri)));
        facts.push(("Scopes", self.client.scopes.to_string()));
        facts
    }

    fn redirect_uris(&self) -> Vec<String> {
        let uris = self.client.redirect_uris.iter();
        uris.map(ToString::to_string).collect()
    }
}

/// Writes what is pasted or filled in at one place.
fn filled(step: &Step) -> String {
    if let Some(text) = &step.text {
        return text.clone();
    }
    let widths = step.fields.iter().map(|(field, _)| field.chars().count());
    let width = widths.max().unwrap_or_default();
    let mut text = String::new();
    for (field, value) in &step.fields {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{field:width$}  {value}");
    }
    text
}

/// Where the document is from which applications read the rest (OpenID Connect Discovery §4).
const DISCOVERY: &str = "/.well-known/openid-configuration";

#[cfg(test)]
mod tests;
