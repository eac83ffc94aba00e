-- Letters under way with a code and a link in them: who answers with one of these reads the mailbox.
--
-- `id` is the SHA-256 of a token that only the browser has which asked for the letter; `code` is a
-- SHA-256 over the code and that token, so that this file is of no use for guessing codes; `link` is
-- the SHA-256 of the token in the link. Times are seconds since 1970.
CREATE TABLE challenges (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 32),
    address       TEXT    NOT NULL,
    code          BLOB    NOT NULL CHECK (length(code) = 32),
    link          BLOB    NOT NULL CHECK (length(link) = 32),
    attempts_left INTEGER NOT NULL CHECK (attempts_left BETWEEN 1 AND 4294967295),
    expires       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX challenges_by_expires ON challenges (expires);
