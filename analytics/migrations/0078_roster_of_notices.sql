-- Notices go to who is on the roster first; a hole in it is written down with what was sent instead.

ALTER TABLE notice_contacts ADD COLUMN person text
    CONSTRAINT notice_contacts_person_is_not_empty CHECK (person <> '');
COMMENT ON COLUMN notice_contacts.person IS 'Whose address it is: a log-in name of a desk''s roster or a technician; NULL: nobody''s own';

ALTER TABLE notice_messages ADD COLUMN duty text NOT NULL DEFAULT 'everybody'
    CONSTRAINT notice_messages_duty_is_known CHECK (duty IN ('everybody', 'on', 'off', 'hole'));
ALTER TABLE notice_messages ADD COLUMN is_first boolean;
COMMENT ON COLUMN notice_messages.duty IS 'on, off: by the roster when the notice was spread; hole: nobody was on it, so all contacts are told; everybody: the contact is no person''s';
COMMENT ON COLUMN notice_messages.is_first IS 'It goes out at once, whatever others do; NULL: of before the roster was asked';
