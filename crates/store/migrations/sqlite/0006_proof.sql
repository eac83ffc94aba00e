-- How the address of a session was proven: by the mailbox's password, or by what was mailed to it.
--
-- Which of the two the older sessions had was not written down. Taken for a password, one by mail
-- opens nothing any more, and its owner asks for a letter again.
ALTER TABLE sessions ADD COLUMN proof TEXT NOT NULL DEFAULT 'password'
    CHECK (proof IN ('password', 'mail'));
