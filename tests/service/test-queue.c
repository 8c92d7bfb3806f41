/* SPDX-License-Identifier: MIT */
#include "queue-world.h"

#include <string.h>

/* The steps of the purchase queue, told as stories. A line of a story is a turn of its own, or
 * several that are joined by " + ":
 *
 *   max T N, each T N, choice C N, link L N    limits; N may be "-": none
 *   closed T, hidden T, revoked L, old L       not for everyone, not at all, not any more
 *   buy P U T… [<=ÖRE]                         T is 0, with choices 0/1/3, with a link 0@0
 *   pay P, decline P, refuse P, interrupt P, expire µs, abandon P, look
 *   refund P.I, issue U T                      beside the queue
 *   is P STATE ITEM…                           what has become of it by now
 *
 * Types 0 to 5 cost 100, 70, 50, 30, 0 and 25.50 kr; see world_make(). */

#define START G_GINT64_CONSTANT (1000)
#define WAIT  G_GINT64_CONSTANT (100)

typedef struct
{
  BitketDb *db;     /* (unowned) */
  BitketTurn *turn; /* (owned) (nullable) */
  Model model;
  gint64 now_us;
} Teller;

typedef void (*Tell) (Teller *self, char **words);

static const gint64 prices_ore[MODEL_N_TYPES] = { 10000, 7000, 5000, 3000, 0, 2550 };

static int
read_number (const char *word)
{
  return g_str_equal (word, "-") ? MODEL_NONE : (int) g_ascii_strtoll (word, NULL, 10);
}

static void
init_teller (Teller *self, BitketDb *db)
{
  *self = (Teller) { .db = db, .now_us = START };
  for (int t = 0; t < MODEL_N_TYPES; t++)
    self->model.types[t] = (ModelType) {
      .is_published = TRUE,
      .is_general = TRUE,
      .max_total = MODEL_NONE,
      .max_personal = MODEL_NONE,
    };
  for (int c = 0; c < MODEL_N_CHOICES; c++)
    self->model.choice_max[c] = MODEL_NONE;
  for (int l = 0; l < MODEL_N_LINKS; l++)
    self->model.links[l].quantity = 1;
  world_reset (db, &self->model);
}

static void
begin_turn (Teller *self)
{
  char organization[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (organization, WORLD_ORGANIZATION, 0);
  store_test_begin (self->db);
  self->turn = bitket_turn_new (self->db, organization, self->now_us, &error);
  g_assert_no_error (error);
}

static void
end_turn (Teller *self)
{
  g_autoptr (GError) error = NULL;

  if (self->turn == NULL)
    return;
  bitket_turn_finish (self->turn, &error);
  g_assert_no_error (error);
  g_clear_pointer (&self->turn, bitket_turn_free);
  store_test_commit (self->db);
}

static void
tell_limit (Teller *self, char **words)
{
  int number = read_number (words[1]);
  int n = words[2] != NULL ? read_number (words[2]) : 0;

  if (g_str_equal (words[0], "max"))
    self->model.types[number].max_total = n;
  else if (g_str_equal (words[0], "each"))
    self->model.types[number].max_personal = n;
  else if (g_str_equal (words[0], "choice"))
    self->model.choice_max[number] = n;
  else if (g_str_equal (words[0], "link"))
    self->model.links[number].quantity = n;
  else if (g_str_equal (words[0], "closed"))
    self->model.types[number].is_general = FALSE;
  else if (g_str_equal (words[0], "hidden"))
    self->model.types[number].is_published = FALSE;
  else
    self->model.links[number].is_revoked = TRUE;
  world_write_limits (self->db, &self->model);
}

static void
tell_old_link (Teller *self, char **words)
{
  g_autofree char *sql = g_strdup_printf ("UPDATE access_codes SET expires = %" G_GINT64_FORMAT
                                          " WHERE id LIKE '%%%s'",
                                          self->now_us, words[1]);
  g_autoptr (GError) error = NULL;

  bitket_db_execute (self->db, sql, &error);
  g_assert_no_error (error);
}

/* "0/1/3@0": a ticket of type 0 with the choices 1 and 3, by link 0. */
static ModelItem
read_item (const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word, "@", 2);
  g_auto (GStrv) numbers = g_strsplit (parts[0], "/", 3);
  ModelItem item = { .choices = { MODEL_NONE, MODEL_NONE }, .link = MODEL_NONE };

  item.type = read_number (numbers[0]);
  item.price_ore = prices_ore[item.type];
  for (int i = 0; numbers[1] != NULL && numbers[i + 1] != NULL; i++)
    item.choices[i] = read_number (numbers[i + 1]);
  if (parts[1] != NULL)
    item.link = read_number (parts[1]);
  return item;
}

