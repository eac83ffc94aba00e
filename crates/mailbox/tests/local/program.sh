#!/bin/sh
# A program that is asked about passwords. It does what the user name says.
IFS= read -r address && IFS= read -r password && IFS= read -r client || exit 111
case "${address%@*}" in
opens) exit 0 ;;
refuses)
    echo 'not today' >&2
    exit 1
    ;;
status-*)
    printf 'it is \033[31mred\n' >&2
    status=${address%@*}
    exit "${status#status-}"
    ;;
killed) kill -9 $$ ;;
tells)
    {
        env
        echo "$# arguments, $address, $client, $(cat | wc -c) octets more"
    } > "$password"
    ;;
hangs)
    exec 3> "$password"
    sleep 600 &
    wait
    ;;
leaves)
    sleep 5 &
    exit 0
    ;;
traces)
    set -x
    test "$password" = "$address"
    ;;
floods)
    head -c 10000000 /dev/zero
    head -c 10000000 /dev/zero >&2
    exit 1
    ;;
esac
