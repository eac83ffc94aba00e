#!/bin/sh
# The mail server that the operator has already: Exim as Debian packages it, which lets people with a
# password send, and nginx with the domain's own site. Exim's packages are unpacked and not installed:
# what their scripts would do is done here.
set -eu
here=$(dirname "$0")
exim=$here/../../../../target/debian/exim
certbot certonly -d mail.example.org
certbot certonly -d example.org -d www.example.org -d example.net

useradd --system --user-group --home-dir /var/spool/exim4 Debian-exim
cp -r "$exim/etc/exim4" /etc/
cp -r "$exim/usr/sbin/." /usr/sbin/
mkdir -p /usr/share/exim4 /var/lib/exim4
for folder in /var/spool/exim4 /var/log/exim4 /run/exim4; do
    install -d -o Debian-exim -g Debian-exim "$folder"
done
cat > /etc/exim4/update-exim4.conf.conf <<'DEBIAN'
dc_eximconfig_configtype='internet'
dc_other_hostnames='example.org'
dc_local_interfaces=''
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='false'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
DEBIAN
echo mail.example.org > /etc/mailname

# Log-ins, with TLS: the example in Debian's own settings, and a table of passwords.
for file in fullchain privkey; do
    install -m 640 -g Debian-exim "/etc/letsencrypt/live/mail.example.org/$file.pem" /etc/exim4/
done
cat > /etc/exim4/exim4.conf.localmacros <<'MACROS'
MAIN_TLS_ENABLE = yes
MAIN_TLS_CERTIFICATE = /etc/exim4/fullchain.pem
MAIN_TLS_PRIVATEKEY = /etc/exim4/privkey.pem
daemon_smtp_ports = 25 : 465 : 587
tls_on_connect_ports = 465
MACROS
sed -i '/^# plain_server:/,/^#   .endif/s/^# //' /etc/exim4/exim4.conf.template
user() {
    echo "$1:$(openssl passwd -6 "$2")" >> /etc/exim4/passwd
}
user alice@example.org 'correct horse battery staple'
user bob@example.org 'hunter number two'
user dora 'a fourth one'
chown root:Debian-exim /etc/exim4/passwd
chmod 640 /etc/exim4/passwd
cat > /etc/aliases <<'ALIASES'
info: alice, bob
ALIASES

. "$here/site.sh"
systemctl start exim4 nginx
