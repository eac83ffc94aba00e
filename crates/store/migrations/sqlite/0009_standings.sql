-- Whose mailbox is asked about, now and then, because somebody is signed in by its password.
--
-- `asked` is when somebody last took it upon themselves to ask, or when the password was last right;
-- `there` when the mailbox was last said to be there, since then; `gone` when it was first said to be
-- gone, if it was not said to be there since. Times are seconds since 1970.
CREATE TABLE standings (
    address TEXT    NOT NULL PRIMARY KEY,
    domain  TEXT    NOT NULL,
    asked   INTEGER NOT NULL,
    there   INTEGER,
    gone    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX standings_by_domain ON standings (domain, asked);

-- Those who are signed in already have never been asked about.
INSERT INTO standings (address, domain, asked)
    SELECT DISTINCT address, substr(address, instr(address, '@') + 1), 0
    FROM sessions
    WHERE proof = 'password';
