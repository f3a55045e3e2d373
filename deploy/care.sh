#!/bin/sh
# What a platform in containers needs again and again, as root: care.sh heal | night | week | renew.
# deploy/towerwatch.cron says when. Its settings are those of deploy/.env.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/.env"
: "${TOWERWATCH_FOLDER:?}" "${TOWERWATCH_BACKUPS:?}" "${TOWERWATCH_HOST:?}" "${TOWERWATCH_IMAGE:?}"
compose() { docker compose --progress quiet -f "$here/compose.yaml" "$@"; }
towerwatch() { compose run --rm -T backup towerwatch "$@"; }

case "${1:-}" in
heal)
    # Docker starts again what has ended, and leaves alone what hangs. Not the database: it may be
    # going through its log after a crash, which a restart would only begin anew. What hangs does not
    # hear that it shall stop: it is given 5 s.
    for service in $(docker ps --filter label=com.docker.compose.project=towerwatch \
        --filter health=unhealthy --format '{{.Label "com.docker.compose.service"}}'); do
        test "$service" = database || compose restart -t 5 "$service"
    done
    ;;
night)
    # Each is done whatever became of the one before.
    failed=0
    towerwatch backup /backups --no-secrets --no-telemetry --keep 14 || failed=1
    # Secrets, who may log in, photos: files of their own, which nobody else may read.
    install -d -m 700 "$TOWERWATCH_BACKUPS/folder"
    cp -a -u "$TOWERWATCH_FOLDER" "$TOWERWATCH_BACKUPS/folder/" || failed=1
    towerwatch audit verify || failed=1
    towerwatch reconcile --hours 48 || failed=1
    towerwatch doctor || failed=1
    exit $failed
    ;;
week)
    towerwatch backup /backups/base --base --keep 2
    # The log from the oldest copy on is needed; what lies before it goes.
    for oldest in "$TOWERWATCH_BACKUPS"/copies/base/base-*Z; do break; done
    segment=$(sed -n 's/.*"first_segment": "\([0-9A-F]\{24\}\)".*/\1/p' "$oldest/base.json")
    test -n "$segment"
    compose exec -T database pg_archivecleanup -x .gz /archive "$segment"
    ;;
renew | month)
    # Certificates that end within 30 days are made anew; both paths of the gateways show them. A timetable
    # of a former version calls it month.
    shown="$TOWERWATCH_FOLDER/intake/intake.crt"
    former=$(cksum < "$shown" || true)
    docker run --rm --user 0:0 -v "$TOWERWATCH_FOLDER:$TOWERWATCH_FOLDER" "$TOWERWATCH_IMAGE" \
        towerwatch deploy prepare "$TOWERWATCH_FOLDER" --host "$TOWERWATCH_HOST"
    compose kill -s HUP broker
    test "$former" = "$(cksum < "$shown")" || compose restart ingest-intake
    ;;
*)
    echo "usage: care.sh heal | night | week | renew" >&2
    exit 2
    ;;
esac
