-- Log-in attempts that count against a limit, until the longest window that they count in is over.
--
-- AUTOINCREMENT, because an attempt may be forgiven after it was purged: its number must never
-- name somebody else's attempt. Times are seconds since 1970.
CREATE TABLE attempts (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    expires INTEGER NOT NULL
) STRICT;

CREATE INDEX attempts_by_expires ON attempts (expires);

-- What an attempt counts against: an address, a network, a domain.
CREATE TABLE attempt_keys (
    key     TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    attempt INTEGER NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
    PRIMARY KEY (key, at, attempt)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_keys_by_attempt ON attempt_keys (attempt);
