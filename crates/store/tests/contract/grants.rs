//! What clients were given is found by its tokens, exchanged once, and ended as a whole.

use std::sync::Arc;

use store::{Exchange, FoundToken, GrantRow, Renewal, TokenKind};

use crate::oidc::{
    ALICE, BOB, code, exchanged, grant_id, grant_of, is_there, left, offline_of, open, pair, token,
    token_id,
};
use crate::stage::{at, email, on_every_store};

#[tokio::test]
async fn a_token_is_found_with_its_grant_as_it_was_opened() {
    on_every_store(async |store| {
        for grant in [
            grant_of(ALICE, 1),
            offline_of(ALICE, 2),
            GrantRow {
                session: None,
                ..grant_of(ALICE, 3)
            },
        ] {
            open(&*store, &grant).await;
            let number = u16::from(grant.id.as_bytes()[0]);

            let found = store.token(&token_id(number)).await.unwrap();

            let whole = FoundToken {
                grant,
                kind: TokenKind::Code,
                expires: at(1060),
                spent: None,
            };
            assert_eq!(found, Some(whole));
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_token_is_not_found_and_is_exchanged_for_nothing() {
    on_every_store(async |store| {
        assert!(!is_there(&*store, 1).await);
        assert_eq!(exchanged(&*store, 1, &pair(10), 1000).await, Exchange::Gone);
        assert!(!is_there(&*store, 10).await);
        assert!(!store.end_grant(&grant_id(1)).await.unwrap());
        assert!(!store.end_token(&token_id(1)).await.unwrap());
        let renewed = store.renew_grant(&grant_id(1), &pair(10), at(1000)).await;
        assert!(!renewed.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_code_is_exchanged_for_fresh_tokens_of_the_same_grant() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        let renewal = Renewal {
            content: Some("{\"more\":1}".to_owned()),
            expires: at(3000),
            ..pair(10)
        };

        let first = exchanged(&*store, 1, &renewal, 1010).await;

        assert_eq!(first, Exchange::First);
        let refresh = store.token(&token_id(11)).await.unwrap().unwrap();
        let grant = GrantRow {
            content: "{\"more\":1}".to_owned(),
            expires: at(3000),
            ..grant_of(ALICE, 1)
        };
        assert_eq!((refresh.kind, refresh.grant), (TokenKind::Refresh, grant));
        let code = store.token(&token_id(1)).await.unwrap().unwrap();
        assert_eq!(code.spent, Some(at(1010)));
    })
    .await;
}

#[tokio::test]
async fn a_renewal_neither_shortens_a_grant_nor_empties_it() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        let renewal = Renewal {
            expires: at(1500),
            ..pair(10)
        };

        exchanged(&*store, 1, &renewal, 1010).await;

        let found = store.token(&token_id(10)).await.unwrap().unwrap();
        assert_eq!(found.grant, grant_of(ALICE, 1));
    })
    .await;
}

#[tokio::test]
async fn a_code_that_is_shown_again_is_told_so_and_gives_nothing() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        exchanged(&*store, 1, &pair(10), 1010).await;
        let other = Renewal {
            content: Some("stolen".to_owned()),
            expires: at(9000),
            ..pair(20)
        };

        let again = exchanged(&*store, 1, &other, 1020).await;

        assert_eq!(again, Exchange::Again { spent: at(1010) });
        assert!(!is_there(&*store, 20).await);
        let found = store.token(&token_id(10)).await.unwrap().unwrap();
        assert_eq!(found.grant, grant_of(ALICE, 1));
    })
    .await;
}

#[tokio::test]
async fn each_refresh_token_is_good_once_and_its_successor_after_it() {
    on_every_store(async |store| {
        open(&*store, &offline_of(ALICE, 1)).await;
        exchanged(&*store, 1, &pair(10), 1010).await;

        assert_eq!(
            exchanged(&*store, 11, &pair(20), 1100).await,
            Exchange::First
        );
        assert_eq!(
            exchanged(&*store, 21, &pair(30), 1200).await,
            Exchange::First
        );

        let stolen = exchanged(&*store, 11, &pair(40), 1300).await;
        assert_eq!(stolen, Exchange::Again { spent: at(1100) });
    })
    .await;
}

