#!/bin/sh
# What the operator has besides, whatever the mail server: the site of the domain, and a log of log-ins.
touch /var/log/auth.log # Which the usual settings of fail2ban want to be there.
mkdir -p /var/www/html
echo '<h1>Our club</h1>' > /var/www/html/index.html
rm -f /etc/nginx/sites-enabled/default
cat > /etc/nginx/sites-enabled/example.org <<'NGINX'
server {
    listen 443 ssl;
    server_name example.org www.example.org;
    ssl_certificate /etc/letsencrypt/live/example.org/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/example.org/privkey.pem;
    root /var/www/html;
}
NGINX
