-- Domains that were seen to have an issuer of their own, and when that was seen last (to a day).
--
-- Seconds since 1970.
CREATE TABLE issuers (
    domain TEXT    NOT NULL PRIMARY KEY,
    seen   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX issuers_by_seen ON issuers (seen);
