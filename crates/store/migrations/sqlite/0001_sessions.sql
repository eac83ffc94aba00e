-- One row for each sign-in that is still open.
--
-- `id` is the SHA-256 of the token in the cookie: whoever reads this file cannot use a session.
-- Times are seconds since 1970.
CREATE TABLE sessions (
    id      BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    address TEXT    NOT NULL,
    opened  INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_expires ON sessions (expires);
CREATE INDEX sessions_by_address ON sessions (address);
