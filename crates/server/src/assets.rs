//! The files that pages and sites load: style, scripts and pictures, compiled into the program.
//!
//! All of them are served below one hash of everything, `/persona/assets/<hash>/<name>`, so that
//! they may be cached for ever and modules of one build find each other by relative paths.
//! Four files also have fixed addresses, because other people's pages name them
//! (browserid.md §2.2, §2.4, §6). Three scripts have a line for the base path, which is filled in here.
//! Called by `pages` and by the routes; reading files from disk is deliberately absent.

use std::{collections::BTreeMap, fmt};

use data_encoding::HEXLOWER;
use protocol::jose::sha256;

use crate::settings::BasePath;

/// Holds every asset of this build and knows the address of each.
pub(crate) struct Assets {
    base: String,
    hash: String,
    etag: String,
    urls: BTreeMap<&'static str, String>,
    /// Those that are not as they were compiled in.
    filled_in: BTreeMap<&'static str, String>,
}

/// Is one file, ready to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Asset<'a> {
    /// The content.
    pub(crate) bytes: &'a [u8],
    /// The value of `Content-Type`.
    pub(crate) content_type: &'static str,
    /// The value of `ETag`, in its quotation marks; the same for all files of a build.
    pub(crate) etag: &'a str,
}

impl Assets {
    /// Fills in what stands before `/persona/` and hashes the files once; made at the start of the
    /// program.
    pub(crate) fn new(base: &BasePath) -> Self {
        let base = base.prefix();
        let filled_in: BTreeMap<_, _> = FILES
            .iter()
            .filter(|_| !base.is_empty())
            .filter_map(|file| Some((file.name, with_base(file.bytes, base)?)))
            .collect();
        let mut all = Vec::new();
        for file in FILES {
            let bytes = filled_in
                .get(file.name)
                .map_or(file.bytes, String::as_bytes);
            // Lengths keep two different sets of files from hashing alike.
            all.extend_from_slice(&(file.name.len() as u64).to_be_bytes());
            all.extend_from_slice(file.name.as_bytes());
            all.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
            all.extend_from_slice(bytes);
        }
        let mut hash = HEXLOWER.encode(&sha256(&all));
        hash.truncate(16);

        let url = |file: &File| format!("{base}{PLACE}{hash}/{}", file.name);
        let urls = FILES.iter().map(|file| (file.name, url(file))).collect();

        Self {
            base: base.to_owned(),
            etag: format!("\"{hash}\""),
            hash,
            urls,
            filled_in,
        }
    }

    /// Gives what stands before `/persona/` in our addresses.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Names the address of a file. An unknown name gives an empty text; a test scans the
    /// templates for that.
    pub(crate) fn url(&self, name: &str) -> &str {
        self.urls.get(name).map_or("", String::as_str)
    }

    /// Finds a file by the two halves of its address; another build's hash finds nothing.
    pub(crate) fn find(&self, hash: &str, name: &str) -> Option<Asset<'_>> {
        if hash != self.hash {
            return None;
        }
        self.file(name)
    }

    /// Finds one of the files that have a fixed address.
    pub(crate) fn fixed(&self, name: &str) -> Option<Asset<'_>> {
        if !FIXED.contains(&name) {
            return None;
        }
        self.file(name)
    }

    fn file(&self, name: &str) -> Option<Asset<'_>> {
        let file = FILES.iter().find(|file| file.name == name)?;
        let filled_in = self.filled_in.get(name).map(String::as_bytes);
        Some(Asset {
            bytes: filled_in.unwrap_or(file.bytes),
            content_type: file.content_type,
            etag: &self.etag,
        })
    }
}

/// Fills the base path into a script that has the line for it.
fn with_base(script: &[u8], base: &str) -> Option<String> {
    let text = str::from_utf8(script).ok()?;
    // Only small letters, digits and a few signs can stand in a base path: nothing ends the text.
    text.contains(BASE_LINE)
        .then(|| text.replacen(BASE_LINE, &format!("const base = \"{base}\";"), 1))
}

/// The line of a script that says what stands before `/persona/`.
const BASE_LINE: &str = "const base = \"\";";

/// Where all files are, below the base path.
pub(crate) const PLACE: &str = "/persona/assets/";

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assets")
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Asset<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asset")
            .field("length", &self.bytes.len())
            .field("content_type", &self.content_type)
            .field("etag", &self.etag)
            .finish()
    }
}

