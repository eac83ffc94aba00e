//! Moods: what is the matter with a server that would be honest.

/// How a server feels when a client comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It answers truly.
    Open,
    /// It cannot reach its own list of users: 454 to a login, 451 to a recipient.
    Forgetful,
    /// It takes the connection and says nothing.
    Silent,
    /// It hangs up when it should judge the password, and when it has taken a letter.
    Dropping,
    /// It is no mail server at all.
    Confused,
    /// It, or somebody on the way, hides STARTTLS.
    Hiding,
}
