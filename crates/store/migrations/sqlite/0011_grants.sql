-- What a client of OpenID Connect was given for somebody.
--
-- `session` is the SHA-256 that names the session in which it was given, as long as that lasts; a grant
-- that is `offline` outlives it. `content` is what was granted, as the server wrote it: it holds no
-- token. Times are seconds since 1970.
CREATE TABLE grants (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    issuer  TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    address TEXT    NOT NULL,
    proof   TEXT    NOT NULL CHECK (proof IN ('password', 'mail')),
    session BLOB    CHECK (length(session) = 32),
    offline INTEGER NOT NULL CHECK (offline IN (0, 1)),
    content TEXT    NOT NULL,
    opened  INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_by_session ON grants (session) WHERE session IS NOT NULL;
CREATE INDEX grants_by_address ON grants (address);
CREATE INDEX grants_by_client ON grants (client);
CREATE INDEX grants_by_expires ON grants (expires);

-- The tokens that stand for a grant, by their SHA-256: whoever reads this file cannot use one.
--
-- `spent` is when a code or a refresh token was exchanged for fresh ones. It stays until it would have
-- expired, so that it is seen when it is shown again.
CREATE TABLE tokens (
    id       BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    grant_id BLOB    NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    kind     TEXT    NOT NULL CHECK (kind IN ('code', 'access', 'refresh')),
    expires  INTEGER NOT NULL,
    spent    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_grant ON tokens (grant_id);
CREATE INDEX tokens_by_expires ON tokens (expires);

-- Which clients are still to be told that somebody is no longer signed in, and from when on they may be
-- told (0: at once). `attempts` is how often somebody has taken it upon themselves to do so.
CREATE TABLE notices (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    issuer   TEXT    NOT NULL,
    client   TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    session  BLOB    CHECK (length(session) = 32),
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL CHECK (attempts BETWEEN 0 AND 4294967295)
) STRICT;

CREATE INDEX notices_by_due ON notices (due);
CREATE INDEX notices_by_client ON notices (client);

-- What people have agreed that a client may be told.
CREATE TABLE consents (
    issuer  TEXT    NOT NULL,
    client  TEXT    NOT NULL,
    address TEXT    NOT NULL,
    scopes  TEXT    NOT NULL,
    given   INTEGER NOT NULL,
    PRIMARY KEY (address, issuer, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX consents_by_client ON consents (client);

-- Clients that were put here, besides those of the settings.
--
-- `section` is the text of the client's [[client]] section, as it could stand in the settings. It holds
-- no secret in clear.
CREATE TABLE clients (
    id      TEXT    NOT NULL PRIMARY KEY,
    section TEXT    NOT NULL,
    added   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
