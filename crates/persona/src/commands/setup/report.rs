//! What `setup` tells the operator when it is done.

use std::fmt::Write as _;
use std::path::Path;

use protocol::origin::Origin;
use server::settings::Settings;

use super::files::{Done, Entry, Manner};
use super::web_server::{Host, Place, WebServer};
use super::website::Docroot;
use crate::service;

/// Lists each file with its mode.
pub(crate) fn listing(entries: &[Entry], manner: Manner) -> String {
    let mut text = String::new();
    for Entry { done, mode, path } in entries {
        let done = match (done, manner) {
            (Done::Wrote, Manner::InEarnest) => "wrote",
            (Done::Wrote, Manner::Rehearsal) => "would write",
            (Done::Kept | Done::KeptOther, Manner::InEarnest) => "kept ",
            (Done::Kept | Done::KeptOther, Manner::Rehearsal) => "would keep ",
            (Done::MovedAside, Manner::InEarnest) => "moved",
            (Done::MovedAside, Manner::Rehearsal) => "would move ",
        };
        let _ = writeln!(text, "{done}  {mode:04o}  {}", path.display());
    }
    text
}

/// Shows what a file would have in it.
pub(crate) fn content(file: &Path, text: &str) -> String {
    format!("\n{}:\n\n{}", file.display(), indented(text))
}

fn indented(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        let _ = writeln!(shown, "{}", format!("   {line}").trim_end());
    }
    shown
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

/// How the server is to be started: in one way and not in two, since only one of them can listen.
pub(crate) enum Start {
    /// In the foreground, by whoever is there.
    ByHand,
    /// By the service that is there.
    Service,
    /// By a service, of which this is the unit.
    NewService(String),
}

/// What there is to say about an installation.
pub(crate) struct Report<'a> {
    pub(crate) settings: &'a Settings,
    /// The settings' file.
    pub(crate) file: &'a Path,
    pub(crate) runner: &'a Runner,
    pub(crate) service: &'a Start,
    pub(crate) web_servers: &'a [WebServer],
    pub(crate) docroot: Option<&'a Docroot>,
    /// What the web servers of mail domains say of them.
    pub(crate) of_domains: &'a [Place],
}

/// Says what is left to do: names, the web server's lines, and the next commands. An issuer on this
/// machine alone has no web server in front.
pub(crate) fn what_is_left(report: &Report<'_>) -> String {
    let Report { settings, file, .. } = report;
    let config = service::config_option(file);
    let issuers = settings.issuers();
    let (named, local): (Vec<&Settings>, Vec<&Settings>) =
        issuers.iter().partition(|own| own.issuer.is_https());
    let mut steps = Vec::new();
    if !named.is_empty() {
        steps.push(names(&named));
        steps.push(web_servers(report, &named, &config));
    }
    steps.push(start(&config, report.runner, report.service));
    steps.push(format!(
        "See whether all works: {}persona check{config} ADDRESS",
        as_runner(report.runner)
    ));
    for own in local {
        steps.push(format!("Open in a browser here: {}", own.login_page()));
    }
    steps.push(format!(
        "To change anything: edit {} (`persona reference` explains it), and {}",
        file.display(),
        match report.service {
            Start::ByHand => "start the server again",
            Start::Service | Start::NewService(_) => service::RELOAD,
        }
    ));
    let mut text = "\nLeft to do:\n\n".to_owned();
    for (step, number) in steps.iter().zip(1..) {
        let _ = writeln!(text, "{number}. {step}");
    }
    text
}

/// Says what must be in DNS.
fn names(issuers: &[&Settings]) -> String {
    let whose = match issuers {
        [_] => "the issuer's name to its web server",
        _ => "the issuers' names to their web servers",
    };
    let mut text = format!("In DNS, lead {whose}:\n\n");
    for own in issuers {
        let host = own.issuer.host();
        let _ = write!(
            text,
            "   {host}.  A     (the web server's IPv4 address)\n   \
                {host}.  AAAA  (its IPv6 address, if it has one)\n\n"
        );
    }
    let others: Vec<&str> = issuers.iter().flat_map(|own| others(own)).collect();
    if !others.is_empty() {
        let _ = writeln!(
            text,
            "   The same for {}, unless there is a web server of that name already.",
            others.join(", ")
        );
    }
    text + "   No other record is needed.\n"
}

/// The domains of an issuer whose own web servers say who speaks for them.
fn others(own: &Settings) -> Vec<&str> {
    let names = own.domain.iter().map(|domain| domain.name.as_str());
    names.filter(|name| *name != own.issuer.host()).collect()
}

fn start(config: &str, runner: &Runner, service: &Start) -> String {
    match service {
        Start::ByHand => {}
        Start::Service => return format!("Start the server:      {}", service::ENABLE),
        Start::NewService(unit) => {
            return format!(
                "Start the server, as a service. Put this into {}:\n\n{}\n   \
                 and start it, now and at each boot:\n\n   {}\n   {}\n",
                service::NEW_UNIT,
                indented(unit),
                service::READ_UNITS,
                service::ENABLE
            );
        }
    }
    match runner {
        Runner::Same | Runner::User(_) => format!(
            "Start the server:      {}persona serve{config}",
            as_runner(runner)
        ),
        Runner::MemberOf(group) => format!(
            "Start the server:      persona serve{config}\n   \
             as a user in the group {group}, which may read these files; there is no user {group}"
        ),
    }
}