static void
enter (Teller *self, const BitketOrder *order)
{
  char worker[BITKET_ID_SIZE], existing[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (worker, WORLD_WORKER, 0);
  g_assert_true (bitket_turn_enter (self->turn, order, worker, existing, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (existing, ==, "");
}

static void
tell_buy (Teller *self, char **words)
{
  ModelPurchase order = { .key = MODEL_NONE, .max_amount_ore = G_MAXINT32 };
  g_autoptr (BitketOrder) made = NULL;

  order.user = read_number (words[2]);
  for (guint i = 3; words[i] != NULL; i++)
    if (g_str_has_prefix (words[i], "<="))
      order.max_amount_ore = read_number (words[i] + 2);
    else
      order.items[order.n_items++] = read_item (words[i]);
  made = world_make_order (read_number (words[1]), &order, WAIT);
  enter (self, made);
}

static void
tell_settle (Teller *self, char **words)
{
  static const struct
  {
    const char *word;
    BitketSettlement settlement;
  } settlements[] = { { "pay", BITKET_SETTLE_PAID },
                      { "decline", BITKET_SETTLE_DECLINED },
                      { "refuse", BITKET_SETTLE_REFUSED },
                      { "interrupt", BITKET_SETTLE_INTERRUPTED } };
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (id, WORLD_PURCHASE, read_number (words[1]));
  for (gsize i = 0; i < G_N_ELEMENTS (settlements); i++)
    if (g_str_equal (words[0], settlements[i].word))
      g_assert_true (bitket_turn_settle (self->turn, id, settlements[i].settlement, "ch_1",
                                         "Your card was declined.", &error));
  g_assert_no_error (error);
}

static void
tell_expire (Teller *self, char **words)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bitket_turn_expire (self->turn, &error));
  g_assert_no_error (error);
}

static void
tell_time (Teller *self, char **words)
{
  self->now_us += read_number (words[1]);
}

static void
tell_abandon (Teller *self, char **words)
{
  char id[BITKET_ID_SIZE];
  g_autoptr (GError) error = NULL;

  world_set_id (id, WORLD_PURCHASE, read_number (words[1]));
  g_assert_true (bitket_turn_abandon (self->turn, id, &error));
  g_assert_no_error (error);
}

static void
tell_look (Teller *self, char **words)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bitket_turn_look_at_waiting (self->turn, &error));
  g_assert_no_error (error);
}

static void
tell_refund (Teller *self, char **words)
{
  g_auto (GStrv) parts = g_strsplit (words[1], ".", 2);
  const ModelTicket ticket = { .purchase = read_number (parts[0]), .item = read_number (parts[1]) };

  store_test_begin (self->db);
  world_refund (self->db, &ticket, self->now_us);
  store_test_commit (self->db);
}

static void
tell_issue (Teller *self, char **words)
{
  const ModelItem item = read_item (words[2]);
  const ModelTicket ticket = {
    .type = item.type,
    .choices = { item.choices[0], item.choices[1] },
    .user = read_number (words[1]),
    .purchase = MODEL_NONE,
    .item = (int) store_test_get_int (self->db, "SELECT COUNT (*) FROM tickets"),
  };

  store_test_begin (self->db);
  world_issue (self->db, &ticket, self->now_us);
  store_test_commit (self->db);
}

/* Returns: (transfer full): the lines of @state that are of purchase @p, as "done sold lost:code"
 */
