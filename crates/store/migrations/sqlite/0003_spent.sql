-- Assertions that a site has asked to accept once only, until they would expire anyway.
--
-- `fingerprint` is a SHA-256; whose assertion it was cannot be read from it. Times are seconds since
-- 1970.
CREATE TABLE spent (
    fingerprint BLOB    NOT NULL PRIMARY KEY CHECK (length(fingerprint) = 32),
    until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX spent_by_until ON spent (until);
