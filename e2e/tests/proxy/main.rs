//! The documented way to run the server: behind nginx, Apache or Caddy, with the lines that `persona
//! setup` printed, and with the guide's pages about them.

#[cfg(test)]
mod apache_page;
#[cfg(test)]
mod caddy_page;
#[cfg(test)]
mod document_root;
#[cfg(test)]
mod handed_over;
#[cfg(test)]
mod issuers;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod nginx_page;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod walk;
