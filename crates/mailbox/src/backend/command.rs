//! Asks a program of the operator's: `command:/usr/local/bin/check-password`.
//!
//! It is run for each question, without arguments and with nothing in its environment but `PATH`. On its
//! standard input are three lines: the user name, the password, and the browser's network address, which
//! may be empty. None of them can have a line break or another control character in it. Exit status 0
//! opens and 1 refuses; anything else, a signal and the end of the time mean "cannot tell". What it writes
//! to standard error is for the log of the operator, what it writes to standard output for nobody.

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use protocol::secret::Secret;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStderr};

use crate::check::{Options, PasswordCheck, Probe, Question, Refusal, Remark, Verdict};
use crate::escape::{escape, hide};
use crate::future::BoxFuture;
use crate::places::Places;
use crate::sasl;
use crate::unavailable::Unavailable;
use crate::url::CommandUrl;

/// A program that checks passwords.
#[derive(Debug)]
pub(super) struct Command {
    url: CommandUrl,
    places: Places,
    whole_limit: Duration,
}

/// A program that is running, and all that it started. Ended with this.
struct Running {
    /// Before the child, which is waited for by whoever drops it: its number is then anybody's.
    group: Group,
    child: Child,
}

/// The process group of a running program, if it is still to be ended.
struct Group(Option<Pid>);

impl Command {
    pub(super) fn open(url: &CommandUrl, options: &Options) -> Self {
        Self {
            url: url.clone(),
            places: Places::new(AT_ONCE, WAITING),
            whole_limit: options.whole_limit,
        }
    }

    async fn ask(&self, question: Question<'_>) -> Result<Verdict, Unavailable> {
        let asked = tokio::time::timeout(self.whole_limit, async {
            let _place = self.places.enter().await?;
            self.run(question).await
        });
        asked
            .await
            .unwrap_or_else(|_| Err(self.no_verdict("it was still running when its time was up")))
    }

    async fn run(&self, question: Question<'_>) -> Result<Verdict, Unavailable> {
        let mut running = self.start()?;
        let (input, mut errors) = (running.child.stdin.take(), running.child.stderr.take());
        let told = async {
            if let Some(mut input) = input {
                // A program may decide without listening; its exit status is what counts.
                let _unheard = input.write_all(lines(question).expose()).await;
            }
        };
        let ended = async {
            let ended = running.child.wait().await;
            // From here on the number may belong to somebody else.
            running.group.0 = None;
            ended
        };
        let mut said = Vec::new();
        let ended = tokio::select! {
            (ended, ()) = async { tokio::join!(ended, told) } => ended,
            never = listen_on(&mut errors, &mut said) => match never {},
        };
        // Its last words are there already. Whoever it left behind may hold the line open for ever.
        let _more = tokio::time::timeout(LAST_WORDS, listen(&mut errors, &mut said)).await;
        // A script that tells what it does (`set -x`) tells what it was told.
        let (login, password) = (question.login.as_str(), question.password.expose());
        for secret in sasl::telling([password.as_bytes(), login.as_bytes()]) {
            hide(&mut said, secret);
        }
        let status = ended.map_err(|error| self.no_verdict(&error.to_string()))?;
        match status.code() {
            Some(0) => Ok(Verdict::Opens),
            Some(1) => Ok(Verdict::Refused(Refusal {
                code: "1".to_owned(),
                enhanced: None,
                text: escape(said.trim_ascii()),
            })),
            Some(_) | None => Err(self.no_verdict(&sentence(&status.to_string(), &said))),
        }
    }

    fn start(&self) -> Result<Running, Unavailable> {
        let mut command = tokio::process::Command::new(self.url.path());
        command
            .env_clear()
            .env("PATH", PATH)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let child = command
            .spawn()
            .map_err(|error| self.no_verdict(&format!("it cannot be run: {error}")))?;
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let group = Group(id.and_then(Pid::from_raw));
        Ok(Running { group, child })
    }

    fn no_verdict(&self, why: &str) -> Unavailable {
        Unavailable::Program {
            path: self.url.path().to_owned(),
            why: why.to_owned(),
        }
    }

    /// Looks whether it could be run. Running it would count as an attempt somewhere.
    fn look(&self) -> Result<Probe, Unavailable> {
        let path = self.url.path();
        let found = fs::metadata(path).map_err(|error| self.no_verdict(&error.to_string()))?;
        if !found.is_file() || found.permissions().mode() & 0o111 == 0 {
            return Err(self.no_verdict("it is no program that may be run: chmod +x"));
        }
        Ok(Probe {
            greeting_host: path.display().to_string(),
            tls: false,
            mechanisms: Vec::new(),
        })
    }

    fn remark(&self) -> Option<Remark> {
        let path = self.url.path().display();
        let mode = fs::metadata(self.url.path()).ok()?.permissions().mode();
        (mode & 0o022 != 0).then(|| Remark {
            reason: "mode",
            seen: format!("{path} can be changed by others, who would see every password"),
            mend: format!("chmod go-w {path}"),
        })
    }
}

/// Writes what the program is told.
fn lines(question: Question<'_>) -> Secret<Vec<u8>> {
    let client = question
        .client
        .map(|client| client.to_canonical().to_string());
    let lines = [
        question.login.as_str(),
        question.password.expose(),
        client.as_deref().unwrap_or_default(),
    ];
    // With the room reserved, no copy of the password is left behind by growing.
    let mut text = Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines {
        text.extend_from_slice(line.as_bytes());
        text.push(b'\n');
    }
    Secret::new(text)
}

/// Keeps the beginning of what the program says, and lets the rest pass, so that it is not held up.
async fn listen(errors: &mut Option<ChildStderr>, said: &mut Vec<u8>) {
    let Some(errors) = errors else { return };
    let mut heard = [0; 4096];
    while let Ok(count @ 1..) = errors.read(&mut heard).await {
        let room = MOST_SAID.saturating_sub(said.len());
        said.extend(heard.iter().take(count.min(room)));
    }
}

/// The same, and does not come back.
async fn listen_on(errors: &mut Option<ChildStderr>, said: &mut Vec<u8>) -> Infallible {
    listen(errors, said).await;
    std::future::pending().await
}

fn sentence(status: &str, said: &[u8]) -> String {
    let said = said.trim_ascii();
    if said.is_empty() {
        return status.to_owned();
    }
    format!("{status}; it said: {}", escape(said))
}

/// The group is ended as long as its leader has not been waited for, when its number is surely its own.
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // It may just have ended by itself.
            let _ended = kill_process_group(group, Signal::KILL);
        }
    }
}

impl PasswordCheck for Command {
    fn check<'a>(&'a self, question: Question<'a>) -> BoxFuture<'a, Result<Verdict, Unavailable>> {
        Box::pin(self.ask(question))
    }

    fn probe(&self) -> BoxFuture<'_, Result<Probe, Unavailable>> {
        Box::pin(async { self.look() })
    }

    fn describe(&self) -> String {
        self.url.to_string()
    }

    fn remarks(&self) -> BoxFuture<'_, Vec<Remark>> {
        Box::pin(async { self.remark().into_iter().collect() })
    }
}

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const AT_ONCE: usize = 16;
const WAITING: usize = 64;
const MOST_SAID: usize = 1024;
const LAST_WORDS: Duration = Duration::from_millis(100);
