//! Every key: what it is for, what it is when nobody says, and how one is written.
//!
//! The reference page, the sample file and the hints of errors are made from this one list; a test
//! holds it against the types of `server::settings`.

mod client;

/// One key of the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// The section, as it is written: empty, `listen`, `domain`.
    pub(crate) section: &'static str,
    /// The key in its section.
    pub(crate) name: &'static str,
    /// What it is when nobody says, as TOML; empty where somebody has to say.
    pub(crate) default: &'static str,
    /// An example, as TOML.
    pub(crate) example: &'static str,
    /// What it is for: whole sentences.
    pub(crate) doc: &'static str,
}

/// Sections and keys that the design promises and this version does not have. Whoever has read of
/// them is told so, rather than that they have made a typing mistake.
pub(crate) const PLANNED: &[(&str, &str)] = &[("", "admin"), ("listen", "tls"), ("listen", "acme")];

/// The keys of all sections but `[[client]]`, in the order of the reference page.
const KEYS: &[Key] = &[
    Key {
        section: "",
        name: "issuer",
        default: "",
        example: r#""https://id.example.org""#,
        doc: "The web origin that signs and where people sign in. It is https; plain http is for `localhost` and names under it only. An address, such as `http://127.0.0.1:7070`, is refused, because certificates carry a name.",
    },
    Key {
        section: "",
        name: "base_path",
        default: r#""/""#,
        example: r#""/sso""#,
        doc: "What stands before `/persona/` in every address, for an issuer's host whose web site has a `/persona/` of its own. The web server in front hands over what is below it as it is, without taking it away; `/.well-known/browserid` and the names of login.persona.org, such as `/include.js`, stay at the root.",
    },
    Key {
        section: "",
        name: "domains",
        default: "",
        example: r#""/etc/persona/domains""#,
        doc: "A directory of further `[[domain]]` sections, for who has many: each file in it whose name ends in `.toml` may have any number of them, and nothing else. They are read in the order of their names, behind those of this file. See [many domains](../guide/many-domains.md).",
    },
    Key {
        section: "listen",
        name: "address",
        default: r#""127.0.0.1:7070""#,
        example: r#""unix:/run/persona/http.sock""#,
        doc: "Where the server listens: an address and port, or `unix:` and the path of a socket. The web server in front passes requests on to it.",
    },
    Key {
        section: "listen",
        name: "trusted_proxies",
        default: r#"["127.0.0.0/8", "::1"]"#,
        example: r#"["127.0.0.0/8", "::1", "10.0.0.7"]"#,
        doc: "Addresses and networks whose `X-Forwarded-For` or `Forwarded` is believed.",
    },
    Key {
        section: "storage",
        name: "url",
        default: r#""sqlite:/var/lib/persona/persona.db""#,
        example: r#""sqlite:/srv/persona/persona.db""#,
        doc: "Where sign-ins are remembered: `sqlite:` and the path of a file, or `memory:`. With `memory:` no file is needed, and several servers with the same signing key need nothing in common: each sign-in is in its browser's cookie, sealed with a key that comes from the signing key, and lasts 24 hours unless `session.lifetime` says otherwise. What is lost by that: `persona session` can neither list nor end sign-ins (to end all of them, change the signing key), a mailbox that is gone keeps its sign-in until that ends by itself, signing out takes the cookie out of that browser, and the waits after wrong passwords, letters that wait for an answer and assertions that were good once are forgotten when the server restarts.",
    },
    Key {
        section: "keys",
        name: "directory",
        default: r#""/etc/persona/keys""#,
        example: r#""/srv/persona/keys""#,
        doc: "The directory of the signing keys. Only the server's user may read it.",
    },
    Key {
        section: "session",
        name: "lifetime",
        default: "",
        example: r#""12h""#,
        doc: "How long somebody stays signed in after typing the password: a number and `s`, `m`, `h` or `d`, from one minute to a year. Without it, 30 days, or 24 hours where `storage.url` is `memory:`.",
    },
    Key {
        section: "session",
        name: "cookie",
        default: r#""persona""#,
        example: r#""persona-example""#,
        doc: "The name of the session cookie, without the `__Host-` that browsers require in front.",
    },
    Key {
        section: "certificate",
        name: "lifetime",
        default: r#""24h""#,
        example: r#""1h""#,
        doc: "The longest lifetime of a certificate, from one minute to 24 hours. What a site asks for is honoured up to this.",
    },
    Key {
        section: "certificate",
        name: "skew",
        default: r#""10s""#,
        example: r#""60s""#,
        doc: "How far a certificate's time of issue is dated back, for sites whose clocks are behind.",
    },
    Key {
        section: "broker",
        name: "trusted",
        default: "[]",
        example: r#"["https://id.example.net"]"#,
        doc: "Other installations whose dialogs get certificates for our people without asking them first. Everybody else's dialog has to ask the person.",
    },
    Key {
        section: "broker",
        name: "fallback_issuers",
        default: "[]",
        example: r#"["fallback.example.net"]"#,
        doc: "Other issuers whose word counts for addresses of domains that have no issuer of their own. A domain that has an issuer speaks for itself, and one that cannot be asked is not spoken for.",
    },
    Key {
        section: "broker",
        name: "ds128_issuers",
        default: "false",
        example: "true",
        doc: "Whether to believe issuers that sign with DSA of 1024 bits and SHA-1, as some old ones did. States can forge such signatures.",
    },
    Key {
        section: "broker.fallback",
        name: "smtp",
        default: "",
        example: r#""smtps://mail.example.org""#,
        doc: "With this section, people whose domain has no issuer are mailed a code, and this installation speaks for their addresses. This key is needed: the mail server that carries the mail, written as `mailbox` of a domain is. The section can also be one line under `[broker]`: `fallback = { smtp = \"…\", from = \"…\" }`.",
    },
    Key {
        section: "broker.fallback",
        name: "from",
        default: "",
        example: r#""persona@example.org""#,
        doc: "The address that the mail comes from. Needed in this section.",
    },
    Key {
        section: "broker.fallback",
        name: "user",
        default: "",
        example: r#""persona@example.org""#,
        doc: "The user as whom to log in to the mail server, where it wants that.",
    },
    Key {
        section: "broker.fallback",
        name: "password",
        default: "",
        example: r#"{ file = "/etc/persona/relay-password" }"#,
        doc: "The user's password: `{ file = \"/path\" }`, `{ env = \"NAME\" }` for a variable whose name does not begin with `PERSONA_`, or the password itself in quotes. A file's last line end is not part of it.",
    },
    Key {
        section: "outbound",
        name: "ca",
        default: "",
        example: r#""/etc/persona/private-ca.pem""#,
        doc: "A PEM file of authorities that are believed besides the usual ones when other issuers are asked.",
    },
    Key {
        section: "outbound",
        name: "hosts",
        default: "{}",
        example: r#"{ "idp.example" = "127.0.0.1:8443" }"#,
        doc: "Where hosts are, whatever the DNS says: for private networks and for trying things out. These hosts alone may have private addresses.",
    },
    Key {
        section: "domain",
        name: "name",
        default: "",
        example: r#""example.org""#,
        doc: "A mail domain to vouch for: the part of the addresses behind the `@`. One `[[domain]]` section for each.",
    },
    Key {
        section: "domain",
        name: "mailbox",
        default: "",
        example: r#""smtps://mail.example.org""#,
        doc: "What checks the passwords. A mail server: `smtps://HOST` (TLS from the start, port 465) or `smtp://HOST` (STARTTLS required, port 587; without TLS on loopback only), or over IMAP, which says more about why a login is refused, `imaps://HOST` (port 993) or `imap://HOST` (port 143) by the same rules. `?ca=FILE` trusts a private CA as well, `?server_name=NAME` checks the certificate against another name. So that the server can tell a guesser from this machine, `?client=` tells it where the browser is: `xclient` (Postfix: `smtpd_authorized_xclient_hosts`), `id` (IMAP's ID with `x-originating-ip`, which Dovecot believes from its `login_trusted_networks`) or `proxy` (PROXY protocol, version 2, on a port that expects it). `dovecot:/run/dovecot/auth-client` asks Dovecot's auth service over its socket (a `unix_listener` of its `service auth`), `dovecot:localhost:PORT` over a port of this machine. It was tried with Dovecot 2.3 and 2.4. A directory: `ldaps://HOST/BASE` or `ldap://HOST/BASE` (StartTLS required, except on loopback); the section `[domain.ldap]` explains it. `file:/etc/persona/users` reads a file of passwords (htpasswd, argon2, or `user:ALGO:base64`); with `?domain=DOMAIN`, names without a domain are of that one, and lines of others are left out, which is needed where several domains read one file. `command:/path/to/program` asks a program, which gets user name, password and the browser's network address as three lines on its standard input, and opens by exit status 0 and refuses by 1. [Password files and programs](../guide/password-files.md) has both.",
    },
    Key {
        section: "domain",
        name: "login",
        default: r#""address""#,
        example: r#""local-part""#,
        doc: "What is sent as user name: the whole `address`, or only the `local-part` before the `@`, for a server with a single domain.",
    },
    Key {
        section: "domain",
        name: "backend_domain",
        default: "",
        example: r#""internal.example.org""#,
        doc: "The domain by which the mail server knows these users, where it is another one.",
    },
    Key {
        section: "domain",
        name: "aliases",
        default: "",
        example: r#""/etc/aliases""#,
        doc: "An alias file, in the form of `/etc/aliases` or of Postfix's virtual tables. Whoever signs in as a user may use every alias of this domain that leads to that user, and may sign in with the alias and the user's password. Read again when it changes. Without it, an alias is nobody's. See [addresses](../guide/addresses.md).",
    },
    Key {
        section: "domain",
        name: "plus_tags",
        default: "false",
        example: "true",
        doc: "Whether `alice+anything` is one of alice's addresses. Only for mail servers that deliver it to alice: elsewhere it could be somebody else's mailbox.",
    },
    Key {
        section: "domain",
        name: "catch_all",
        default: "false",
        example: "true",
        doc: "Whether the line of the alias file that begins with `@` and this domain counts: then whoever it leads to may use every address that the file does not list. Mailboxes that the file does not list are among them, so list each, as Postfix wants it as well.",
    },
    Key {
        section: "domain",
        name: "groups",
        default: "",
        example: r#""/etc/persona/groups""#,
        doc: "A file of groups, a line each: `admins: alice@example.org bob@example.org`; `@example.org` stands for everybody there. It is what `allow` of a `[[client]]` and the claim `groups` go by.",
    },
    Key {
        section: "domain",
        name: "issuer",
        default: "",
        example: r#""https://id.example.net""#,
        doc: "The origin that signs for this domain and where its people sign in, where that is another one than the `issuer` at the top. It is served by the same process, with a key and sessions of its own. See [many domains](../guide/many-domains.md).",
    },
    Key {
        section: "domain",
        name: "keys",
        default: "",
        example: r#""/etc/persona/keys/id.example.net""#,
        doc: "The directory with the signing key of this domain's own issuer. Without it: a directory of the issuer's host under `keys.directory`. `persona setup` makes the key.",
    },
    Key {
        section: "domain",
        name: "cookie",
        default: "",
        example: r#""persona-net""#,
        doc: "The name of the session cookie at this domain's own issuer, in place of `session.cookie`. Issuers that differ by their ports alone need different names, because browsers do not tell ports apart.",
    },
    Key {
        section: "domain.liveness",
        name: "ask",
        default: "",
        example: r#""lmtp:/run/dovecot/lmtp""#,
        doc: "Who is asked, without a password, whether the mailboxes of those who are signed in are still there: `lmtp:/PATH`, `lmtp://HOST` (port 24) or `smtp://HOST` (port 25), which take letters (none is sent; STARTTLS required, except on loopback; `?ca=FILE` and `?server_name=NAME` as in `mailbox`); `dovecot-userdb:/run/dovecot/auth-userdb`, Dovecot's list of users; or `nobody`. Without it, a directory with a base and a password file are asked themselves, and nobody else is. [When a mailbox is gone](../guide/liveness.md) says which line is right.",
    },
    Key {
        section: "domain.liveness",
        name: "within",
        default: "",
        example: r#""15m""#,
        doc: "The time after which somebody whose mailbox is gone or closed is signed in no more, from 5 minutes to 7 days; an hour (`1h`) if nobody says otherwise. An answer that is no clear \"gone\" changes nothing. A certificate that was given out before stays good until it expires.",
    },
    Key {
        section: "domain.ldap",
        name: "dn",
        default: "",
        example: r#""uid={local},ou=people,dc=example,dc=org""#,
        doc: "For a domain whose `mailbox` is a directory without a base, `ldaps://HOST` or `ldaps://HOST?ca=FILE`: the name that people bind by. `{address}`, `{local}` and `{domain}` stand for the address and its parts; what is filled in is escaped. Active Directory takes `\"{address}\"` (the user principal name). The section follows its `[[domain]]`, or is one line in it: `ldap = { dn = \"…\" }`.",
    },
    Key {
        section: "domain.ldap",
        name: "bind_dn",
        default: "",
        example: r#""cn=persona,dc=example,dc=org""#,
        doc: "For a domain whose `mailbox` has a base, `ldaps://HOST/BASE?ATTRIBUTES?SCOPE?FILTER?SETTINGS` (RFC 4516, `%2C` for a comma inside a setting): the account that searches; without it the search is anonymous. Exactly one entry may have the address, and the password is tried with that entry's name. ATTRIBUTES are where the address is looked for (`mail`; `mail,mailAlternateAddress` lets people sign in with aliases too, and each address is its own). SCOPE is `sub`, `one` or `base`. A FILTER without a placeholder narrows that down, `(objectClass=person)`; with `{address}`, `{local}` or `{domain}` in it, it asks everything itself: `(|(mail={address})(mailAlternateAddress={address}))`, or in Active Directory `(|(mail={address})(proxyAddresses=smtp:{address}))`. Whoever may write such an attribute says whose address it is: it must not be the users themselves. SETTINGS are `ca=FILE` and `server_name=NAME`, with a comma between them.",
    },
    Key {
        section: "domain.ldap",
        name: "password",
        default: "",
        example: r#"{ file = "/etc/persona/ldap.password" }"#,
        doc: "The password of `bind_dn`. It may also stand here as `\"text\"`, or come from the environment: `{ env = \"NAME\" }`.",
    },
    Key {
        section: "oidc",
        name: "portier_brokers",
        default: "[]",
        example: r#"["https://broker.portier.io"]"#,
        doc: "Brokers of Portier, by their origins, that may ask whose address it is, so that people of your domains sign in to their sites without a mail. With one of them, WebFinger leads all brokers here, and those that are not named are refused: see [Portier](../guide/openid-connect.md#portier).",
    },
    Key {
        section: "any_domain",
        name: "mx",
        default: "",
        example: r#"["mail.example.net", "mx2.example.net"]"#,
        doc: "With this section, every domain is served whose MX records all name one of these hosts, and that has no `[[domain]]` of its own. Read [every domain whose mail comes to us](../guide/many-domains.md#every-domain-whose-mail-comes-to-us) first: it makes DNS part of who can sign in. Needed in this section: the names of your mail exchangers, as MX records name them.",
    },
    Key {
        section: "any_domain",
        name: "mailbox",
        default: "",
        example: r#""smtps://mail.example.net""#,
        doc: "Needed in this section: what checks the passwords of these domains, as `mailbox` of a `[[domain]]` does, by the whole address. A mail server, Dovecot's auth socket or a program; neither a file nor a directory. It must refuse addresses whose domain it does not know: one that looks at the part before the `@` alone would give strangers the names of your users.",
    },
    Key {
        section: "any_domain",
        name: "login",
        default: "",
        example: r#""address""#,
        doc: "What is sent as user name: `address`, which it is when nobody says. Nothing else is allowed here.",
    },
    Key {
        section: "any_domain",
        name: "except",
        default: "",
        example: r#"["example.com"]"#,
        doc: "Domains that are not served although their mail comes to these hosts. Each stands for itself; domains below it are others.",
    },
];