/// What stands before a command that the server's user is to run. A check by root would open what
/// the server may not, a socket for instance, and find nothing wrong.
fn as_runner(runner: &Runner) -> String {
    match runner {
        Runner::User(name) => format!("runuser -u {name} -- "),
        Runner::Same | Runner::MemberOf(_) => String::new(),
    }
}

/// Gives the web server's lines.
fn web_servers(report: &Report<'_>, issuers: &[&Settings], config: &str) -> String {
    let mut text = "Hand these paths to the server; the web server keeps all others.".to_owned();
    for server in report.web_servers {
        text.push('\n');
        text.push_str(&web_server(report, issuers, *server));
    }
    if let [_] = report.web_servers {
        let _ = writeln!(
            text,
            "\n   Another web server: persona setup{config} --proxy nginx, apache, caddy, traefik or all"
        );
    }
    text
}

fn web_server(report: &Report<'_>, issuers: &[&Settings], server: WebServer) -> String {
    let (name, section, before) = (server.name(), server.section(), server.before());
    let docroot_of = |host: &str| {
        let docroot = report
            .docroot
            .filter(|docroot| docroot.host.as_str() == host);
        docroot.map(|docroot| docroot.directory.as_path())
    };
    let lines = |names: &[&str], filed, passed: &[Place]| {
        server.lines(&Host {
            names,
            filed,
            passed,
            listen: &report.settings.listen.address,
            base_path: &report.settings.base_path,
        })
    };
    let mut texts = Vec::new();
    let origins = issuers.iter().map(|own| &own.issuer);
    let (from_files, passed): (Vec<&Origin>, Vec<&Origin>) =
        origins.partition(|issuer| docroot_of(issuer.host()).is_some());
    for issuer in from_files {
        let passed = at_issuers(report.of_domains, &[]);
        let host = issuer.host();
        let own = lines(
            &[host],
            docroot_of(host).map(|root| (root, &[Place::Document][..])),
            &passed,
        );
        texts.push(format!(
            "   For {name}, in {section} {issuer}{before}:\n\n{own}"
        ));
    }
    if !passed.is_empty() {
        let names: Vec<&str> = passed.iter().map(|issuer| issuer.host()).collect();
        let places = at_issuers(report.of_domains, &[Place::Document]);
        let own = lines(&names, None, &places);
        let issuers = match passed.as_slice() {
            [issuer] => issuer.to_string(),
            several => format!("each of\n   {}", listed(several)),
        };
        texts.push(format!(
            "   For {name}, in {section} {issuers}{before}:\n\n{own}"
        ));
    }
    let hosts = issuers.iter().flat_map(|own| others(own));
    let (from_files, passed): (Vec<&str>, Vec<&str>) =
        hosts.partition(|host| docroot_of(host).is_some());
    for host in from_files {
        texts.push(format!(
            "   and, so that the domain's own file says who speaks for it, in {section}\n   \
             https://{host}:\n\n{}",
            lines(
                &[host],
                docroot_of(host).map(|root| (root, report.of_domains)),
                &[]
            )
        ));
    }
    if !passed.is_empty() {
        let hosts: Vec<String> = passed
            .iter()
            .map(|name| format!("https://{name}"))
            .collect();
        texts.push(format!(
            "   and, so that the domain says who speaks for it, in {section} each of\n   {}:\n\n{}",
            listed(&hosts),
            lines(&passed, None, report.of_domains)
        ));
    }
    texts.join("\n")
}

/// Gives what an issuer's web server hands over, behind `first`.
fn at_issuers(of_domains: &[Place], first: &[Place]) -> Vec<Place> {
    let fingers = of_domains.iter().filter(|p| **p == Place::WebFinger);
    let first = first.iter().chain(&[Place::OpenId]).chain(fingers);
    let all = first.chain(&[Place::Pages, Place::OldNames]);
    all.copied().collect()
}

fn listed(names: &[impl ToString]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_told_how_to_start_it_as_somebody_else() {
        let persona = || "persona".to_owned();

        assert_eq!(
            start("", &Runner::User(persona()), &Start::ByHand),
            "Start the server:      runuser -u persona -- persona serve"
        );
        assert_eq!(
            start(
                " --config a.toml",
                &Runner::MemberOf(persona()),
                &Start::ByHand
            ),
            "Start the server:      persona serve --config a.toml\n   \
             as a user in the group persona, which may read these files; there is no user persona"
        );
        assert_eq!(
            start("", &Runner::Same, &Start::ByHand),
            "Start the server:      persona serve"
        );
    }

    #[test]
    fn where_there_is_a_service_nobody_is_told_to_start_a_second_server() {
        let root = Runner::User("persona".to_owned());

        insta::assert_snapshot!(
            start("", &root, &Start::Service),
            @"Start the server:      systemctl enable --now persona"
        );
        let unit = "[Service]\nUser=persona\n\n[Install]\n".to_owned();
        insta::assert_snapshot!(start("", &root, &Start::NewService(unit)), @r"
        Start the server, as a service. Put this into /etc/systemd/system/persona.service:

           [Service]
           User=persona

           [Install]

           and start it, now and at each boot:

           systemctl daemon-reload
           systemctl enable --now persona
        ");
    }
}
