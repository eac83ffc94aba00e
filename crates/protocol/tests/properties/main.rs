//! What holds for every input of the parsers: printing what was read gives the same again, and
//! nothing panics.

#[cfg(test)]
mod jose;
#[cfg(test)]
mod vocabulary;
#[cfg(test)]
mod webfinger;
