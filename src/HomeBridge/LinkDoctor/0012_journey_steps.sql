-- How far linking attempts and requests came, for operators who look for where one stopped. A memory of a day, not a
-- record: rows are pruned by age and number.
CREATE TABLE journey_steps (
    seq      INTEGER NOT NULL PRIMARY KEY,
    class    TEXT    NOT NULL CHECK (class IN ('linking', 'failed_request', 'request')),
    journey  TEXT    NOT NULL,
    link     TEXT    NULL,
    at       BIGINT  NOT NULL,
    step     TEXT    NOT NULL,
    outcome  TEXT    NOT NULL,
    detail   TEXT    NULL
);

CREATE INDEX journey_steps_journey ON journey_steps (journey, seq);
CREATE INDEX journey_steps_link ON journey_steps (link, class, seq);
CREATE INDEX journey_steps_class ON journey_steps (class, seq);
