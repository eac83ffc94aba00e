-- Aliases that `persona alias add` has put here, besides those of the alias files: who has proven the
-- address `target` may be called `alias`.
--
-- Both are whole addresses in the canonical spelling. The table does not say that they are of one domain:
-- whoever reads it looks. `number` keeps the order in which they came.
CREATE TABLE aliases (
    number INTEGER NOT NULL PRIMARY KEY,
    alias  TEXT    NOT NULL,
    target TEXT    NOT NULL,
    UNIQUE (alias, target)
) STRICT;