static char *
extract (const char *state, int p)
{
  g_auto (GStrv) lines = g_strsplit (state, "\n", -1);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *first = g_strdup_printf ("p%d of ", p);
  g_autofree char *item = g_strdup_printf ("p%d.", p);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

      if (g_str_has_prefix (lines[i], first))
        g_string_append_printf (text, "%s-%s", words[3], words[4]);
      else if (g_str_has_prefix (lines[i], item))
        g_string_append_printf (text, " %s%s%s", words[1], *words[2] != '\0' ? ":" : "", words[2]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
tell_is (Teller *self, char **words)
{
  g_autofree char *state = world_describe (self->db);
  g_autofree char *actual = extract (state, read_number (words[1]));
  g_autofree char *expected = g_strjoinv (" ", words + 2);

  g_assert_cmpstr (actual, ==, expected);
}

static const struct
{
  const char *word;
  Tell tell;
  gboolean is_of_turn;
} verbs[] = {
  { "max", tell_limit, FALSE },       { "each", tell_limit, FALSE },
  { "choice", tell_limit, FALSE },    { "link", tell_limit, FALSE },
  { "closed", tell_limit, FALSE },    { "hidden", tell_limit, FALSE },
  { "revoked", tell_limit, FALSE },   { "old", tell_old_link, FALSE },
  { "after", tell_time, FALSE },      { "refund", tell_refund, FALSE },
  { "issue", tell_issue, FALSE },     { "is", tell_is, FALSE },
  { "buy", tell_buy, TRUE },          { "pay", tell_settle, TRUE },
  { "decline", tell_settle, TRUE },   { "refuse", tell_settle, TRUE },
  { "interrupt", tell_settle, TRUE }, { "expire", tell_expire, TRUE },
  { "abandon", tell_abandon, TRUE },  { "look", tell_look, TRUE },
};

static void
tell_step (Teller *self, const char *step)
{
  g_auto (GStrv) words = g_strsplit (step, " ", -1);
  gboolean is_known = FALSE;

  g_test_message ("  %s", step);
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      if (!g_str_equal (words[0], verbs[i].word))
        continue;
      is_known = TRUE;
      if (verbs[i].is_of_turn && self->turn == NULL)
        begin_turn (self);
      verbs[i].tell (self, words);
    }
  g_assert_true (is_known);
}

/* After each line the counters are what there is. */
static void
check_stock (BitketDb *db)
{
  g_assert_cmpint (
      store_test_get_int (
          db, "SELECT COUNT (*) FROM stock s WHERE s.sold <> (SELECT COUNT (*) FROM tickets k"
              " WHERE k.ticket_type = s.ticket_type AND k.pending = 0 AND k.refunded IS NULL)"
              " OR s.reserved <> (SELECT COUNT (*) FROM purchase_items i"
              " WHERE i.ticket_type = s.ticket_type AND i.state = 'reserved')"),
      ==, 0);
}

static void
tell_lines (BitketDb *db, const char *const *lines, gsize n_lines)
{
  Teller teller;

  init_teller (&teller, db);
  for (gsize i = 0; i < n_lines && lines[i] != NULL; i++)
    {
      g_auto (GStrv) steps = g_strsplit (lines[i], " + ", -1);

      for (guint s = 0; steps[s] != NULL; s++)
        tell_step (&teller, steps[s]);
      end_turn (&teller);
      check_stock (db);
    }
}

#define GONE   "lost:ticket_type_max_total_quantity_exceeded"
#define LATE   "lost:bad_queue_position"
#define ENOUGH "lost:ticket_type_max_personal_quantity_exceeded"
#define CLASH  "lost:ticket_type_conflicting"
#define SPENT  "lost:access_code_utilized"
#define CLOSED "lost:ticket_type_unavailable"
#define EATEN  "lost:variation_choice_max_total_quantity_exceeded"

typedef struct
{
  const char *name;
  const char *lines[16];
} Story;

static const Story stories[] = {
  { "one ticket", { "buy 0 0 2", "is 0 paying-0 reserved", "pay 0", "is 0 done-207 sold" } },
  { "none for anybody", { "max 2 0", "buy 0 0 2", "is 0 done-207 " GONE } },
  { "no limit",
    { "max 2 -", "buy 0 0 2 2 2 2", "is 0 paying-0 reserved reserved reserved reserved" } },
  { "sold out", { "max 2 1", "buy 0 0 2", "pay 0", "buy 1 1 2", "is 1 done-207 " GONE } },
  { "waits and gets it",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "is 1 queued-0 waiting", "decline 0",
      "is 0 failed-402 released", "is 1 paying-0 reserved", "pay 1", "is 1 done-207 sold" } },
  { "waits in vain",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "pay 0", "is 0 done-207 sold", "is 1 done-207 " LATE } },
  { "in the same turn",
    { "max 2 1", "buy 0 0 2 + buy 1 1 2", "is 0 paying-0 reserved", "is 1 queued-0 waiting",
      "pay 0 + buy 2 2 2", "is 1 done-207 " LATE, "is 2 done-207 " GONE } },
  { "order of arrival",
    { "max 2 2", "buy 0 0 2", "buy 1 1 2", "buy 2 2 2", "buy 3 3 2", "decline 1",
      "is 2 paying-0 reserved", "is 3 queued-0 waiting", "refuse 0", "is 0 failed-503 released",
      "is 3 paying-0 reserved", "interrupt 3", "is 3 failed-503 released" } },
  { "several types, one line each",
    { "max 2 1", "max 1 1", "buy 0 0 2", "buy 1 1 1/4 2", "is 1 queued-0 reserved waiting",
      "buy 2 2 1/4 3", "is 2 queued-0 waiting reserved", "buy 3 3 3", "is 3 paying-0 reserved",
      "pay 0", "is 1 paying-0 reserved " LATE, "decline 1", "is 1 failed-402 released " LATE,
      "is 2 paying-0 reserved reserved" } },
  { "as many as there are",
    { "max 2 2", "buy 0 0 2 2 2", "is 0 paying-0 reserved reserved " GONE, "pay 0",
      "is 0 done-207 sold sold " GONE } },
  { "as many as there will be",
    { "max 2 3", "buy 0 0 2 2", "buy 1 1 2 2", "is 1 queued-0 reserved waiting", "buy 2 2 2",
      "pay 0", "is 1 paying-0 reserved " GONE, "is 2 queued-0 waiting", "pay 1",
      "is 2 done-207 " LATE } },
  { "too dear",
    { "max 2 1", "buy 0 0 2 <=4999", "is 0 failed-400 released", "buy 1 1 2 <=5000",
      "is 1 paying-0 reserved" } },
  { "too dear, the next gets it",
    { "max 2 1", "max 1 1", "buy 0 0 2", "buy 1 1 2 1/4 <=7000", "is 1 queued-0 waiting reserved",
      "buy 2 2 2 1/4", "decline 0", "is 1 failed-400 released released",
      "is 2 paying-0 reserved reserved" } },
  { "not too dear without the lost one",
    { "max 2 0", "buy 0 0 2 3 <=3000", "is 0 paying-0 " GONE " reserved" } },
  { "for nothing",
    { "max 4 1", "buy 0 0 4", "is 0 done-207 sold", "buy 1 1 4", "is 1 done-207 " GONE } },
  { "for nothing, together",
    { "max 4 1", "buy 0 0 4 + buy 1 1 4", "is 0 done-207 sold", "is 1 done-207 " LATE } },
  { "each",
    { "each 2 2", "buy 0 0 2 2 2", "is 0 paying-0 reserved reserved " ENOUGH, "pay 0",
      "buy 1 0 2 1/4", "is 1 paying-0 " ENOUGH " reserved", "buy 2 1 2",
      "is 2 paying-0 reserved" } },
  { "each, while paying",
    { "each 2 1", "buy 0 0 2", "buy 1 0 2", "is 1 done-207 " ENOUGH, "decline 0", "buy 2 0 2",
      "is 2 paying-0 reserved" } },
  { "each, while waiting",
    { "each 2 1", "max 2 1", "buy 0 0 2", "buy 1 1 2", "buy 2 1 2", "is 2 done-207 " ENOUGH } },
  { "each, after a refund",
    { "each 2 1", "buy 0 0 2", "pay 0", "refund 0.0", "buy 1 0 2", "is 1 paying-0 reserved" } },
  { "conflict, one way", { "buy 0 0 2", "pay 0", "buy 1 0 3", "is 1 done-207 " CLASH } },
  { "conflict, the other way",
    { "buy 0 0 3", "buy 1 0 2", "is 1 done-207 " CLASH, "buy 2 1 2", "is 2 paying-0 reserved" } },
  { "conflict within", { "buy 0 0 2 3", "is 0 paying-0 reserved " CLASH } },
  { "conflict is over", { "buy 0 0 2", "decline 0", "buy 1 0 3", "is 1 paying-0 reserved" } },
  { "link",
    { "closed 1", "buy 0 0 1/4", "is 0 done-207 " CLOSED, "buy 1 0 1/4@1", "is 1 paying-0 reserved",
      "pay 1", "buy 2 1 1/4@1", "is 2 done-207 " SPENT } },
  { "link for several",
    { "closed 1", "link 1 2", "buy 0 0 1/4@1 1/4@1 1/4@1", "is 0 paying-0 reserved reserved " SPENT,
      "buy 1 1 1/4@1", "is 1 done-207 " SPENT, "decline 0", "buy 2 1 1/4@1",
      "is 2 paying-0 reserved" } },
  { "link of who waits",
    { "closed 1", "link 1 1", "max 1 1", "link 0 0", "issue 3 1/5", "max 1 2", "link 1 2",
      "buy 0 0 1/4@1", "buy 1 1 1/4@1", "is 1 queued-0 waiting", "buy 2 2 1/4@1",
      "is 2 done-207 " SPENT } },
  { "link, paid back",
    { "closed 1", "buy 0 0 1/4@1", "pay 0", "refund 0.0", "buy 1 1 1/4@1",
      "is 1 paying-0 reserved" } },
  { "link, revoked", { "closed 1", "revoked 1", "buy 0 0 1/4@1", "is 0 done-207 " SPENT } },
  { "link, old", { "closed 1", "old 1", "buy 0 0 1/4@1", "is 0 done-207 " SPENT } },
  { "link, not needed",
    { "buy 0 0 1/4@1", "pay 0", "buy 1 1 1/4@1", "is 1 paying-0 reserved", "pay 1",
      "is 1 done-207 sold" } },
  { "hidden", { "hidden 2", "buy 0 0 2 3", "is 0 paying-0 " CLOSED " reserved" } },
  { "hidden while waiting",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "hidden 2", "decline 0", "is 1 paying-0 reserved" } },
  { "choice sold out",
    { "choice 4 1", "buy 0 0 1/4", "pay 0", "buy 1 1 1/4 1/5",
      "is 1 paying-0 " EATEN " reserved" } },
  { "choice for nobody", { "choice 4 0", "buy 0 0 1/4", "is 0 done-207 " EATEN } },
  { "choice waits",
    { "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/4", "buy 2 2 1/5", "is 1 queued-0 waiting",
      "is 2 paying-0 reserved", "decline 0", "is 1 paying-0 reserved" } },
  { "choice waits in vain",
    { "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/4", "pay 0", "is 1 done-207 " EATEN } },
  { "claim",
    { "max 1 2", "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/4", "buy 2 2 1/5", "is 1 queued-0 waiting",
      "is 2 queued-0 waiting", "decline 0", "is 1 paying-0 reserved", "is 2 paying-0 reserved" } },
  { "claim that is lost",
    { "max 1 2", "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/4", "buy 2 2 1/5", "pay 0",
      "is 1 done-207 " EATEN, "is 2 paying-0 reserved" } },
  { "claim of who leaves",
    { "max 1 2", "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/4", "buy 2 2 1/5", "abandon 1",
      "is 1 failed-503 " LATE, "is 2 paying-0 reserved" } },
  { "claim of whose time is up",
    { "max 1 2", "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/4", "after 1", "buy 2 2 1/5", "after 99",
      "expire", "is 1 done-207 " LATE, "is 2 paying-0 reserved" } },
  { "claim on one of two",
    { "choice 0 1", "choice 2 1", "buy 0 0 0/0/3", "buy 1 1 0/0/2", "buy 2 2 0/1/2",
      "is 2 queued-0 waiting", "buy 3 3 0/1/3", "is 3 paying-0 reserved", "pay 0",
      "is 1 done-207 " EATEN, "is 2 paying-0 reserved" } },
  { "own choice",
    { "choice 4 1", "buy 0 0 1/4 1/4 1/5", "is 0 paying-0 reserved " EATEN " reserved" } },
  { "choice gone while the type is full",
    { "max 1 2", "choice 4 1", "buy 0 0 1/4", "buy 1 1 1/5", "buy 2 2 1/5", "buy 3 3 1/4", "pay 0",
      "is 2 queued-0 waiting", "is 3 done-207 " EATEN } },
  { "time is up",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "after 99", "expire", "is 1 queued-0 waiting", "after 1",
      "expire", "is 1 done-207 " LATE, "decline 0", "is 1 done-207 " LATE } },
  { "time is up for a part",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2 1/4", "after 100", "expire",
      "is 1 paying-0 " LATE " reserved" } },
  { "time does not matter to who pays",
    { "buy 0 0 2", "after 1000", "expire", "is 0 paying-0 reserved", "pay 0",
      "is 0 done-207 sold" } },
  { "leaves",
    { "max 2 1", "max 1 1", "buy 0 0 2", "buy 1 1 2 1/4", "buy 2 2 1/4", "abandon 1",
      "is 1 failed-503 " LATE " released", "is 2 paying-0 reserved" } },
  { "cannot leave while paying", { "buy 0 0 2", "abandon 0", "is 0 paying-0 reserved" } },
  { "settled twice",
    { "max 2 1", "buy 0 0 2", "pay 0 + pay 0", "pay 0", "decline 0", "is 0 done-207 sold",
      "buy 1 1 3", "decline 1", "pay 1", "is 1 failed-402 released" } },
  { "settled while waiting",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "pay 1", "is 1 queued-0 waiting" } },
  { "higher limit",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2 2", "max 2 2", "look", "is 1 queued-0 reserved waiting",
      "max 2 -", "look", "is 1 paying-0 reserved reserved" } },
  { "higher limit, then a newcomer",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "max 2 2", "buy 2 2 2", "is 1 paying-0 reserved",
      "is 2 queued-0 waiting" } },
  { "lower limit",
    { "max 2 2", "buy 0 0 2", "buy 1 1 2", "buy 2 2 2", "max 2 1", "look", "is 2 queued-0 waiting",
      "decline 0", "is 2 queued-0 waiting", "pay 1", "is 2 done-207 " LATE } },
  { "lower limit than is sold",
    { "max 2 3", "buy 0 0 2 2", "pay 0", "buy 1 1 2", "buy 2 2 2", "max 2 1", "look",
      "is 1 paying-0 reserved", "is 2 done-207 " LATE, "pay 1", "is 1 done-207 sold" } },
  { "limit of a choice that comes later",
    { "max 1 1", "buy 0 0 1/4", "buy 1 1 1/4", "choice 4 0", "look", "is 1 done-207 " EATEN } },
  { "two that wait for each other",
    { "max 1 5", "max 2 1", "choice 4 1", "buy 0 3 1/4", "buy 1 0 1/4 2",
      "is 1 queued-0 waiting reserved", "buy 2 1 1/5 2", "is 2 queued-0 reserved waiting",
      "max 1 1", "decline 0", "is 1 queued-0 waiting reserved", "after 100", "expire",
      "is 1 paying-0 " LATE " reserved" } },
  { "refund",
    { "max 2 1", "buy 0 0 2", "pay 0", "refund 0.0", "buy 1 1 2", "is 1 paying-0 reserved" } },
  { "refund while somebody waits",
    { "max 2 2", "buy 0 0 2", "pay 0", "buy 1 1 2", "buy 2 2 2", "refund 0.0",
      "is 2 queued-0 waiting", "look", "is 2 paying-0 reserved" } },
  { "issued beside", { "max 2 1", "issue 0 2", "buy 0 1 2", "is 0 done-207 " GONE } },
  { "issued while somebody pays",
    { "max 2 1", "buy 0 0 2", "buy 1 1 2", "issue 2 2", "look", "is 1 done-207 " LATE, "pay 0",
      "is 0 done-207 sold" } },
};

static void
test_stories (StoreFixture *fixture)
{
  world_make (fixture->db);
  for (gsize i = 0; i < G_N_ELEMENTS (stories); i++)
    {
      g_test_message ("%s", stories[i].name);
      tell_lines (fixture->db, stories[i].lines, G_N_ELEMENTS (stories[i].lines));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  store_test_add ("/service/queue/stories", test_stories);
  return g_test_run ();
}
