//! Questions of `WebFinger`.

use proptest::prelude::*;
use protocol::webfinger::{Answerer, Question, issuer_in};

const US: Answerer<'_> = Answerer {
    issuer: "https://id.example.org",
    takes_brokers: true,
};

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_questions_panic(query in "(resource=|rel=|acct:|%|&|\\PC|@a\\.b){0,20}") {
        if let Ok(question) = Question::read(&query) {
            let answer = question.answer(US);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok());
        }
    }

    #[test]
    fn whoever_is_asked_about_the_answer_differs_by_their_name_alone(
        user in "[a-zA-Z0-9!$'*+._~-]{1,30}",
        scheme in "acct|mailto",
    ) {
        let resource = format!("{scheme}:{user}@example.org");

        let answer = Question::read(&format!("resource={resource}")).unwrap().answer(US);

        let mut answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let subject = answer.as_object_mut().unwrap().remove("subject").unwrap();
        prop_assert_eq!(subject, resource);
        prop_assert_eq!(answer.to_string(), protocol::webfinger::fixed_answer(US));
    }

    #[test]
    fn no_answer_of_others_makes_its_reader_panic(answer in prop::collection::vec(any::<u8>(), 0..60)) {
        prop_assert_eq!(issuer_in(&answer), None);
    }
}
