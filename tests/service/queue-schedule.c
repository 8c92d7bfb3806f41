/* SPDX-License-Identifier: MIT */
#include "queue-schedule.h"

#include <string.h>

static int
pick (Schedule *self, const int *values, gsize n)
{
  return values[g_rand_int_range (self->rand, 0, (gint32) n)];
}

#define PICK(self, ...)                                                                            \
  pick ((self), (const int[]) { __VA_ARGS__ }, G_N_ELEMENTS (((const int[]) { __VA_ARGS__ })))

static gboolean
happens (Schedule *self, int percent)
{
  return g_rand_int_range (self->rand, 0, 100) < percent;
}

static int
roll (Schedule *self, int n)
{
  return g_rand_int_range (self->rand, 0, n);
}

static gint64
pick_type_max (Schedule *self)
{
  return PICK (self, MODEL_NONE, 0, 1, 1, 2, 2, 3, 3, 4, 6);
}

static gint64
pick_choice_max (Schedule *self)
{
  return PICK (self, MODEL_NONE, MODEL_NONE, 0, 1, 1, 1, 2, 3);
}

static gint64
pick_personal_max (Schedule *self)
{
  return PICK (self, MODEL_NONE, MODEL_NONE, MODEL_NONE, 1, 2, 4);
}

static void
init_model (Schedule *self)
{
  static const gint64 prices_ore[MODEL_N_TYPES] = { 10000, 7000, 5000, 3000, 0, 2550 };
  static const guint choices[MODEL_N_TYPES] = { 0xf, 0x30 };
  static const guint conflicts[MODEL_N_TYPES] = { [2] = 1u << 3, [3] = 1u << 2 };

  for (int t = 0; t < MODEL_N_TYPES; t++)
    self->model.types[t] = (ModelType) {
      .organization = t == 5 ? 1 : 0,
      .price_ore = prices_ore[t],
      .choices = choices[t],
      .conflicts = conflicts[t],
      .is_published = happens (self, 95),
      .is_general = happens (self, 80),
      .max_total = pick_type_max (self),
      .max_personal = pick_personal_max (self),
    };
  for (int c = 0; c < MODEL_N_CHOICES; c++)
    self->model.choice_max[c] = pick_choice_max (self);
  for (int l = 0; l < MODEL_N_LINKS; l++)
    self->model.links[l] = (ModelLink) { .type = l, .quantity = roll (self, 4) };
}

void
schedule_init (Schedule *self, guint32 seed)
{
  memset (self, 0, sizeof *self);
  self->seed = seed;
  self->rand = g_rand_new_with_seed (seed);
  self->log = g_string_new (NULL);
  self->now_us = 1000000;
  for (int w = 0; w < MODEL_N_WORKERS; w++)
    schedule_restart_worker (self, w);
  init_model (self);
}

void
schedule_clear (Schedule *self)
{
  g_rand_free (self->rand);
  g_string_free (self->log, TRUE);
}

gboolean
schedule_is_full (const Schedule *self)
{
  return self->n_purchases + MAX_OPS > MODEL_MAX_PURCHASES ||
         self->n_incarnations == MAX_INCARNATIONS ||
         self->model.n_tickets + 100 > MODEL_MAX_TICKETS;
}

void
schedule_restart_worker (Schedule *self, int worker)
{
  self->workers[worker] = self->n_incarnations;
  self->seen_us[self->n_incarnations++] = MODEL_NONE;
}

void
schedule_change_limits (Schedule *self)
{
  Model *model = &self->model;
  int t = roll (self, MODEL_N_TYPES);

  self->has_new_limits = TRUE;
  switch (roll (self, 6))
    {
    case 0:
      model->types[t].is_published = !model->types[t].is_published;
      break;
    case 1:
      model->types[t].max_personal = pick_personal_max (self);
      break;
    case 2:
      model->links[roll (self, MODEL_N_LINKS)].is_revoked = TRUE;
      break;
    case 3:
      model->choice_max[roll (self, MODEL_N_CHOICES)] = pick_choice_max (self);
      break;
    default:
      model->types[t].max_total = pick_type_max (self);
      break;
    }
}

