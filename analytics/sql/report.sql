-- name: spot_of_asset
-- An asset with its class and place, by its code.
SELECT assets.id, assets.class, places.path::text, assets.name_zh
FROM assets JOIN places ON places.id = assets.place_id
WHERE assets.code = %(code)s AND assets.retired_at IS NULL;

-- name: place
-- A place by its code.
SELECT path::text, name_zh FROM places WHERE code = %(code)s AND closed_at IS NULL;

-- name: bearer
-- The asset that carries an alarm of a place: of the wanted classes first, below the place, else beside it.
SELECT assets.id, assets.class, places.path::text, assets.name_zh
FROM assets JOIN places ON places.id = assets.place_id
WHERE assets.retired_at IS NULL
    AND (places.path <@ %(path)s::ltree OR places.path @> %(path)s::ltree
        OR places.path <@ subpath(%(path)s::ltree, 0, greatest(nlevel(%(path)s::ltree) - 1, 1)))
ORDER BY
    (assets.class = ANY (%(classes)s::text[])) DESC,
    (places.path <@ %(path)s::ltree) DESC,
    nlevel(places.path) DESC,
    assets.id
LIMIT 1;

-- name: report_of_case
-- What was made of a hotline's case before.
SELECT alarm_id, order_id FROM reports WHERE case_number = %(case_number)s AND case_number <> '';

-- name: add_report
-- What somebody said.
INSERT INTO reports (
    act_id, source, case_number, category, place_path, asset_id, checkpoint, text, contact,
    reported_by, reported_at, alarm_id, order_id, digest
)
VALUES (
    %(act_id)s, %(source)s, %(case_number)s, %(category)s, %(place_path)s::ltree, %(asset_id)s,
    %(checkpoint)s, %(text)s, %(contact)s, %(reported_by)s, %(now)s, %(alarm_id)s, %(order_id)s,
    %(digest)s
)
RETURNING id;

-- name: add_photo
-- A photo of a report.
INSERT INTO report_photos (report_id, digest) VALUES (%(report_id)s, %(digest)s) ON CONFLICT DO NOTHING;

-- name: open_alarm
-- The open alarm of a condition.
SELECT id FROM alarms WHERE asset_id = %(asset_id)s AND condition = %(condition)s AND closed_at IS NULL;

-- name: checkpoint
-- A point of a round with its place and asset.
SELECT checkpoints.code, checkpoints.name_zh, checkpoints.name_en, places.path::text, places.code, assets.id,
    coalesce(assets.code, ''), coalesce(assets.class, '')
FROM checkpoints
JOIN places ON places.id = checkpoints.place_id
LEFT JOIN assets ON assets.id = checkpoints.asset_id
WHERE checkpoints.code = %(code)s AND checkpoints.removed_at IS NULL;

-- name: put_checkpoint
-- A point of a round, by the codes of its place and asset.
INSERT INTO checkpoints (code, place_id, asset_id, name_zh, name_en)
SELECT %(code)s, places.id, (SELECT id FROM assets WHERE assets.code = %(asset)s), %(name_zh)s, %(name_en)s
FROM places
WHERE places.code = %(place)s
ON CONFLICT (code) DO UPDATE
SET place_id = excluded.place_id, asset_id = excluded.asset_id, name_zh = excluded.name_zh,
    name_en = excluded.name_en, removed_at = NULL;

-- name: fund_of
-- The application of an order, locked.
SELECT item, applied_by, is_approved, amount_fen, settled_at, published_at
FROM fund_applications
WHERE order_id = %(order_id)s
FOR UPDATE;

-- name: fund_apply
-- An application to the maintenance fund.
INSERT INTO fund_applications (order_id, place_path, list_version, item, reason, applied_by, applied_at)
VALUES (%(order_id)s, %(place_path)s::ltree, %(list_version)s, %(item)s, %(text)s, %(by)s, %(now)s);

-- name: fund_decide
-- Approved or not.
UPDATE fund_applications
SET is_approved = %(is_approved)s, decided_by = %(by)s, decided_at = %(now)s
WHERE order_id = %(order_id)s;

-- name: fund_settle
-- The final amount.
UPDATE fund_applications
SET amount_fen = %(amount_fen)s, settled_by = %(by)s, settled_at = %(now)s
WHERE order_id = %(order_id)s;

-- name: fund_publish
-- The amount is public.
UPDATE fund_applications SET published_by = %(by)s, published_at = %(now)s WHERE order_id = %(order_id)s;

-- name: plates
-- Everything below a place that has a plate with a code on site: assets, and points of rounds.
SELECT 'asset' AS kind, assets.code, assets.name_zh, assets.name_en, places.name_zh AS place_zh, places.path
FROM assets
JOIN places ON places.id = assets.place_id
WHERE places.path <@ (SELECT above.path FROM places AS above WHERE above.code = %(place)s)
    AND assets.retired_at IS NULL
    AND NOT assets.is_placeholder
    AND NOT starts_with(assets.code, '@')
UNION ALL
SELECT 'checkpoint', checkpoints.code, checkpoints.name_zh, checkpoints.name_en, places.name_zh, places.path
FROM checkpoints
JOIN places ON places.id = checkpoints.place_id
WHERE places.path <@ (SELECT above.path FROM places AS above WHERE above.code = %(place)s)
    AND checkpoints.removed_at IS NULL
ORDER BY kind DESC, path, code
LIMIT 10000;

-- name: add_order_photo
-- A photo of the work on an order.
INSERT INTO order_photos (order_id, digest, added_by, added_at, note)
VALUES (%(order_id)s, %(digest)s, %(by)s, %(now)s, %(note)s)
ON CONFLICT DO NOTHING;
