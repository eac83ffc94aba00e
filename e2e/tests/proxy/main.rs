//! The documented way to run the server: behind nginx, Apache or Caddy, with the lines that `persona
//! setup` printed.

#[cfg(test)]
mod document_root;
#[cfg(test)]
mod handed_over;
#[cfg(test)]
mod stage;