static ModelItem
make_item (Schedule *self, int organization)
{
  int type = organization == 0 ? PICK (self, 0, 0, 0, 1, 1, 2, 3, 4) : 5;
  ModelItem item = { .type = type, .link = MODEL_NONE, .choices = { MODEL_NONE, MODEL_NONE } };

  if (type == 0)
    {
      item.choices[0] = roll (self, 2);
      item.choices[1] = 2 + roll (self, 2);
    }
  if (type == 1)
    item.choices[0] = 4 + roll (self, 2);
  if (type < MODEL_N_LINKS && happens (self, 30))
    item.link = type;
  item.price_ore = happens (self, 95) ? self->model.types[type].price_ore : 0;
  return item;
}

/* An earlier purchase of the same buyer in the same place, which may come once more. */
static int
find_key (Schedule *self, const ModelPurchase *order)
{
  int p = self->n_purchases > 0 ? roll (self, self->n_purchases) : 0;
  const ModelPurchase *earlier = &self->model.purchases[p];

  return earlier->state != BITKET_PURCHASE_NONE && earlier->user == order->user &&
                 earlier->organization == order->organization
             ? earlier->key
             : MODEL_NONE;
}

static void
make_enter (Schedule *self, Turn *turn, Op *op)
{
  ModelPurchase *order = &op->order;
  gint64 sum_ore = 0;

  op->purchase = self->n_purchases++;
  op->wait_us = roll (self, 60);
  *order = (ModelPurchase) {
    .organization = turn->organization,
    .user = roll (self, MODEL_N_USERS),
    .key = op->purchase,
    .worker = self->workers[roll (self, MODEL_N_WORKERS)],
    .wait_until_us = turn->now_us + op->wait_us,
    .n_items = (guint) PICK (self, 1, 1, 2, 2, 3, MODEL_MAX_ITEMS),
  };
  if (happens (self, 30))
    order->key = find_key (self, order);
  for (guint i = 0; i < order->n_items; i++)
    {
      order->items[i] = make_item (self, turn->organization);
      sum_ore += order->items[i].price_ore;
    }
  order->max_amount_ore = happens (self, 85) ? sum_ore : roll (self, (int) sum_ore + 1);
}

/* The provider is asked with the purchase's own key: its word stands. */
static void
make_settle (Schedule *self, Op *op, int purchase)
{
  op->kind = OP_SETTLE;
  op->purchase = purchase;
  op->settlement = self->outcomes[purchase];
  if (op->settlement != BITKET_SETTLE_NONE)
    return;
  op->settlement = (BitketSettlement) PICK (self, BITKET_SETTLE_PAID, BITKET_SETTLE_PAID,
                                            BITKET_SETTLE_PAID, BITKET_SETTLE_DECLINED,
                                            BITKET_SETTLE_REFUSED, BITKET_SETTLE_INTERRUPTED);
  self->outcomes[purchase] = op->settlement;
  if (op->settlement == BITKET_SETTLE_PAID)
    self->charged_ore[purchase] = self->model.purchases[purchase].amount_ore;
}

/* Returns: a random purchase of @organization that is in @state; MODEL_NONE when there is none */
static int
find_purchase (Schedule *self, int organization, BitketPurchaseState state)
{
  int start = roll (self, MODEL_MAX_PURCHASES);

  for (int i = 0; i < MODEL_MAX_PURCHASES; i++)
    {
      int p = (start + i) % MODEL_MAX_PURCHASES;

      if (self->model.purchases[p].state == state &&
          self->model.purchases[p].organization == organization)
        return p;
    }
  return MODEL_NONE;
}

static void
make_op (Schedule *self, Turn *turn, Op *op)
{
  int die = roll (self, 100);
  int purchase;

  op->kind = OP_ENTER;
  if (die < 40)
    {
      BitketPurchaseState state = die < 36 ? BITKET_PURCHASE_PAYING : BITKET_PURCHASE_DONE;

      purchase = find_purchase (self, turn->organization, state);
      if (purchase != MODEL_NONE)
        {
          make_settle (self, op, purchase);
          return;
        }
    }
  else if (die < 48)
    {
      op->kind = OP_EXPIRE;
    }
  else if (die < 54)
    {
      purchase = find_purchase (self, turn->organization,
                                die < 53 ? BITKET_PURCHASE_QUEUED : BITKET_PURCHASE_PAYING);
      op->purchase = purchase;
      op->kind = purchase != MODEL_NONE ? OP_ABANDON : OP_LOOK;
    }
  else if (die < 57)
    {
      op->kind = OP_LOOK;
    }
  if (op->kind == OP_ENTER)
    make_enter (self, turn, op);
}