struct File {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const fn file(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> File {
    File {
        name,
        content_type,
        bytes,
    }
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
// No type is registered for it; as text it can be read in a browser.
const TYPES: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";

const FIXED: [&str; 4] = [
    "include.js",
    "include.d.ts",
    "provisioning_api.js",
    "authentication_api.js",
];

/// The script for sites is one file on the wire, and several to read; each stands on those before it.
const INCLUDE: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("../assets/include/broker.js"),
    include_str!("../assets/include/options.js"),
    include_str!("../assets/include/watch.js"),
    include_str!("../assets/include/window.js"),
    include_str!("../assets/include/redirect.js"),
    include_str!("../assets/include/id.js"),
    "})();\n"
);

static FILES: &[File] = &[
    file(
        "authentication_api.js",
        JS,
        include_bytes!("../assets/authentication_api.js"),
    ),
    file("dialog.css", CSS, include_bytes!("../assets/dialog.css")),
    file("dialog.js", JS, include_bytes!("../assets/dialog.js")),
    file("handoff.js", JS, include_bytes!("../assets/handoff.js")),
    file(
        "include.d.ts",
        TYPES,
        include_bytes!("../assets/include.d.ts"),
    ),
    file("include.js", JS, INCLUDE.as_bytes()),
    file("layout.css", CSS, include_bytes!("../assets/layout.css")),
    file("lib/base.js", JS, include_bytes!("../assets/lib/base.js")),
    file(
        "lib/base64url.js",
        JS,
        include_bytes!("../assets/lib/base64url.js"),
    ),
    file("lib/calm.js", JS, include_bytes!("../assets/lib/calm.js")),
    file(
        "lib/certificate.js",
        JS,
        include_bytes!("../assets/lib/certificate.js"),
    ),
    file("lib/flow.js", JS, include_bytes!("../assets/lib/flow.js")),
    file(
        "lib/frame-wire.js",
        JS,
        include_bytes!("../assets/lib/frame-wire.js"),
    ),
    file(
        "lib/hand-off.js",
        JS,
        include_bytes!("../assets/lib/hand-off.js"),
    ),
    file(
        "lib/handed-words.js",
        JS,
        include_bytes!("../assets/lib/handed-words.js"),
    ),
    file(
        "lib/handed.js",
        JS,
        include_bytes!("../assets/lib/handed.js"),
    ),
    file("lib/keys.js", JS, include_bytes!("../assets/lib/keys.js")),
    file(
        "lib/leaving.js",
        JS,
        include_bytes!("../assets/lib/leaving.js"),
    ),
    file(
        "lib/mailed.js",
        JS,
        include_bytes!("../assets/lib/mailed.js"),
    ),
    file(
        "lib/onward.js",
        JS,
        include_bytes!("../assets/lib/onward.js"),
    ),
    file(
        "lib/panels.js",
        JS,
        include_bytes!("../assets/lib/panels.js"),
    ),
    file(
        "lib/proceed.js",
        JS,
        include_bytes!("../assets/lib/proceed.js"),
    ),
    file(
        "lib/provisioning-frame.js",
        JS,
        include_bytes!("../assets/lib/provisioning-frame.js"),
    ),
    file(
        "lib/redirect.js",
        JS,
        include_bytes!("../assets/lib/redirect.js"),
    ),
    file(
        "lib/requests.js",
        JS,
        include_bytes!("../assets/lib/requests.js"),
    ),
    file(
        "lib/sign-in.js",
        JS,
        include_bytes!("../assets/lib/sign-in.js"),
    ),
    file("lib/site.js", JS, include_bytes!("../assets/lib/site.js")),
    file("lib/vault.js", JS, include_bytes!("../assets/lib/vault.js")),
    file("lib/wire.js", JS, include_bytes!("../assets/lib/wire.js")),
    file("lib/words.js", JS, include_bytes!("../assets/lib/words.js")),
    file("login.js", JS, include_bytes!("../assets/login.js")),
    file("mailed.js", JS, include_bytes!("../assets/mailed.js")),
    file("post.js", JS, include_bytes!("../assets/post.js")),
    file("mark.svg", SVG, include_bytes!("../assets/mark.svg")),
    file("parts.css", CSS, include_bytes!("../assets/parts.css")),
    file(
        "provisioning_api.js",
        JS,
        include_bytes!("../assets/provisioning_api.js"),
    ),
    file(
        "provisioning.js",
        JS,
        include_bytes!("../assets/provisioning.js"),
    ),
    file("signed-in.js", JS, include_bytes!("../assets/signed-in.js")),
];

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    #[test]
    fn an_address_leads_back_to_its_file() {
        let assets = Assets::new(&BasePath::default());

        for file in FILES {
            let rest = assets
                .url(file.name)
                .strip_prefix("/persona/assets/")
                .unwrap();
            let (hash, name) = rest.split_once('/').unwrap();
            assert_eq!(hash.len(), 16);
            assert_eq!(assets.find(hash, name).unwrap().bytes, file.bytes);
            assert!(assets.find("0000000000000000", name).is_none());
        }
    }

    #[test]
    fn the_base_path_stands_in_every_address_and_in_three_scripts() {
        let assets = Assets::new(&BasePath::parse("/sso").unwrap());
        let with_line = |file: &&File| {
            let text = std::str::from_utf8(file.bytes).unwrap();
            text.contains(BASE_LINE)
        };
        let names: Vec<_> = FILES
            .iter()
            .filter(with_line)
            .map(|file| file.name)
            .collect();
        assert_eq!(
            names,
            ["authentication_api.js", "include.js", "lib/base.js"]
        );

        for file in FILES {
            let rest = assets
                .url(file.name)
                .strip_prefix("/sso/persona/assets/")
                .unwrap();
            let (hash, name) = rest.split_once('/').unwrap();
            let served = std::str::from_utf8(assets.find(hash, name).unwrap().bytes).unwrap();
            assert_eq!(
                served.matches("const base = \"/sso\";").count(),
                usize::from(names.contains(&name))
            );
            assert!(!served.contains(BASE_LINE), "{name}");
        }
        assert_ne!(assets.hash, Assets::new(&BasePath::default()).hash);
    }

    #[test]
    fn unknown_names_are_not_found() {
        let assets = Assets::new(&BasePath::default());

        assert_eq!(assets.url("nothing.js"), "");
        assert!(assets.find(&assets.hash, "../Cargo.toml").is_none());
        assert!(assets.fixed("dialog.js").is_none());
    }

    #[test]
    fn what_other_peoples_pages_name_has_a_fixed_address() {
        let assets = Assets::new(&BasePath::default());

        for name in FIXED {
            let file = assets.fixed(name).unwrap();
            let is_script = file.content_type == "text/javascript; charset=utf-8";
            assert_ne!(is_script, name == "include.d.ts", "{name}");
            assert_eq!(file.etag, format!("\"{}\"", assets.hash));
        }
    }

    #[test]
    fn every_file_in_the_folder_is_served_and_every_module_that_is_named_exists() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let found: BTreeSet<String> = files(&folder)
            .iter()
            .map(|path| {
                path.strip_prefix(&folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let served: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
        let (parts, found): (BTreeSet<_>, BTreeSet<_>) = found
            .into_iter()
            .partition(|name| name.starts_with("include/"));
        let whole = BTreeSet::from(["include.js".to_owned()]);
        assert_eq!(found, served.difference(&whole).cloned().collect());
        for part in parts {
            let text = fs::read_to_string(folder.join(&part)).unwrap();
            assert_eq!(INCLUDE.matches(&text).count(), 1, "{part}");
        }

        for file in FILES.iter().filter(|file| file.content_type == JS) {
            let folder_of = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for import in imports(std::str::from_utf8(file.bytes).unwrap()) {
                let name = import.strip_prefix("./").unwrap();
                let whole = if folder_of.is_empty() {
                    name.to_owned()
                } else {
                    format!("{folder_of}/{name}")
                };
                assert!(served.contains(&whole), "{} imports {import}", file.name);
            }
        }
    }

    #[test]
    fn scripts_are_short_and_evaluate_no_text() {
        for file in FILES.iter().filter(|file| file.content_type == JS) {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for word in [
                "eval(",
                "innerHTML",
                "document.write",
                "new Function",
                "http://",
                "https://",
            ] {
                assert!(!text.contains(word), "{} says {word}", file.name);
            }
        }
        for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets")) {
            let lines = fs::read_to_string(&path).unwrap().lines().count();
            let is_script = path.extension().is_some_and(|extension| extension == "js");
            assert!(!is_script || lines < 150, "{} is too long", path.display());
        }
    }

    #[test]
    fn the_script_for_sites_stays_small() {
        // 12.9 kB of it were 4.8 kB by `gzip -9`, so 16 kB stay far below 10 kB on the wire.
        assert!(INCLUDE.len() < 16_000, "{}", INCLUDE.len());
    }

    fn imports(text: &str) -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with("import ") || line.starts_with("} from "))
            .filter_map(|line| line.split('"').nth(1))
            .map(str::to_owned)
            .collect()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all.extend(files(&path));
            } else {
                all.push(path);
            }
        }
        all
    }
}
