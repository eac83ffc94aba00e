//! Free ports on loopback, one for each way in which a mail server may be set up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context as _, Result};

/// The ways into a mail server that a test wants to see, each on a port of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Entrance {
    /// STARTTLS, and `AUTH` only after it: the usual submission port.
    Submission,
    /// TLS from the first octet.
    Submissions,
    /// Offers LOGIN and not PLAIN.
    LoginOnly,
    /// Offers CRAM-MD5 and not PLAIN or LOGIN.
    CramOnly,
    /// No STARTTLS, and `AUTH` in the clear.
    Clear,
    /// STARTTLS, but no `AUTH` at any time.
    NoAuth,
    /// Takes only so many `AUTH` of one client, and says 4xx to those above.
    Strict,
    /// Turns every connection away with its first line.
    Blocked,
}

impl Entrance {
    /// Every entrance, in the order of its port.
    pub const ALL: [Self; 8] = [
        Self::Submission,
        Self::Submissions,
        Self::LoginOnly,
        Self::CramOnly,
        Self::Clear,
        Self::NoAuth,
        Self::Strict,
        Self::Blocked,
    ];
}

/// The ports of one server: a row of free ones.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    first: u16,
}

impl Ports {
    /// Finds a row of ports that are free on both loopback addresses, and that this program never
    /// gives twice. They are below the range from which the kernel takes ports by itself.
    pub fn choose() -> Result<Self> {
        let start = u16::try_from(std::process::id() % u32::from(ROWS))?;
        (0..ROWS)
            .map(|_| (start + NEXT.fetch_add(1, Ordering::Relaxed)) % ROWS)
            .map(|row| Self {
                first: FIRST + row * WIDTH,
            })
            .find(|ports| ports.are_free())
            .context("no free ports on loopback")
    }

    /// Gives the port of an entrance.
    pub const fn of(self, entrance: Entrance) -> u16 {
        self.first + entrance as u16
    }

    /// Gives every socket address of an entrance on these addresses.
    pub fn on(self, addresses: &[IpAddr], entrance: Entrance) -> Vec<SocketAddr> {
        let port = self.of(entrance);
        addresses
            .iter()
            .map(|address| (*address, port).into())
            .collect()
    }

    fn are_free(self) -> bool {
        let mut all = Entrance::ALL
            .iter()
            .flat_map(|entrance| self.on(&LOOPBACK, *entrance));
        all.all(|address| TcpListener::bind(address).is_ok())
    }
}

/// Where a server listens unless a test says otherwise.
pub const LOOPBACK: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

static NEXT: AtomicU16 = AtomicU16::new(0);
const WIDTH: u16 = 8;
const FIRST: u16 = 20_000;
const ROWS: u16 = 1_500;
