//! Five hundred domains from all three places: each is served, and the start looks at each once.

use std::fmt::Write as _;

use protocol::time::UnixSeconds;
use store::DomainRow;
use testkit::http::Client;

use crate::program::Folder;
use crate::serve::{ANY_PORT, address_in};
use crate::setup::set_up;

const IN_THE_FILE: std::ops::Range<usize> = 0..100;
const IN_FILES_OF_THEIR_OWN: std::ops::Range<usize> = 100..300;
const IN_THE_STORE: std::ops::Range<usize> = 300..500;

fn name(number: usize) -> String {
    format!("d{number}.example")
}

fn section(number: usize) -> String {
    format!(
        "[[domain]]\nname = \"{}\"\nmailbox = \"smtps://mail.example.org\"\n",
        name(number)
    )
}

async fn installed() -> Folder {
    let folder = Folder::new();
    let issuer = ["-i", "http://id.localhost"];
    let domain = ["-d", "example.org", "-m", "smtps://mail.example.org"];
    set_up(&folder, &[&issuer[..], &domain].concat());
    let mut settings = format!(
        "domains = \"domains\"\n{}",
        folder.read("secrets/persona.toml")
    );
    for number in IN_THE_FILE {
        write!(settings, "\n{}", section(number)).unwrap();
    }
    folder.write("secrets/persona.toml", &settings);
    std::fs::create_dir(folder.path("domains")).unwrap();
    for number in IN_FILES_OF_THEIR_OWN {
        folder.write(&format!("domains/{number}.toml"), &section(number));
    }
    let url = format!("sqlite:{}", folder.path("data/persona.db").display());
    let store = store::open(&url.parse().unwrap()).unwrap();
    for number in IN_THE_STORE {
        let row = DomainRow {
            name: name(number).parse().unwrap(),
            section: section(number),
            added: UnixSeconds::from_seconds(1_795_300_000),
        };
        store.put_domain(&row).await.unwrap();
    }
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_domains_of_three_places_are_served() {
    let folder = installed().await;
    let server = folder.serve(&ANY_PORT);
    let url = format!("http://{}/.well-known/browserid", address_in(&server.log));
    let document = async |host: &str| {
        let headers = [("host", host)];
        let answer = Client::new().request("GET", &url, &headers, b"").await;
        answer.unwrap().json().unwrap()
    };

    for number in 0..500 {
        assert_eq!(
            document(&name(number)).await,
            serde_json::json!({ "authority": "id.localhost" }),
            "{number}"
        );
    }
    let listed = folder.run(&["domain", "--config", "secrets/persona.toml", "list"]);
    assert_eq!(listed.matches(".example ").count(), 500, "{listed}");
}