/// Keys without a default that nobody has to give.
const OPTIONAL: &[(&str, &str)] = &[
    ("", "domains"),
    ("session", "lifetime"),
    ("broker.fallback", "smtp"),
    ("broker.fallback", "from"),
    ("broker.fallback", "user"),
    ("broker.fallback", "password"),
    ("outbound", "ca"),
    ("domain", "backend_domain"),
    ("domain.ldap", "dn"),
    ("domain.ldap", "bind_dn"),
    ("domain.ldap", "password"),
    ("domain", "aliases"),
    ("domain", "groups"),
    ("any_domain", "mx"),
    ("any_domain", "mailbox"),
    ("any_domain", "login"),
    ("any_domain", "except"),
    ("domain.liveness", "ask"),
    ("domain.liveness", "within"),
    ("domain", "issuer"),
    ("domain", "keys"),
    ("domain", "cookie"),
];

/// Lists all keys, in the order of the reference page.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(client::KEYS)
}

/// Finds a key by its section and name.
pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    all().find(|key| key.section == section && key.name == name)
}

impl Key {
    /// Does somebody have to give it?
    pub(crate) fn required(&self) -> bool {
        let in_client = self.section == "client";
        self.default.is_empty() && !in_client && !OPTIONAL.contains(&(self.section, self.name))
    }

    /// Gives the name of the variable that sets it.
    pub(crate) fn variable(&self) -> String {
        let section = match self.section {
            "" => String::new(),
            "domain" => "DOMAIN__0__".to_owned(),
            "client" => "CLIENT__0__".to_owned(),
            "domain.ldap" => "DOMAIN__0__LDAP__".to_owned(),
            "domain.liveness" => "DOMAIN__0__LIVENESS__".to_owned(),
            name => format!("{}__", name.to_ascii_uppercase().replace('.', "__")),
        };
        format!("PERSONA_{section}{}", self.name.to_ascii_uppercase())
    }

    /// Writes the line that sets this key to its example.
    pub(crate) fn line(&self) -> String {
        format!("{} = {}", self.name, self.example)
    }
}
