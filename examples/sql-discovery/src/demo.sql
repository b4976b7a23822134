-- What the option demo=yes puts into memory.
CREATE TABLE nodes (
    name TEXT PRIMARY KEY,
    collective TEXT NOT NULL,
    os TEXT,
    ram INTEGER,
    facts TEXT,
    classes TEXT,
    agents TEXT
);
INSERT INTO nodes VALUES
    ('web1.example.net', 'mcollective', 'Debian', 16, '{"country": "mt", "cpus": {"count": 4}}', '["apache", "role::web"]', NULL),
    ('web2.example.net', 'mcollective', 'Debian', 32, '{"country": "de", "cpus": {"count": 8}}', '["apache", "role::web"]', NULL),
    ('db1.example.net', 'mcollective', 'RedHat', 128, '{"country": "de", "cpus": {"count": 32}}', 'postgresql, role::db', 'rpcutil, package'),
    ('old1.example.net', 'mcollective', NULL, 2, NULL, NULL, ''),
    ('lab1.example.net', 'lab', 'Debian', 8, '{}', 'apache', NULL);
