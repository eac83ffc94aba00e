//! The services of mail programs, and the order in which their SRV records want to be tried.
//!
//! RFC 6186 §3 names `_submission`, `_imap` and `_imaps`, RFC 8314 §5.1 adds `_submissions`; what a record
//! means is in RFC 2782. Pure. Deliberately absent: POP3.

/// A way to ask about a password that mail programs know, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// SMTP, encrypted from the start.
    Submissions,
    /// SMTP with STARTTLS.
    Submission,
    /// IMAP, encrypted from the start.
    Imaps,
    /// IMAP with STARTTLS.
    Imap,
}

/// All services, the preferred one first: mail is submitted by everybody who reads it, and encryption
/// from the start comes before STARTTLS (RFC 8314 §3).
pub(super) const SERVICES: [Service; 4] = [
    Service::Submissions,
    Service::Submission,
    Service::Imaps,
    Service::Imap,
];

impl Service {
    /// Gives the name under which its SRV records stand.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Submissions => "_submissions._tcp",
            Self::Submission => "_submission._tcp",
            Self::Imaps => "_imaps._tcp",
            Self::Imap => "_imap._tcp",
        }
    }

    /// Gives the scheme of its mailbox URLs.
    pub(super) const fn scheme(self) -> &'static str {
        match self {
            Self::Submissions => "smtps",
            Self::Submission => "smtp",
            Self::Imaps => "imaps",
            Self::Imap => "imap",
        }
    }
}

/// An SRV record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) port: u16,
    /// The host as DNS names it, in lower case and without the last dot.
    pub(super) host: String,
}

/// Says whether the domain decidedly does not offer the service: the target is the root
/// (RFC 6186 §3.4).
pub(super) fn is_refused(records: &[Record]) -> bool {
    !records.is_empty() && records.iter().all(|record| record.host == ROOT)
}

/// Gives the records that name a host, in the order in which to try them, and no more than a few.
///
/// A client draws lots among those of equal priority, by weight (RFC 2782). The settings will hold one
/// host for good, so it is the one that would be drawn most often.
pub(super) fn in_order(records: &[Record]) -> Vec<&Record> {
    let mut order: Vec<&Record> = records.iter().filter(|one| one.host != ROOT).collect();
    order.sort_by_key(|record| (record.priority, u16::MAX - record.weight));
    order.truncate(MOST_HOSTS);
    order
}

const ROOT: &str = ".";
const MOST_HOSTS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(priority: u16, weight: u16, host: &str) -> Record {
        Record {
            priority,
            weight,
            port: 465,
            host: host.to_owned(),
        }
    }

    fn hosts(records: &[Record]) -> Vec<&str> {
        let order = in_order(records);
        order.iter().map(|record| record.host.as_str()).collect()
    }

    #[test]
    fn lower_priorities_come_first_and_then_heavier_weights() {
        let records = [
            record(20, 100, "c"),
            record(10, 0, "b"),
            record(10, 65535, "a"),
        ];

        assert_eq!(hosts(&records), ["a", "b", "c"]);
    }

    #[test]
    fn equal_ones_stay_as_they_came_and_only_a_few_are_tried() {
        let records = ["a", "b", "c", "d"].map(|host| record(0, 1, host));

        assert_eq!(hosts(&records), ["a", "b", "c"]);
    }

    #[test]
    fn a_service_at_the_root_is_not_offered() {
        assert!(is_refused(&[record(0, 0, ".")]));
        assert!(!is_refused(&[]));
        assert!(!is_refused(&[record(0, 0, "."), record(0, 0, "a")]));
        assert_eq!(hosts(&[record(0, 0, "."), record(0, 0, "a")]), ["a"]);
    }
}
