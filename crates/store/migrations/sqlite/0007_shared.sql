-- Whether whoever asked for the letter said that others use the computer too.
ALTER TABLE challenges ADD COLUMN shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1));
