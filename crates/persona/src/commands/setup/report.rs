//! What `setup` tells the operator when it is done.

use std::fmt::Write as _;
use std::path::Path;

use server::settings::Settings;

use super::files::{Done, Entry};
use crate::config::DEFAULT_FILE;
use crate::nginx::location;

/// Lists each file with its mode.
pub(crate) fn listing(entries: &[Entry]) -> String {
    let mut text = String::new();
    for Entry { done, mode, path } in entries {
        let done = match done {
            Done::Wrote => "wrote",
            Done::Kept => "kept ",
            Done::MovedAside => "moved",
        };
        let _ = writeln!(text, "{done}  {mode:04o}  {}", path.display());
    }
    text
}

/// Who is to run the server, as far as this run can tell.
pub(crate) enum Runner {
    /// Whoever ran this.
    Same,
    /// A user of this name, with the group of the same name: root can start the server so.
    User(String),
    /// Some user in this group, which has no user of its name.
    MemberOf(String),
}

/// Says what is left to do: the web server's lines, and the next commands. An issuer on this machine
/// alone has no web server in front.
pub(crate) fn what_is_left(settings: &Settings, file: &Path, runner: &Runner) -> String {
    let issuer = &settings.issuer;
    let config = if file == Path::new(DEFAULT_FILE) {
        String::new()
    } else {
        format!(" --config {}", file.display())
    };
    let start = start(&config, runner);
    let check = format!("See whether all works: persona check{config} ADDRESS");
    if issuer.is_https() {
        let web_server = web_server(settings);
        format!("\nLeft to do:\n\n1. {web_server}\n2. {start}\n3. {check}\n")
    } else {
        format!(
            "\nLeft to do:\n\n1. {start}\n2. {check}\n\
             3. Open in a browser here: {issuer}/persona/login/\n"
        )
    }
}

fn start(config: &str, runner: &Runner) -> String {
    match runner {
        Runner::Same => format!("Start the server:      persona serve{config}"),
        Runner::User(name) => format!(
            "Start the server:      setpriv --reuid={name} --regid={name} --init-groups persona serve{config}"
        ),
        Runner::MemberOf(group) => format!(
            "Start the server:      persona serve{config}\n   \
             as a user in the group {group}, which may read these files; there is no user {group}"
        ),
    }
}

/// Gives the web server's lines.
fn web_server(settings: &Settings) -> String {
    let issuer = &settings.issuer;
    let pass = &settings.listen.address;
    let mut text = format!(
        "Hand these paths to the server. For nginx, in the server block of {issuer}:\n\n\
         {pass_well_known}\
         {pass_persona}\
         {pass_roots}",
        pass_well_known = location("= /.well-known/browserid", pass),
        pass_persona = location("/persona/", pass),
        pass_roots = location(
            r"~ ^/(include\.js|include\.d\.ts|verify|v2|sign_in|provisioning_api\.js|authentication_api\.js)$",
            pass
        ),
    );
    let others: Vec<&str> = settings
        .domain
        .iter()
        .map(|domain| domain.name.as_str())
        .filter(|name| *name != issuer.host())
        .collect();
    if !others.is_empty() {
        let _ = write!(
            text,
            "\n   and, so that the domain says who speaks for it, in the server block of each of\n   {}:\n\n{}",
            others
                .iter()
                .map(|name| format!("https://{name}"))
                .collect::<Vec<_>>()
                .join(" "),
            location("= /.well-known/browserid", pass)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_told_how_to_start_it_as_somebody_else() {
        let persona = || "persona".to_owned();

        assert_eq!(
            start("", &Runner::User(persona())),
            "Start the server:      setpriv --reuid=persona --regid=persona --init-groups persona serve"
        );
        assert_eq!(
            start(" --config a.toml", &Runner::MemberOf(persona())),
            "Start the server:      persona serve --config a.toml\n   \
             as a user in the group persona, which may read these files; there is no user persona"
        );
        assert_eq!(
            start("", &Runner::Same),
            "Start the server:      persona serve"
        );
    }
}
