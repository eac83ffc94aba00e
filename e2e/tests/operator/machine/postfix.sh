#!/bin/sh
# The mail server that the operator has already: Postfix and Dovecot, as Debian packages them, with
# mailboxes of two domains, and nginx with the domain's own site.
set -eu
certbot certonly -d mail.example.org
certbot certonly -d example.org -d www.example.org -d example.net

# Dovecot: a table of mailboxes, IMAP, and the socket by which Postfix asks.
useradd --system --user-group --home-dir /var/vmail --create-home vmail
cat > /etc/dovecot/users <<'USERS'
alice@example.org:{PLAIN}correct horse battery staple::::::
bob@example.org:{PLAIN}hunter number two::::::
carol@example.net:{PLAIN}a third one::::::
USERS
sed -i 's/^!include auth-system/#&/; s/^#\(!include auth-passwdfile\)/\1/' /etc/dovecot/conf.d/10-auth.conf
cat > /etc/dovecot/local.conf <<'DOVECOT'
auth_mechanisms = plain login
mail_location = maildir:/var/vmail/%d/%n
first_valid_uid = 1
log_path = /var/log/dovecot.log
auth_verbose = yes
ssl = required
ssl_cert = </etc/letsencrypt/live/mail.example.org/fullchain.pem
ssl_key = </etc/letsencrypt/live/mail.example.org/privkey.pem
userdb {
  driver = static
  args = uid=vmail gid=vmail home=/var/vmail/%d/%n
}
service auth {
  unix_listener /var/spool/postfix/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
DOVECOT

# Postfix: submission for people, by Dovecot's word.
postconf -e myhostname=mail.example.org mydestination= alias_maps= alias_database= \
    virtual_mailbox_domains=example.org,example.net virtual_alias_maps=texthash:/etc/postfix/virtual \
    maillog_file=/var/log/mail.log recipient_delimiter=+ \
    smtpd_tls_cert_file=/etc/letsencrypt/live/mail.example.org/fullchain.pem \
    smtpd_tls_key_file=/etc/letsencrypt/live/mail.example.org/privkey.pem \
    smtpd_sasl_type=dovecot smtpd_sasl_path=private/auth
postconf -M submissions/inet='submissions inet n - y - - smtpd'
postconf -P submissions/inet/smtpd_tls_wrappermode=yes submissions/inet/smtpd_sasl_auth_enable=yes
postconf -M submission/inet='submission inet n - y - - smtpd'
postconf -P submission/inet/smtpd_tls_security_level=encrypt submission/inet/smtpd_sasl_auth_enable=yes
cat > /etc/postfix/virtual <<'VIRTUAL'
info@example.org   alice@example.org bob@example.org
VIRTUAL

. "$(dirname "$0")/site.sh"
systemctl start dovecot postfix nginx
