//! OpenID Connect, asked as sites and their visitors ask.

mod account;
mod attacks;
mod backchannel;
mod conformance;
mod documents;
mod flow;
mod introspection;
mod logout;
mod misuse;
mod portier;
mod prompts;
mod refresh;
mod stage;
mod userinfo;
