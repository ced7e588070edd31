PRAGMA journal_mode=WAL;
CREATE TABLE trials (key TEXT PRIMARY KEY, payload TEXT NOT NULL, sha256 TEXT NOT NULL);
INSERT INTO trials VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '{"study":"s","arm":"a","seed":1000,"tier":"full","key":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"ok","reason":"","steps":20,"stopped":false,"seconds":1.5,"lanes":1,"backend":"jax","dataset":"synthetic","data_sha256":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","metrics":{"m":0.75,"loss":null},"curves":{"loss":[[0,0.5],[10,null]]}}', 'ddc74946aadbba423b2ce230ce69a8319f2fd46b6349e5a00d747bdd08f8a3d5');
PRAGMA user_version=1;