#[tokio::test]
async fn an_access_token_is_exchanged_for_nothing() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        exchanged(&*store, 1, &pair(10), 1010).await;

        assert_eq!(
            exchanged(&*store, 10, &pair(20), 1020).await,
            Exchange::Gone
        );

        assert!(!is_there(&*store, 20).await);
        let access = store.token(&token_id(10)).await.unwrap().unwrap();
        assert_eq!(access.spent, None);
    })
    .await;
}

#[tokio::test]
async fn neither_an_expired_code_nor_one_of_an_expired_grant_is_exchanged() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        let short = GrantRow {
            expires: at(1030),
            ..grant_of(ALICE, 2)
        };
        open(&*store, &short).await;

        for (number, now) in [(1, 1060), (2, 1030), (2, 1031)] {
            let outcome = exchanged(&*store, number, &pair(10), now).await;
            assert_eq!(outcome, Exchange::Gone, "{number} at {now}");
        }
        let renewed = store.renew_grant(&grant_id(2), &pair(10), at(1030)).await;
        assert!(!renewed.unwrap());

        assert!(!is_there(&*store, 10).await);
        assert_eq!(
            exchanged(&*store, 1, &pair(20), 1059).await,
            Exchange::First
        );
        assert_eq!(
            exchanged(&*store, 2, &pair(30), 1029).await,
            Exchange::First
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_exchange_one_code_at_once_exactly_one_is_first_and_its_tokens_alone_are_kept()
{
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;

        let tasks: Vec<_> = (1..=30)
            .map(|caller| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let outcome = exchanged(&*store, 1, &pair(caller * 10), 1010).await;
                    (caller, outcome)
                })
            })
            .collect();
        let mut firsts = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                (caller, Exchange::First) => firsts.push(caller),
                (_, outcome) => assert_eq!(outcome, Exchange::Again { spent: at(1010) }),
            }
        }

        assert_eq!(firsts.len(), 1);
        for caller in 1..=30 {
            let kept = is_there(&*store, caller * 10).await;
            assert_eq!(kept, firsts == [caller], "{caller}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_token_outlives_a_grant_that_ends_while_it_is_exchanged() {
    on_every_store(async |store| {
        for round in 1..=20 {
            open(&*store, &grant_of(ALICE, round)).await;
            let number = u16::from(round);

            let exchanging = {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    exchanged(&*store, number, &pair(1000 + number * 10), 1010).await
                })
            };
            assert!(store.end_grant(&grant_id(round)).await.unwrap());
            let outcome = exchanging.await.unwrap();

            assert!(matches!(outcome, Exchange::First | Exchange::Gone));
            assert!(!is_there(&*store, 1000 + number * 10).await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_lost_its_answer_gets_tokens_without_another_being_spent() {
    on_every_store(async |store| {
        open(&*store, &offline_of(ALICE, 1)).await;
        exchanged(&*store, 1, &pair(10), 1010).await;

        let renewed = store.renew_grant(&grant_id(1), &pair(20), at(1020)).await;

        assert!(renewed.unwrap());
        assert_eq!(
            exchanged(&*store, 21, &pair(30), 1030).await,
            Exchange::First
        );
        assert_eq!(
            exchanged(&*store, 11, &pair(40), 1030).await,
            Exchange::First
        );
    })
    .await;
}

#[tokio::test]
async fn the_tokens_of_an_ended_grant_find_nothing_and_the_others_stay() {
    on_every_store(async |store| {
        for first in 1..=2 {
            open(&*store, &grant_of(ALICE, first)).await;
            let number = u16::from(first);
            exchanged(&*store, number, &pair(number * 10), 1010).await;
        }

        assert!(store.end_grant(&grant_id(1)).await.unwrap());

        for number in [1, 10, 11] {
            assert!(!is_there(&*store, number).await, "{number}");
        }
        assert_eq!(
            exchanged(&*store, 11, &pair(50), 1020).await,
            Exchange::Gone
        );
        for number in [2, 20, 21] {
            assert!(is_there(&*store, number).await, "{number}");
        }
        assert!(!store.end_grant(&grant_id(1)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_ended_token_is_gone_and_its_grant_stays() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        exchanged(&*store, 1, &pair(10), 1010).await;

        assert!(store.end_token(&token_id(10)).await.unwrap());

        assert!(!is_there(&*store, 10).await);
        assert!(!store.end_token(&token_id(10)).await.unwrap());
        assert_eq!(
            exchanged(&*store, 11, &pair(20), 1020).await,
            Exchange::First
        );
    })
    .await;
}

#[tokio::test]
async fn grants_are_listed_by_address_and_by_client_newest_first() {
    on_every_store(async |store| {
        let elsewhere = GrantRow {
            issuer: "https://id.example.net".to_owned(),
            opened: at(1500),
            ..grant_of("Alice@EXAMPLE.org", 2)
        };
        let other = GrantRow {
            client: "wiki".to_owned(),
            ..grant_of(ALICE, 3)
        };
        let bobs = grant_of(BOB, 4);
        for grant in [&grant_of(ALICE, 1), &elsewhere, &other, &bobs] {
            open(&*store, grant).await;
        }
        let elsewhere = GrantRow {
            address: email(ALICE),
            ..elsewhere
        };

        let of_alice = store.grants_of_address(&email("ALICE@example.org")).await;
        let of_shop = store.grants_of_client("shop").await;

        let first = grant_of(ALICE, 1);
        let (of_alice, of_shop) = (of_alice.unwrap(), of_shop.unwrap());
        assert_eq!(of_alice, [elsewhere.clone(), first.clone(), other]);
        assert_eq!(of_shop, [elsewhere, first, bobs]);
        assert_eq!(store.grants_of_client("").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_grant_whose_token_is_taken_already_is_not_kept_at_all() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;

        let second = store
            .open_grant(&grant_of(BOB, 2), &[code(5), code(1)])
            .await;
        let same = store.open_grant(&grant_of(BOB, 1), &[code(6)]).await;

        assert!(second.is_err() && same.is_err());
        assert!(!is_there(&*store, 5).await && !is_there(&*store, 6).await);
        assert_eq!(left(&*store, BOB).await, [] as [u8; 0]);
        assert_eq!(left(&*store, ALICE).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn a_purge_takes_expired_tokens_and_grants_and_nothing_else() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;
        let spare = [
            token(10, TokenKind::Access, 1100),
            token(11, TokenKind::Refresh, 9000),
        ];
        store.open_grant(&grant_of(BOB, 2), &spare).await.unwrap();

        assert_eq!(store.purge(at(1059)).await.unwrap(), 0);
        assert_eq!(store.purge(at(1060)).await.unwrap(), 1);
        assert_eq!(left(&*store, ALICE).await, [1]);
        assert_eq!(store.purge(at(1999)).await.unwrap(), 1);
        assert!(is_there(&*store, 11).await);

        // The token goes with its grant, and is not counted.
        assert_eq!(store.purge(at(2000)).await.unwrap(), 2);
        assert!(!is_there(&*store, 11).await);
    })
    .await;
}

#[tokio::test]
async fn a_purge_tells_nobody() {
    on_every_store(async |store| {
        open(&*store, &grant_of(ALICE, 1)).await;

        store.purge(at(2000)).await.unwrap();

        assert_eq!(crate::oidc::told(&*store).await, [] as [&str; 0]);
    })
    .await;
}
