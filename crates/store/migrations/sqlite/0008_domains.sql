-- Mail domains that `persona domain add` has put here, besides those of the settings.
--
-- `section` is the text of the domain's [[domain]] section, as it could stand in the settings. It holds
-- no secret, only the place of one. Seconds since 1970.
CREATE TABLE domains (
    name    TEXT    NOT NULL PRIMARY KEY,
    section TEXT    NOT NULL,
    added   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
