//! OpenID Connect, document by document: what is asked, who asks, what is answered.

#[cfg(test)]
mod authorization;
#[cfg(test)]
mod client_authentication;
#[cfg(test)]
mod grant;
#[cfg(test)]
mod request_object;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod tokens;
