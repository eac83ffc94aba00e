//! Answers that take a while, from behind a trait object.

use std::pin::Pin;

/// A future that can be kept behind a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
