use super::*;
use crate::backend::ldap::message::Outcome;

fn outcome(code: u32, text: &str) -> Outcome {
    Outcome::for_test(code, text)
}

/// One word for a conclusion, and for a refusal also what it tells.
fn word(answer: &Result<Verdict, Unavailable>) -> String {
    match answer {
        Ok(Verdict::Opens) => "opens".to_owned(),
        Ok(Verdict::Refused(refusal)) => {
            let state = refusal.enhanced.as_deref().unwrap_or("wrong");
            format!("refused {} {state}", refusal.code)
        }
        Err(trouble) => trouble.reason().to_owned(),
    }
}

#[test]
fn only_0_opens_and_only_a_few_codes_are_about_the_password() {
    for code in 0..=200 {
        let expected = match code {
            0 => "opens".to_owned(),
            19 | 32 | 48 | 49 => format!("refused {code} wrong"),
            1 | 3 | 51 | 52 | 80 => "temporary".to_owned(),
            8 | 13 => "tls-required".to_owned(),
            _ => "misconfigured".to_owned(),
        };
        assert_eq!(word(&bound(&outcome(code, ""), None)), expected, "{code}");
    }
    assert_eq!(
        word(&bound(&outcome(0x7fff_ffff, ""), None)),
        "misconfigured"
    );
}

#[test]
fn an_account_that_is_not_in_order_is_refused_though_the_password_is_right() {
    for (code, state, expected) in [
        (0, State::MustChange, "refused 0 must-change-password"),
        (0, State::PasswordExpired, "refused 0 password-expired"),
        (0, State::Locked, "refused 0 locked"),
        (49, State::Locked, "refused 49 locked"),
        (49, State::PasswordExpired, "refused 49 password-expired"),
        (53, State::Locked, "misconfigured"),
    ] {
        assert_eq!(word(&bound(&outcome(code, ""), Some(state))), expected);
    }
}

#[test]
fn active_directory_says_more_in_its_texts() {
    for (data, expected) in [
        ("52e", "refused 49 wrong"),
        ("525", "refused 49 wrong"),
        ("52E", "refused 49 wrong"),
        ("530", "refused 49 not-at-this-hour"),
        ("531", "refused 49 not-from-here"),
        ("532", "refused 49 password-expired"),
        ("533", "refused 49 disabled"),
        ("701", "refused 49 account-expired"),
        ("773", "refused 49 must-change-password"),
        ("775", "refused 49 locked"),
        ("57", "misconfigured"),
        ("80090346", "misconfigured"),
        ("", "misconfigured"),
        ("52e0", "misconfigured"),
    ] {
        let text = format!(
            "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, \
             v4563\0"
        );
        assert_eq!(word(&bound(&outcome(49, &text), None)), expected, "{data}");
        // With another code the text means nothing.
        assert_eq!(word(&bound(&outcome(53, &text), None)), "misconfigured");
    }
    assert_eq!(
        word(&bound(&outcome(49, "data 533"), None)),
        "refused 49 wrong"
    );
}

#[test]
fn our_own_account_is_never_anybodys_verdict() {
    for code in 0..=200 {
        let reason = ours(&outcome(code, ""), None).map_err(|trouble| trouble.reason());
        let expected = match code {
            0 => Ok(()),
            1 | 3 | 51 | 52 | 80 => Err("temporary"),
            8 | 13 => Err("tls-required"),
            _ => Err("misconfigured"),
        };
        assert_eq!(reason, expected, "{code}");
    }
    let wrong = ours(&outcome(49, "no"), None).unwrap_err().to_string();
    assert_eq!(
        wrong,
        "the mail server refused the login of ldap.bind_dn, which says nothing about the password: \
         49 invalidCredentials no"
    );
    assert!(ours(&outcome(0, ""), Some(State::MustChange)).is_err());
}

#[test]
fn a_search_that_failed_found_neither_somebody_nor_nobody() {
    for (code, expected) in [
        (0, Ok(())),
        (4, Err("misconfigured")),
        (10, Err("misconfigured")),
        (32, Err("misconfigured")),
        (50, Err("misconfigured")),
        (52, Err("temporary")),
        (3, Err("temporary")),
        (13, Err("tls-required")),
    ] {
        let reason = found(&outcome(code, "")).map_err(|trouble| trouble.reason());
        assert_eq!(reason, expected, "{code}");
    }
}

#[test]
fn a_refused_starttls_is_never_gone_on_without() {
    for code in 1..=100 {
        let reason = started(&outcome(code, "")).unwrap_err().reason();
        let expected = match code {
            1 | 3 | 51 | 52 | 80 => "temporary",
            _ => "tls-required",
        };
        assert_eq!(reason, expected, "{code}");
    }
}
