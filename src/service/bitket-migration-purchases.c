/* SPDX-License-Identifier: MIT */

#include "bitket-service-migrations.h"

/* The purchase queue. See docs/queue.md. */
const char bitket_migration_purchases[] =
    /* The order of arrival, and the lock that makes one turn of an organization's queue after the
     * other. */
    "CREATE TABLE queues ("
    " organization TEXT PRIMARY KEY REFERENCES organizations (id),"
    " seq BIGINT NOT NULL);"
    /* What is taken of a ticket type and of a choice: sold is kept by triggers on the tickets,
     * reserved by the queue. sold + reserved never passes max_total_quantity. */
    "CREATE TABLE stock ("
    " ticket_type TEXT PRIMARY KEY REFERENCES ticket_types (id),"
    " sold BIGINT NOT NULL,"
    " reserved BIGINT NOT NULL);"
    "CREATE TABLE choice_stock ("
    " choice TEXT PRIMARY KEY REFERENCES variation_choices (id),"
    " sold BIGINT NOT NULL,"
    " reserved BIGINT NOT NULL);"
    "INSERT INTO stock (ticket_type, sold, reserved)"
    " SELECT ticket_type, COUNT (*), 0 FROM tickets"
    " WHERE pending = 0 AND refunded IS NULL GROUP BY ticket_type;"
    "INSERT INTO choice_stock (choice, sold, reserved)"
    " SELECT c.target, COUNT (*), 0 FROM tickets_variation_choices c"
    " JOIN tickets t ON t.id = c.ticket WHERE t.pending = 0 AND t.refunded IS NULL"
    " GROUP BY c.target;"
    /* state: queued, paying, done, failed. worker: the process that looks after it. status
     * and detail are of the answer: 207, 400, 402, 503. payload is forgotten when it is over. */
    "CREATE TABLE purchases ("
    " id TEXT PRIMARY KEY,"
    " organization TEXT NOT NULL REFERENCES organizations (id),"
    " seq BIGINT NOT NULL,"
    " \"user\" TEXT NOT NULL REFERENCES users (id),"
    " worker TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " is_kept BIGINT NOT NULL,"
    " created BIGINT NOT NULL,"
    " wait_until BIGINT NOT NULL,"
    " charged_from BIGINT,"
    " finished BIGINT,"
    " max_amount BIGINT NOT NULL,"
    " amount BIGINT NOT NULL,"
    " payload TEXT NOT NULL,"
    " nin TEXT,"
    " idempotency_key TEXT,"
    " request_hash TEXT,"
    " stripe_id TEXT,"
    " status BIGINT,"
    " detail TEXT,"
    " UNIQUE (organization, seq));"
    "CREATE UNIQUE INDEX purchases_key ON purchases (\"user\", idempotency_key)"
    " WHERE idempotency_key IS NOT NULL;"
    "CREATE INDEX purchases_open ON purchases (worker, state)"
    " WHERE state IN ('queued', 'paying');"
    "CREATE INDEX purchases_user ON purchases (\"user\")"
    " WHERE state IN ('queued', 'paying');"
    "CREATE INDEX purchases_wait ON purchases (organization, wait_until)"
    " WHERE state = 'queued';"
    /* A ticket that is asked for. state: waiting, reserved, sold, lost, released. choices and
     * modifiers are ids with blanks between. ticket and ownership: the ids it will have. */
    "CREATE TABLE purchase_items ("
    " purchase TEXT NOT NULL REFERENCES purchases (id),"
    " position BIGINT NOT NULL,"
    " seq BIGINT NOT NULL,"
    " ticket_type TEXT NOT NULL REFERENCES ticket_types (id),"
    " access_code TEXT REFERENCES access_codes (id),"
    " choices TEXT NOT NULL,"
    " modifiers TEXT NOT NULL,"
    " price BIGINT NOT NULL,"
    " state TEXT NOT NULL,"
    " message TEXT,"
    " choice TEXT,"
    " ticket TEXT NOT NULL,"
    " ownership TEXT NOT NULL,"
    " PRIMARY KEY (purchase, position));"
    "CREATE INDEX purchase_items_waiting ON purchase_items (ticket_type, seq, position)"
    " WHERE state = 'waiting';"
    "CREATE INDEX purchase_items_access_code ON purchase_items (access_code)"
    " WHERE state IN ('waiting', 'reserved');"
    "CREATE INDEX ticket_types_conflicts_with_target ON ticket_types_conflicts_with (target);"
    /* Which processes look after purchases, and when they last said so. */
    "CREATE TABLE queue_workers ("
    " id TEXT PRIMARY KEY,"
    " seen BIGINT NOT NULL);";

/* The triggers count a ticket, and with it its choices, as long as it is paid for and not paid
 * back, whatever way it came in. OF: whose change may change that. */
#define COUNTS(row) "(" row ".pending = 0 AND " row ".refunded IS NULL)"
#define OF          " OF pending, refunded, ticket_type "

#define SQLITE_STOCK(type, delta)                                                                  \
  "INSERT INTO stock (ticket_type, sold, reserved) VALUES (" type ", " delta ", 0)"                \
  " ON CONFLICT (ticket_type) DO UPDATE SET sold = stock.sold + excluded.sold;"
#define SQLITE_CHOICE(choice, delta)                                                               \
  "INSERT INTO choice_stock (choice, sold, reserved) VALUES (" choice ", " delta ", 0)"            \
  " ON CONFLICT (choice) DO UPDATE SET sold = choice_stock.sold + excluded.sold;"