void
schedule_make_turn (Schedule *self, Turn *turn)
{
  memset (turn, 0, sizeof *turn);
  turn->organization = happens (self, 80) ? 0 : 1;
  turn->now_us = self->now_us;
  turn->n_ops = (guint) PICK (self, 1, 1, 2, 3, MAX_OPS);
  for (guint i = 0; i < turn->n_ops; i++)
    make_op (self, turn, &turn->ops[i]);
  if (happens (self, 10))
    turn->crash = (Crash) PICK (self, CRASH_IN_STATEMENT, CRASH_IN_STATEMENT, CRASH_IN_STATEMENT,
                                CRASH_BEFORE_FINISH, CRASH_BEFORE_COMMIT);
  turn->fuse = 1 + roll (self, 40);
}

gboolean
schedule_make_settling (Schedule *self, int organization, Turn *turn)
{
  memset (turn, 0, sizeof *turn);
  turn->organization = organization;
  turn->now_us = self->now_us;
  for (int p = 0; p < MODEL_MAX_PURCHASES && turn->n_ops < MAX_OPS; p++)
    if (self->model.purchases[p].state == BITKET_PURCHASE_PAYING &&
        self->model.purchases[p].organization == organization)
      make_settle (self, &turn->ops[turn->n_ops++], p);
  return turn->n_ops > 0;
}

static gboolean
run_enter (BitketTurn *native, Op *op, GError **error)
{
  g_autoptr (BitketOrder) order = world_make_order (op->purchase, &op->order, op->wait_us);
  char worker[BITKET_ID_SIZE], existing[BITKET_ID_SIZE];

  world_set_id (worker, WORLD_WORKER, op->order.worker);
  if (!bitket_turn_enter (native, order, worker, existing, error))
    return FALSE;
  op->existing = *existing != '\0' ? world_get_number (existing) : MODEL_NONE;
  return TRUE;
}

static gboolean
run_op (BitketTurn *native, Op *op, GError **error)
{
  char id[BITKET_ID_SIZE], stripe_id[32];

  world_set_id (id, WORLD_PURCHASE, op->purchase);
  switch (op->kind)
    {
    case OP_ENTER:
      return run_enter (native, op, error);
    case OP_SETTLE:
      g_snprintf (stripe_id, sizeof stripe_id, "ch_%d", op->purchase);
      return bitket_turn_settle (native, id, op->settlement,
                                 op->settlement == BITKET_SETTLE_PAID ? stripe_id : NULL, NULL,
                                 error);
    case OP_EXPIRE:
      return bitket_turn_expire (native, error);
    case OP_ABANDON:
      return bitket_turn_abandon (native, id, error);
    case OP_LOOK:
      return bitket_turn_look_at_waiting (native, error);
    }
  g_assert_not_reached ();
}

static gboolean
finish (Turn *turn, BitketTurn *native, GError **error)
{
  GArray *changes = bitket_turn_finish (native, error);

  if (changes == NULL)
    return FALSE;
  for (guint i = 0; i < changes->len; i++)
    {
      const BitketPurchaseChange *change = &g_array_index (changes, BitketPurchaseChange, i);

      turn->told[world_get_number (change->id)] = change->state;
    }
  return TRUE;
}

static gboolean
run_open (Turn *turn, BitketDb *db, gint *counter, gboolean *is_crash, GError **error)
{
  char organization[BITKET_ID_SIZE];
  g_autoptr (BitketTurn) native = NULL;

  world_set_id (organization, WORLD_ORGANIZATION, turn->organization);
  native = bitket_turn_new (db, organization, turn->now_us, error);
  if (native == NULL)
    return FALSE;
  if (counter != NULL)
    turn->number = g_atomic_int_add (counter, 1);
  for (guint i = 0; i < turn->n_ops; i++)
    if (!run_op (native, &turn->ops[i], error))
      return FALSE;
  *is_crash = turn->crash == CRASH_BEFORE_FINISH;
  if (*is_crash || !finish (turn, native, error))
    return FALSE;
  *is_crash = turn->crash == CRASH_BEFORE_COMMIT;
  return !*is_crash;
}

