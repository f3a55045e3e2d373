-- name: standing
-- The names of the compound, building and floor that a path lies in, from above; one row for each path,
-- filled in as a lateral join.
CROSS JOIN LATERAL (
    SELECT
        coalesce(array_agg(above.name_zh ORDER BY nlevel(above.path)), ARRAY[]::text[]) AS names_zh,
        coalesce(
            array_agg(coalesce(nullif(above.name_en, ''), above.name_zh) ORDER BY nlevel(above.path)),
            ARRAY[]::text[]
        ) AS names_en
    FROM places AS above
    WHERE above.code = ANY (string_to_array({path}::text, '.'))
        AND above.path @> {path} AND above.level IN ('compound', 'building', 'floor')
) AS standing;
