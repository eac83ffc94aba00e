//! The settings as `setup` writes them: what has to be said, and what differs from the default.

use std::fmt::Write as _;

use mailbox::LoginForm;
use protocol::browserid::Authority;
use protocol::email::Domain;
use protocol::origin::Origin;
use server::settings::{
    AnyDomainSettings, BasePath, BrokerSettings, CertificateSettings, DomainSettings,
    FallbackSettings, LdapSettings, ListenSettings, LivenessSettings, OidcSettings,
    OutboundSettings, SessionSettings, Settings, Witness,
};
use toml::Value;

use super::client_section;
use super::lines::{line, secret};

/// Writes the settings file. Reading it gives these settings again.
pub(crate) fn write(settings: &Settings) -> String {
    let mut text = format!(
        "# Settings of persona. `persona reference` explains every key; after a change: persona check\n\n\
         # The web origin that signs, and where people sign in.\n{}\n",
        line("issuer", settings.issuer.as_str())
    );
    if settings.base_path != BasePath::default() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}",
            line("base_path", settings.base_path.to_string())
        );
    }
    if let Some(directory) = &settings.domains {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}", line("domains", directory.display().to_string()));
    }
    let directory = settings.keys.directory.display().to_string();
    let sections = [
        ("listen", listen(&settings.listen)),
        (
            "storage",
            vec![line("url", settings.storage.url.to_string())],
        ),
        ("keys", vec![line("directory", directory)]),
        ("session", session(&settings.session)),
        ("certificate", certificate(&settings.certificate)),
        ("broker", broker(&settings.broker)),
        (
            "broker.fallback",
            settings
                .broker
                .fallback
                .as_ref()
                .map_or_else(Vec::new, fallback),
        ),
        ("outbound", outbound(&settings.outbound)),
        ("oidc", oidc(&settings.oidc)),
        (
            "any_domain",
            settings
                .any_domain
                .as_ref()
                .map_or_else(Vec::new, any_domain),
        ),
    ];
    for (name, lines) in sections.iter().filter(|(_, lines)| !lines.is_empty()) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n[{name}]\n{}", lines.join("\n"));
    }
    for domain in &settings.domain {
        let _ = writeln!(text, "\n[[domain]]\n{}", lines_of(domain).join("\n"));
    }
    for client in &settings.client {
        let lines = client_section::lines_of(client).join("\n");
        let _ = writeln!(text, "\n[[client]]\n{lines}");
    }
    text
}

fn listen(listen: &ListenSettings) -> Vec<String> {
    let usual = ListenSettings::default();
    let mut lines = Vec::new();
    if listen.address != usual.address {
        lines.push(line("address", listen.address.to_string()));
    }
    if listen.trusted_proxies != usual.trusted_proxies {
        let networks = listen.trusted_proxies.iter();
        let networks: Vec<String> = networks.map(ToString::to_string).collect();
        lines.push(line("trusted_proxies", networks));
    }
    lines
}

fn oidc(oidc: &OidcSettings) -> Vec<String> {
    if oidc.portier_brokers.is_empty() {
        return Vec::new();
    }
    let brokers = oidc.portier_brokers.iter();
    let brokers: Vec<String> = brokers.map(ToString::to_string).collect();
    vec![line("portier_brokers", brokers)]
}

fn session(session: &SessionSettings) -> Vec<String> {
    let usual = SessionSettings::default();
    let mut lines = Vec::new();
    if let Some(lifetime) = session.lifetime {
        lines.push(line("lifetime", lifetime.to_string()));
    }
    if session.cookie != usual.cookie {
        lines.push(line("cookie", session.cookie.as_str()));
    }
    lines
}

fn certificate(certificate: &CertificateSettings) -> Vec<String> {
    let usual = CertificateSettings::default();
    let mut lines = Vec::new();
    if certificate.lifetime != usual.lifetime {
        lines.push(line("lifetime", certificate.lifetime.to_string()));
    }
    if certificate.skew != usual.skew {
        lines.push(line("skew", certificate.skew.to_string()));
    }
    lines
}

fn any_domain(any: &AnyDomainSettings) -> Vec<String> {
    let names =
        |domains: &[Domain]| -> Vec<String> { domains.iter().map(ToString::to_string).collect() };
    let mut lines = vec![
        line("mx", names(&any.mx)),
        line("mailbox", any.mailbox.to_string()),
    ];
    if !any.except.is_empty() {
        lines.push(line("except", names(&any.except)));
    }
    lines
}

fn broker(broker: &BrokerSettings) -> Vec<String> {
    let mut lines = Vec::new();
    if !broker.trusted.is_empty() {
        let trusted: Vec<&str> = broker.trusted.iter().map(Origin::as_str).collect();
        lines.push(line("trusted", trusted));
    }
    if !broker.fallback_issuers.is_empty() {
        let issuers: Vec<&str> = broker
            .fallback_issuers
            .iter()
            .map(Authority::as_str)
            .collect();
        lines.push(line("fallback_issuers", issuers));
    }
    if broker.ds128_issuers {
        lines.push(line("ds128_issuers", true));
    }
    lines
}

