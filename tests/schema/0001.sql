-- What a Muster of the first revision left behind. Upgraded in tests/bot/test_database.py for ever.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE action (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	meeting_id INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	owners TEXT NOT NULL, 
	due VARCHAR(10), 
	reminded BOOLEAN NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	changed_by TEXT NOT NULL, 
	changed BIGINT, 
	CONSTRAINT pk_action PRIMARY KEY (id), 
	CONSTRAINT fk_action_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id), 
	CONSTRAINT uq_action_key UNIQUE ("key")
);
INSERT INTO "action" VALUES(1,'oftc-nova-1/1',1,'bob to fix bug 1','["bob"]','2026-11-27',0,'open','',NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE disabled_plugin (
	name VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_disabled_plugin PRIMARY KEY (name)
);
INSERT INTO "disabled_plugin" VALUES('triage');
CREATE TABLE ignored (
	network VARCHAR(64) NOT NULL, 
	who TEXT NOT NULL, 
	is_account BOOLEAN NOT NULL, 
	CONSTRAINT pk_ignored PRIMARY KEY (network, who, is_account)
);
INSERT INTO "ignored" VALUES('oftc','spammer',1);
CREATE TABLE joined_room (
	network VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	CONSTRAINT pk_joined_room PRIMARY KEY (network, name)
);
INSERT INTO "joined_room" VALUES('oftc','#glance','sesame');
CREATE TABLE line (
	room_id INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	time BIGINT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	nick TEXT NOT NULL, 
	account TEXT, 
	address TEXT, 
	bot BOOLEAN NOT NULL, 
	text TEXT NOT NULL, 
	msgid TEXT, 
	own BOOLEAN NOT NULL, 
	history BOOLEAN NOT NULL, 
	lasting BOOLEAN NOT NULL, 
	data TEXT, 
	CONSTRAINT pk_line PRIMARY KEY (room_id, seq), 
	CONSTRAINT fk_line_room_id_room FOREIGN KEY(room_id) REFERENCES room (id)
)
 WITHOUT ROWID

;
INSERT INTO "line" VALUES(1,1,1795377600000000,'said','alice','alice','~a@example.org',0,'#startmeeting Nova','m1',0,0,1,NULL);
INSERT INTO "line" VALUES(1,2,1795377600000001,'said','muster',NULL,NULL,1,'Meeting started.',NULL,1,0,1,NULL);
INSERT INTO "line" VALUES(1,3,1795377602500000,'said','Zoë',NULL,NULL,0,'bonjour ''à'' tous',NULL,0,1,1,'{"by": "you"}');
CREATE TABLE meeting (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	path TEXT NOT NULL, 
	network VARCHAR(64) NOT NULL, 
	room TEXT NOT NULL, 
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	started BIGINT NOT NULL, 
	ended BIGINT, 
	restricted BOOLEAN NOT NULL, 
	written BOOLEAN NOT NULL, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT pk_meeting PRIMARY KEY (id), 
	CONSTRAINT uq_meeting_key UNIQUE ("key"), 
	CONSTRAINT uq_meeting_path UNIQUE (path)
);
INSERT INTO "meeting" VALUES(1,'oftc-nova-1','#nova/2026/#nova.2026-11-22-20.00','oftc','#nova','nova','Nova','alice',1795377600000000,NULL,0,0,0);
CREATE TABLE meeting_span (
	meeting_id INTEGER NOT NULL, 
	first BIGINT NOT NULL, 
	last BIGINT, 
	CONSTRAINT pk_meeting_span PRIMARY KEY (meeting_id, first), 
	CONSTRAINT fk_meeting_span_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id)
);
INSERT INTO "meeting_span" VALUES(1,1,NULL);
CREATE TABLE occurrence (
	job VARCHAR(128) NOT NULL, 
	due VARCHAR(32) NOT NULL, 
	holder VARCHAR(32) NOT NULL, 
	leased_until BIGINT NOT NULL, 
	done_at BIGINT, 
	CONSTRAINT pk_occurrence PRIMARY KEY (job, due)
);
INSERT INTO "occurrence" VALUES('core.purge','2026-11-22','0123456789abcdef',1795378200000000,1795377600000001);
CREATE TABLE room (
	id INTEGER NOT NULL, 
	network VARCHAR(64) NOT NULL, 
	name TEXT NOT NULL, 
	private BOOLEAN NOT NULL, 
	CONSTRAINT pk_room PRIMARY KEY (id), 
	CONSTRAINT uq_room_network_name_private UNIQUE (network, name, private)
);
INSERT INTO "room" VALUES(1,'oftc','#nova',0);
CREATE INDEX ix_meeting_name ON meeting (name);
CREATE INDEX ix_meeting_network_meeting_room_meeting_started ON meeting (network, room, started);
CREATE INDEX ix_action_meeting_id ON action (meeting_id);
CREATE INDEX ix_action_state ON action (state);
COMMIT;
