//! A program that is not ours, which takes orders on its standard input.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use e2e::servers::packages::workspace;
use serde_json::Value;

use super::installed;

/// A running peer. It is stopped when it is dropped.
pub(crate) struct Peer {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a browser's half and `browserid-local-verify`, in node.
    pub(crate) fn node() -> Self {
        Self::in_node("site.mjs")
    }

    /// Starts an issuer's half and a browser's half with `browserid-crypto`, in node.
    pub(crate) fn signer() -> Self {
        Self::in_node("signer.mjs")
    }

    /// Starts `PyBrowserID`.
    pub(crate) fn python() -> Self {
        Self::in_python("verifier.py")
    }

    /// Starts a site with `openid-client`, in node.
    pub(crate) fn openid_client() -> Self {
        Self::in_node("openid-client.mjs")
    }

    /// Starts a site with Authlib.
    pub(crate) fn authlib() -> Self {
        Self::in_python("authlib_site.py")
    }

    fn in_node(script: &str) -> Self {
        let mut node = Command::new("node");
        node.arg(workspace().join("e2e/peers").join(script))
            .current_dir(installed::for_node());
        Self::start(&mut node)
    }

    fn in_python(script: &str) -> Self {
        let mut python = Command::new("python3");
        python
            .arg(workspace().join("e2e/peers").join(script))
            .env("PYTHONPATH", installed::for_python());
        Self::start(&mut python)
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node and python3 are Debian's nodejs and python3");
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            orders,
            answers,
        }
    }

    /// Gives an order and waits for the answer.
    pub(crate) fn ask(&mut self, order: &Value) -> Value {
        writeln!(self.orders, "{order}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the peer answers (its error is printed)")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