#define SQLITE_CHOICES                                                                             \
  "INSERT INTO choice_stock (choice, sold, reserved)"                                              \
  " SELECT c.target, " COUNTS ("NEW") " - " COUNTS (                                               \
      "OLD") ", 0"                                                                                 \
             " FROM tickets_variation_choices c WHERE c.ticket = NEW.id"                           \
             " ON CONFLICT (choice) DO UPDATE SET sold = choice_stock.sold + excluded.sold;"
#define COUNTED_TICKET(id)                                                                         \
  "EXISTS (SELECT 1 FROM tickets t WHERE t.id = " id " AND " COUNTS ("t") ")"

/* clang-format off */
const char bitket_migration_purchases_sqlite[] =
    "CREATE TRIGGER tickets_inserted AFTER INSERT ON tickets WHEN " COUNTS ("NEW")
    " BEGIN " SQLITE_STOCK ("NEW.ticket_type", "1") " END;"
    "CREATE TRIGGER tickets_deleted AFTER DELETE ON tickets WHEN " COUNTS ("OLD")
    " BEGIN " SQLITE_STOCK ("OLD.ticket_type", "-1") " END;"
    "CREATE TRIGGER tickets_updated AFTER UPDATE" OF "ON tickets"
    " WHEN " COUNTS ("OLD") " <> " COUNTS ("NEW") " OR OLD.ticket_type <> NEW.ticket_type"
    " BEGIN "
    SQLITE_STOCK ("OLD.ticket_type", "- " COUNTS ("OLD"))
    SQLITE_STOCK ("NEW.ticket_type", COUNTS ("NEW"))
    SQLITE_CHOICES " END;"
    "CREATE TRIGGER ticket_choices_inserted AFTER INSERT ON tickets_variation_choices"
    " WHEN " COUNTED_TICKET ("NEW.ticket")
    " BEGIN " SQLITE_CHOICE ("NEW.target", "1") " END;"
    "CREATE TRIGGER ticket_choices_deleted AFTER DELETE ON tickets_variation_choices"
    " WHEN " COUNTED_TICKET ("OLD.ticket")
    " BEGIN " SQLITE_CHOICE ("OLD.target", "-1") " END;"
    "CREATE TRIGGER ticket_choices_updated AFTER UPDATE OF target ON tickets_variation_choices"
    " WHEN " COUNTED_TICKET ("NEW.ticket")
    " BEGIN " SQLITE_CHOICE ("OLD.target", "-1") SQLITE_CHOICE ("NEW.target", "1") " END;";

const char bitket_migration_purchases_postgresql[] =
    "CREATE FUNCTION add_stock (type TEXT, delta BIGINT) RETURNS void LANGUAGE sql AS $$"
    " INSERT INTO stock (ticket_type, sold, reserved) VALUES (type, delta, 0)"
    " ON CONFLICT (ticket_type) DO UPDATE SET sold = stock.sold + delta $$;"
    "CREATE FUNCTION add_choice_stock (choice_id TEXT, delta BIGINT) RETURNS void LANGUAGE sql AS $$"
    " INSERT INTO choice_stock (choice, sold, reserved) VALUES (choice_id, delta, 0)"
    " ON CONFLICT (choice) DO UPDATE SET sold = choice_stock.sold + delta $$;"
    "CREATE FUNCTION tickets_changed () RETURNS trigger LANGUAGE plpgsql AS $$"
    " DECLARE before BIGINT := 0; after BIGINT := 0;"
    " BEGIN"
    " IF TG_OP <> 'INSERT' AND " COUNTS ("OLD") " THEN before := 1; END IF;"
    " IF TG_OP <> 'DELETE' AND " COUNTS ("NEW") " THEN after := 1; END IF;"
    " IF TG_OP = 'INSERT' THEN"
    " IF after = 1 THEN PERFORM add_stock (NEW.ticket_type, 1); END IF; RETURN NULL; END IF;"
    " IF TG_OP = 'DELETE' THEN"
    " IF before = 1 THEN PERFORM add_stock (OLD.ticket_type, -1); END IF; RETURN NULL; END IF;"
    " IF before <> after OR OLD.ticket_type <> NEW.ticket_type THEN"
    " PERFORM add_stock (OLD.ticket_type, -before); PERFORM add_stock (NEW.ticket_type, after);"
    " PERFORM add_choice_stock (c.target, after - before)"
    " FROM tickets_variation_choices c WHERE c.ticket = NEW.id ORDER BY c.target; END IF;"
    " RETURN NULL; END $$;"
    "CREATE TRIGGER tickets_changed AFTER INSERT OR DELETE OR UPDATE" OF "ON tickets"
    " FOR EACH ROW EXECUTE FUNCTION tickets_changed ();"
    "CREATE FUNCTION ticket_choices_changed () RETURNS trigger LANGUAGE plpgsql AS $$"
    " BEGIN"
    " IF TG_OP <> 'INSERT' AND " COUNTED_TICKET ("OLD.ticket")
    " THEN PERFORM add_choice_stock (OLD.target, -1); END IF;"
    " IF TG_OP <> 'DELETE' AND " COUNTED_TICKET ("NEW.ticket")
    " THEN PERFORM add_choice_stock (NEW.target, 1); END IF;"
    " RETURN NULL; END $$;"
    "CREATE TRIGGER ticket_choices_changed"
    " AFTER INSERT OR DELETE OR UPDATE OF target ON tickets_variation_choices"
    " FOR EACH ROW EXECUTE FUNCTION ticket_choices_changed ();";
/* clang-format on */
