//! Answers that take a while, from behind a trait object.

use std::future::Future;
use std::pin::Pin;

/// The answer to a question that takes a while.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
