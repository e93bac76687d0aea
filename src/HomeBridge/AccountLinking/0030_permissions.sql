-- What a resident lets one link have of a device. Traits that are withheld stand here, one blank between two; NULL is the
-- usual case: none.
ALTER TABLE device_bindings ADD COLUMN withheld TEXT NULL;

-- In which language the wording was shown, and what becomes of devices that the home gets later.
ALTER TABLE account_links ADD COLUMN consent_language TEXT NOT NULL DEFAULT 'en';
ALTER TABLE account_links ADD COLUMN new_devices TEXT NOT NULL DEFAULT 'never' CHECK (new_devices IN ('ask', 'add', 'never'));

-- The devices that a resident has seen when deciding about a link: what is not here is new to them.
CREATE TABLE seen_devices (
    account_link TEXT   NOT NULL REFERENCES account_links (id),
    device       TEXT   NOT NULL,
    seen_at      BIGINT NOT NULL,
    PRIMARY KEY (account_link, device)
);
