//! Whose network a request comes from: what limits are counted by.
//!
//! Pure. Called wherever somebody else is asked on a stranger's behalf.

use std::net::IpAddr;

/// The widest network that is one customer's.
pub(crate) fn customer(client: IpAddr) -> String {
    let (network, wider_network) = networks_of(client);
    wider_network.unwrap_or(network)
}

/// One customer's network: a v4 address, or the first 64 bits of a v6 address, of which a customer
/// may have thousands within the first 48.
pub(crate) fn networks_of(client: IpAddr) -> (String, Option<String>) {
    match client.to_canonical() {
        IpAddr::V4(address) => (address.to_string(), None),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            (
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64"),
                Some(format!("{a:x}:{b:x}:{c:x}::/48")),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_what_one_customer_has() {
        for (client, network, wider) in [
            ("203.0.113.7", "203.0.113.7", None),
            ("::ffff:203.0.113.7", "203.0.113.7", None),
            (
                "2001:db8:1:2:3:4:5:6",
                "2001:db8:1:2::/64",
                Some("2001:db8:1::/48"),
            ),
        ] {
            let wider = wider.map(str::to_owned);
            assert_eq!(
                networks_of(client.parse().unwrap()),
                (network.to_owned(), wider)
            );
        }
    }
}
