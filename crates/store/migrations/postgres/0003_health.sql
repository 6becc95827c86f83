-- Where the health of a component (or of the page itself: component '') moved between two good readings. Null: not
-- listed. A first look writes nothing: before the first row it was as that row's `before` says, since coverage began.
CREATE TABLE health_changes (
    page UUID NOT NULL,
    component TEXT NOT NULL,
    at BIGINT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (page, component, at)
);

-- What the journal and the readings already know.
INSERT INTO health_changes (page, component, at, before, after)
SELECT page, body::jsonb #>> '{subject,component,component,id}', at,
       body::jsonb #>> '{subject,component,before}', body::jsonb #>> '{subject,component,after}'
FROM events WHERE type = 'component.changed' ORDER BY sequence
ON CONFLICT (page, component, at) DO NOTHING;

INSERT INTO health_changes (page, component, at, before, after)
SELECT page, '', at, was, health
FROM (SELECT page, at, health, LAG(health) OVER (PARTITION BY page ORDER BY at) AS was FROM readings) AS told
WHERE was IS NOT NULL AND was <> health
ON CONFLICT (page, component, at) DO NOTHING;