gboolean
turn_run (Turn *turn, BitketDb *db, gint *counter, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gboolean is_crash = FALSE;

  memset (turn->told, 0, sizeof turn->told);
  if (bitket_db_begin (db, BITKET_DB_TRANSACTION_WRITE, &local_error) &&
      run_open (turn, db, counter, &is_crash, &local_error) && bitket_db_commit (db, &local_error))
    return TRUE;
  bitket_db_rollback (db);
  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  return FALSE;
}

static int
find_existing (const Model *model, const ModelPurchase *order)
{
  for (int p = 0; p < MODEL_MAX_PURCHASES; p++)
    if (model->purchases[p].state != BITKET_PURCHASE_NONE && order->key != MODEL_NONE &&
        model->purchases[p].user == order->user && model->purchases[p].key == order->key)
      return p;
  return MODEL_NONE;
}

static char *
run_op_in_model (const Op *op, const Turn *turn, Model *model)
{
  int existing;

  switch (op->kind)
    {
    case OP_ENTER:
      existing = find_existing (model, &op->order);
      if (existing != op->existing)
        return g_strdup_printf ("p%d was taken for p%d", op->purchase, op->existing);
      if (existing == MODEL_NONE)
        model_enter (model, op->purchase, &op->order);
      return NULL;
    case OP_SETTLE:
      model_settle (model, op->purchase, op->settlement);
      return NULL;
    case OP_EXPIRE:
      model_expire (model, turn->organization, turn->now_us);
      return NULL;
    case OP_ABANDON:
      model_abandon (model, op->purchase);
      return NULL;
    case OP_LOOK:
      model_look (model, turn->organization);
      return NULL;
    }
  g_assert_not_reached ();
}

char *
turn_run_in_model (const Turn *turn, Model *model)
{
  g_autofree Model *before = g_memdup2 (model, sizeof *model);
  guint looked_at;

  for (guint i = 0; i < turn->n_ops; i++)
    {
      char *fault = run_op_in_model (&turn->ops[i], turn, model);

      if (fault != NULL)
        return fault;
    }
  looked_at = model_finish (model);
  for (int p = 0; p < MODEL_MAX_PURCHASES; p++)
    {
      BitketPurchaseState state = model->purchases[p].state;

      if (state != before->purchases[p].state && state != BITKET_PURCHASE_QUEUED &&
          turn->told[p] != state)
        return g_strdup_printf ("nobody was told of p%d", p);
    }
  for (int t = 0; t < MODEL_N_TYPES; t++)
    {
      gint64 n_before = model_count_sold (before, t) + model_count_reserved (before, t);
      gint64 n = model_count_sold (model, t) + model_count_reserved (model, t);

      if (n > n_before && model->types[t].max_total != MODEL_NONE && n > model->types[t].max_total)
        return g_strdup_printf ("too many of type %d", t);
    }
  return model_find_fault (model, looked_at);
}

static void
describe_order (const ModelPurchase *order, GString *log)
{
  g_string_append_printf (log, " u%d key %d until %" G_GINT64_FORMAT " at most %" G_GINT64_FORMAT,
                          order->user, order->key, order->wait_until_us, order->max_amount_ore);
  for (guint i = 0; i < order->n_items; i++)
    {
      const ModelItem *item = &order->items[i];

      g_string_append_printf (log, ", type %d (%d %d) link %d", item->type, item->choices[0],
                              item->choices[1], item->link);
    }
}

void
turn_describe (const Turn *turn, GString *log)
{
  static const char *const names[] = { "enter", "settle", "expire", "abandon", "look" };
  static const char *const crashes[] = { "", " crashes", " crashes unfinished",
                                         " crashes uncommitted" };

  g_string_append_printf (log, "turn of o%d at %" G_GINT64_FORMAT "%s\n", turn->organization,
                          turn->now_us, crashes[turn->crash]);
  for (guint i = 0; i < turn->n_ops; i++)
    {
      const Op *op = &turn->ops[i];

      g_string_append_printf (log, "  %s", names[op->kind]);
      if (op->kind != OP_EXPIRE && op->kind != OP_LOOK)
        g_string_append_printf (log, " p%d", op->purchase);
      if (op->kind == OP_SETTLE)
        g_string_append_printf (log, " %s",
                                op->settlement == BITKET_SETTLE_PAID ? "paid" : "not paid");
      if (op->kind == OP_ENTER)
        describe_order (&op->order, log);
      g_string_append_c (log, '\n');
    }
}
