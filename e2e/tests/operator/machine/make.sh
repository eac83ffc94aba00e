#!/bin/sh
# Turns a namespace into the machine of an operator whose mail works, and runs a program there.
#
#     unshare --net --mount --pid --fork --kill-child -- make.sh FOLDER PERSONA PROGRAM ARGUMENT…
#
# The machine is this one, with a layer over its folders in which everything is written and which is
# gone in the end. It has a network of its own with one address, and no way out, and its own name server. FOLDER is an empty one for that layer, PERSONA our own
# program, as it was built.
set -eu
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
here=$(dirname "$0")
layer=$1
persona=$2
shift 2

mount -t tmpfs tmpfs "$layer"
for folder in etc var usr/local usr/sbin usr/share run srv; do
    mkdir -p "$layer/$folder/new" "$layer/$folder/work"
    under="lowerdir=/$folder,upperdir=$layer/$folder/new,workdir=$layer/$folder/work"
    mount -t overlay overlay -o "$under" "/$folder"
done
mount -t proc proc /proc

ADDRESS=11.0.0.25 # Public, so that it is believed to be reached by everybody; here it is nobody else's.
ip link set lo up
ip address add "$ADDRESS/32" dev lo
echo '127.0.0.1 localhost' > /etc/hosts
echo 'nameserver 127.0.0.1' > /etc/resolv.conf
printf '%s: files\n' passwd group shadow > /etc/nsswitch.conf
echo 'hosts: files dns' >> /etc/nsswitch.conf
dnsmasq --no-resolv --no-hosts --user=root --bind-interfaces --listen-address=127.0.0.1 \
    --pid-file --log-facility=/var/log/dnsmasq.log \
    --address="/example.org/$ADDRESS" --address="/example.net/$ADDRESS" --local=/example.org/example.net/ \
    --mx-host=example.org,mail.example.org --mx-host=example.net,mail.example.org

# An authority that this machine believes as it believes the usual ones.
mkdir -p /srv/authority
openssl req -x509 -days 2 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
    -subj '/CN=The usual authority' -addext keyUsage=critical,keyCertSign \
    -keyout /srv/authority/key.pem -out /srv/authority/authority.pem 2> /dev/null
cat /srv/authority/authority.pem >> /etc/ssl/certs/ca-certificates.crt
cp /srv/authority/authority.pem "/etc/ssl/certs/$(openssl x509 -hash -noout -in /srv/authority/authority.pem).0"

# What cannot be had here, and does in its place what the guide needs of it.
for program in "$here"/instead/*; do
    install -m 755 "$program" /usr/local/bin/
done

# The source, as far as an operator needs it, and the program that it becomes.
mkdir -p /srv/source
ln -s "$here/../../../../contrib" /srv/source/contrib
cp "$persona" /srv/persona

# Not `exec`: the first process of a machine has to take note of those that ended.
"$@"
