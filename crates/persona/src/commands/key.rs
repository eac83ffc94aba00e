//! `persona key list | rotate`: which keys sign, and how others take their place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::jose::token::TokenAlgorithm;
use protocol::time::UnixSeconds;
use server::clock::Clock;
use server::keyring::Keyring;
use server::settings::Settings;
use server::token_keys::{Rotated, Standing, TokenKeys, TokenKeysError};

use super::session::date;
use super::{load, no_token_keys, open_keyring};
use crate::cli::KeyAction;
use crate::config::Draft;
use crate::out::{Exit, Failure, Out};
use crate::service::RELOAD;

/// Lists the keys of each issuer, or makes new ones for each.
pub(crate) fn run(action: &KeyAction, draft: &Draft, out: &Out) -> Result<Exit, Failure> {
    let settings = load(draft)?.settings;
    let now = Clock::system().now().to_seconds();
    match action {
        KeyAction::List { json } => list(&places(&settings)?, *json, now, out),
        KeyAction::Rotate { algorithm } => {
            let only = algorithm.map(|name| vec![name.into()]);
            let algorithms = only.unwrap_or_else(|| TokenAlgorithm::ALL.to_vec());
            rotate(&places(&settings)?, &algorithms, now, out)
        }
    }
}

/// The keys of one directory: those of an issuer, or of several that share them.
struct Place {
    certificates: Keyring,
    tokens: TokenKeys,
    directory: PathBuf,
}

fn places(settings: &Settings) -> Result<Vec<Place>, Failure> {
    let mut seen = BTreeSet::new();
    let mut issuers = settings.issuers();
    issuers.retain(|own| seen.insert(own.keys.directory.clone()));
    let open = |own: Settings| {
        let hint = format!(
            "keys.directory in the settings names the place of {}",
            own.issuer
        );
        let certificates = open_keyring(&own.keys, &hint)?;
        let directory = TokenKeys::directory_in(&own.keys.directory);
        let tokens = TokenKeys::load(&directory, certificates.public_key())
            .map_err(|e| no_token_keys(&e))?;
        Ok(Place {
            certificates,
            tokens,
            directory,
        })
    };
    issuers.into_iter().map(open).collect()
}

fn list(places: &[Place], json: bool, now: UnixSeconds, out: &Out) -> Result<Exit, Failure> {
    if json {
        let rows: Vec<_> = places.iter().flat_map(|place| rows(place, now)).collect();
        out.data(&format!("{}\n", serde_json::Value::from(rows)))?;
        return Ok(Exit::Done);
    }
    for place in places {
        let path = place.certificates.path();
        out.data(&line("RS256", "signs certificates", path))?;
        for (key, standing) in place.tokens.standings(now) {
            let words = words(standing);
            out.data(&line(key.algorithm().as_str(), &words, key.path()))?;
        }
    }
    Ok(Exit::Done)
}

fn line(algorithm: &str, words: &str, path: &Path) -> String {
    format!("{algorithm:5}  {words:32}  {}\n", path.display())
}

fn words(standing: Standing) -> String {
    match standing {
        Standing::Waits { begins } => format!("signs from {} UTC", date(begins)),
        Standing::Signs => "signs".into(),
        Standing::Retired { until } => format!("published until {} UTC", date(until)),
        Standing::Over => "no longer published".into(),
    }
}

fn rows(place: &Place, now: UnixSeconds) -> Vec<serde_json::Value> {
    let certificates = serde_json::json!({
        "path": place.certificates.path(),
        "use": "certificates",
        "algorithm": "RS256",
        "state": "signs",
    });
    let tokens = place.tokens.standings(now).map(|(key, standing)| {
        let (state, time) = match standing {
            Standing::Waits { begins } => ("waits", Some(("begins", begins))),
            Standing::Signs => ("signs", None),
            Standing::Retired { until } => ("retired", Some(("until", until))),
            Standing::Over => ("over", None),
        };
        let mut row = serde_json::json!({
            "path": key.path(),
            "use": "tokens",
            "algorithm": key.algorithm().as_str(),
            "id": key.id(),
            "made": key.made().as_seconds(),
            "state": state,
        });
        if let (Some(row), Some((name, time))) = (row.as_object_mut(), time) {
            row.insert(name.into(), time.as_seconds().into());
        }
        row
    });
    std::iter::once(certificates).chain(tokens).collect()
}

/// Makes a key for each algorithm in each place, or none at all.
fn rotate(
    places: &[Place],
    algorithms: &[TokenAlgorithm],
    now: UnixSeconds,
    out: &Out,
) -> Result<Exit, Failure> {
    for place in places {
        for &algorithm in algorithms {
            match TokenKeys::may_rotate(&place.directory, algorithm, now) {
                Ok(()) => {}
                Err(error @ TokenKeysError::Waits { begins, .. }) => {
                    out.talk(&format!("{error}; it begins at {}, UTC", date(begins)));
                    out.talk(&format!("hint: {}", error.remedy()));
                    return Ok(Exit::Bad);
                }
                Err(error) => return Err(no_token_keys(&error)),
            }
        }
    }
    for place in places {
        for &algorithm in algorithms {
            let rotated = TokenKeys::rotate(&place.directory, algorithm, now);
            out.data(&told(&rotated.map_err(|error| no_token_keys(&error))?))?;
        }
        let removed = TokenKeys::remove_retired(&place.directory, now);
        for path in removed.map_err(|error| no_token_keys(&error))? {
            out.data(&format!("removed  {}\n", path.display()))?;
        }
    }
    out.talk(&format!(
        "to let a server that runs publish them before they sign, today: {RELOAD}"
    ));
    Ok(Exit::Done)
}

fn told(rotated: &Rotated) -> String {
    let path = rotated.path.display();
    match (rotated.begins, rotated.ends) {
        (Some(begins), Some(ends)) => format!(
            "wrote  {path}  signs from {}; the key before it is published until {} (UTC)\n",
            date(begins),
            date(ends)
        ),
        _ => format!("wrote  {path}  signs at once: there is no other of its algorithm\n"),
    }
}
