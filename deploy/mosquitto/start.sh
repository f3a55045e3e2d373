#!/bin/sh
# Start the broker of a container: start.sh [FOLDER [PORT]]. Sessions and what waits in them are kept at a
# clean stop, in FOLDER/store. Once they are loaded the file goes: after a kill no state of an earlier
# stop may come back. That it is loaded shows in an answer: a stranger is refused (status 5).
set -eu
folder=${1:-/mosquitto/towerwatch}
port=${2:-1883}
(
    status=0
    until test "$status" -eq 5; do
        sleep 1
        status=0
        mosquitto_pub -h 127.0.0.1 -p "$port" -t tw -m x >/dev/null 2>&1 || status=$?
    done
    rm -f "$folder/store/mosquitto.db"
) &
exec mosquitto -c "$folder/mosquitto.conf"