fn fallback(fallback: &FallbackSettings) -> Vec<String> {
    let mut lines = vec![
        line("smtp", fallback.smtp.to_string()),
        line("from", fallback.from.to_string()),
    ];
    if let Some(user) = &fallback.user {
        lines.push(line("user", user.as_str()));
    }
    if let Some(password) = &fallback.password {
        lines.push(line("password", secret(password)));
    }
    lines
}

fn outbound(outbound: &OutboundSettings) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(ca) = &outbound.ca {
        lines.push(line("ca", ca.display().to_string()));
    }
    if !outbound.hosts.is_empty() {
        let hosts = outbound.hosts.iter();
        let hosts = hosts.map(|(host, place)| (host.to_string(), place.to_string().into()));
        lines.push(line("hosts", Value::Table(hosts.collect())));
    }
    lines
}

fn ldap(ldap: &LdapSettings) -> Value {
    let dn = ldap.dn.as_ref().map(|dn| dn.to_string().into());
    let bind_dn = ldap.bind_dn.as_deref().map(Value::from);
    let keys = [
        ("dn", dn),
        ("bind_dn", bind_dn),
        ("password", ldap.password.as_ref().map(secret)),
    ];
    let keys = keys.into_iter();
    Value::Table(
        keys.filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect(),
    )
}

fn liveness(liveness: &LivenessSettings) -> Value {
    let ask = liveness.ask.as_ref().map(|witness| match witness {
        Witness::Nobody => "nobody".to_owned(),
        Witness::Other(url) => url.to_string(),
    });
    let within = liveness.within.to_string();
    let keys = [("ask", ask), ("within", Some(within))].into_iter();
    Value::Table(
        keys.filter_map(|(key, value)| Some((key.to_owned(), value?.into())))
            .collect(),
    )
}

/// Writes the keys of a `[[domain]]` section, a line each.
pub(crate) fn lines_of(domain: &DomainSettings) -> Vec<String> {
    let mut lines = vec![
        line("name", domain.name.as_str()),
        "# The mail server that checks the passwords.".to_owned(),
        line("mailbox", domain.mailbox.to_string()),
    ];
    match domain.login {
        LoginForm::Address => {}
        LoginForm::LocalPart => lines.push(line("login", "local-part")),
    }
    if let Some(backend_domain) = &domain.backend_domain {
        lines.push(line("backend_domain", backend_domain.as_str()));
    }
    if let Some(settings) = &domain.ldap {
        lines.push(line("ldap", ldap(settings)));
    }
    if let Some(settings) = &domain.liveness {
        lines.push(line("liveness", liveness(settings)));
    }
    if let Some(issuer) = &domain.issuer {
        lines.push(line("issuer", issuer.as_str()));
    }
    if let Some(cookie) = &domain.cookie {
        lines.push(line("cookie", cookie.as_str()));
    }
    let files = [
        ("aliases", &domain.aliases),
        ("groups", &domain.groups),
        ("keys", &domain.keys),
    ];
    for (key, file) in files {
        if let Some(file) = file {
            lines.push(line(key, file.display().to_string()));
        }
    }
    let rules = [
        ("plus_tags", domain.plus_tags),
        ("catch_all", domain.catch_all),
    ];
    for (key, _) in rules.iter().filter(|(_, on)| *on) {
        lines.push(line(key, true));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{self, Key, all_keys};

    #[test]
    fn what_is_written_reads_the_same_whatever_was_set() {
        // Each example differs from the default, so that no key can be forgotten here.
        let mut given = String::new();
        let mut section = "";
        let alone = |key: &Key| key.section == "domain.ldap" || key.name == "jwks";
        for key in all_keys().filter(|key| !alone(key)) {
            assert_ne!(key.example, key.default, "{}", key.name);
            if key.section != section {
                section = key.section;
                let header = match section {
                    "domain" | "client" => format!("[[{section}]]"),
                    section => format!("[{section}]"),
                };
                writeln!(given, "{header}").unwrap();
            }
            writeln!(given, "{}", key.line()).unwrap();
        }
        given.push_str(
            "[[domain]]\nname = \"a.example\"\nmailbox = \"ldaps://h\"\n\
             ldap = { dn = \"uid={local},dc=a\" }\n\
             [[domain]]\nname = \"b.example\"\nmailbox = \"ldaps://h/dc=b?mail,x?sub?(y=1)?ca=/a%2Cb\"\n\
             ldap = { bind_dn = \"cn=a,dc=b\", password = { file = \"/p\" } }\n",
        );
        let jwks = all_keys().find(|key| key.name == "jwks").unwrap().line();
        let client = "id = \"b\"\nredirect_uris = [\"https://b.example/\"]";
        writeln!(given, "[[client]]\n{client}\n{jwks}").unwrap();
        let read = |text: &str| config::read(Path::new("persona.toml"), text, &[]).unwrap();
        let settings = read(&given);

        let written = write(&settings);

        assert_eq!(format!("{:?}", read(&written)), format!("{settings:?}"));
    }
}
