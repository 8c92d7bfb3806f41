/* SPDX-License-Identifier: MIT */
#include "queue-model.h"

#include <string.h>

static const char waiting[] = "waiting";
static const char reserved[] = "reserved";
static const char sold[] = "sold";
static const char lost[] = "lost";
static const char released[] = "released";

#define FOREVER G_GINT64_CONSTANT (1000000)

static gboolean
is_open (const ModelPurchase *purchase)
{
  return purchase->state == BITKET_PURCHASE_QUEUED || purchase->state == BITKET_PURCHASE_PAYING;
}

static gboolean
wants (const ModelItem *item, int choice)
{
  return item->choices[0] == choice || item->choices[1] == choice;
}

gint64
model_count_sold (const Model *self, int type)
{
  gint64 n = 0;

  for (guint i = 0; i < self->n_tickets; i++)
    n += self->tickets[i].type == type && !self->tickets[i].is_refunded;
  return n;
}

gint64
model_count_sold_choice (const Model *self, int choice)
{
  gint64 n = 0;

  for (guint i = 0; i < self->n_tickets; i++)
    n += !self->tickets[i].is_refunded &&
         (self->tickets[i].choices[0] == choice || self->tickets[i].choices[1] == choice);
  return n;
}

/* Of @type (MODEL_NONE: any) and @choice (the same), by @purchase (the same), in @state. */
static gint64
count_items (const Model *self, int type, int choice, int purchase, const char *state)
{
  gint64 n = 0;

  for (guint l = 0; l < self->n_line; l++)
    for (guint i = 0; i < self->purchases[self->line[l]].n_items; i++)
      {
        int p = self->line[l];
        const ModelItem *item = &self->purchases[p].items[i];

        n += item->state == state && (type == MODEL_NONE || item->type == type) &&
             (choice == MODEL_NONE || wants (item, choice)) &&
             (purchase == MODEL_NONE || p == purchase);
      }
  return n;
}

gint64
model_count_reserved (const Model *self, int type)
{
  return count_items (self, type, MODEL_NONE, MODEL_NONE, reserved);
}

gint64
model_count_reserved_choice (const Model *self, int choice)
{
  return count_items (self, MODEL_NONE, choice, MODEL_NONE, reserved);
}

/* The buyer has it, or is about to. */
static gint64
count_held (const Model *self, int user, int type)
{
  gint64 n = 0;

  for (guint i = 0; i < self->n_tickets; i++)
    n += self->tickets[i].user == user && self->tickets[i].type == type &&
         !self->tickets[i].is_refunded;
  for (int p = 0; p < MODEL_MAX_PURCHASES; p++)
    if (is_open (&self->purchases[p]) && self->purchases[p].user == user)
      n += count_items (self, type, MODEL_NONE, p, waiting) +
           count_items (self, type, MODEL_NONE, p, reserved);
  return n;
}

static gboolean
is_spent (const Model *self, int link)
{
  gint64 n = 0;

  for (guint i = 0; i < self->n_tickets; i++)
    n += self->tickets[i].link == link && !self->tickets[i].is_refunded;
  for (guint l = 0; l < self->n_line; l++)
    for (guint i = 0; i < self->purchases[self->line[l]].n_items; i++)
      {
        const ModelItem *item = &self->purchases[self->line[l]].items[i];

        n += item->link == link && (item->state == waiting || item->state == reserved);
      }
  return self->links[link].is_revoked || n >= self->links[link].quantity;
}

/* A choice of which nothing is left beside @n_own. */
static int
find_gone_choice (const Model *self, const ModelItem *item, int own_purchase)
{
  for (int i = 0; i < 2; i++)
    {
      int choice = item->choices[i];
      gint64 n_own = own_purchase == MODEL_NONE || choice == MODEL_NONE
                         ? 0
                         : count_items (self, MODEL_NONE, choice, own_purchase, reserved);

      if (choice != MODEL_NONE && self->choice_max[choice] != MODEL_NONE &&
          model_count_sold_choice (self, choice) + n_own >= self->choice_max[choice])
        return choice;
    }
  return MODEL_NONE;
}

static BitketRefusal
check_item (const Model *self, int user, ModelItem *item)
{
  const ModelType *type = &self->types[item->type];
  gboolean has_spent = item->link != MODEL_NONE && is_spent (self, item->link);
  gboolean has_link = item->link != MODEL_NONE;

  if (has_spent)
    item->link = MODEL_NONE;
  if (!type->is_published || (!type->is_general && !has_link))
    return BITKET_REFUSAL_UNAVAILABLE;
  if (!type->is_general && has_spent)
    return BITKET_REFUSAL_ACCESS_CODE_UTILIZED;
  for (int t = 0; t < MODEL_N_TYPES; t++)
    if ((type->conflicts >> t & 1) != 0 && count_held (self, user, t) > 0)
      return BITKET_REFUSAL_CONFLICTING;
  if (type->max_total != MODEL_NONE && model_count_sold (self, item->type) >= type->max_total)
    return BITKET_REFUSAL_SOLD_OUT;
  if (type->max_personal != MODEL_NONE && count_held (self, user, item->type) >= type->max_personal)
    return BITKET_REFUSAL_PERSONAL_LIMIT;
  item->sold_choice = find_gone_choice (self, item, MODEL_NONE);
  return item->sold_choice != MODEL_NONE ? BITKET_REFUSAL_CHOICE_SOLD_OUT : BITKET_REFUSAL_NONE;
}

void
model_enter (Model *self, int purchase, const ModelPurchase *order)
{
  ModelPurchase *new = &self->purchases[purchase];

  *new = *order;
  new->state = BITKET_PURCHASE_QUEUED;
  new->n_items = 0;
  self->line[self->n_line++] = purchase;
  for (guint i = 0; i < order->n_items; i++)
    {
      ModelItem item = order->items[i];

      item.sold_choice = MODEL_NONE;
      item.refusal = check_item (self, order->user, &item);
      item.state = item.refusal == BITKET_REFUSAL_NONE ? waiting : lost;
      if (item.state == waiting)
        self->looked_at |= 1u << item.type;
      new->items[new->n_items++] = item;
    }
}

static void
sell (Model *self, int purchase)
{
  for (guint i = 0; i < self->purchases[purchase].n_items; i++)
    {
      ModelItem *item = &self->purchases[purchase].items[i];

      if (item->state != reserved)
        continue;
      item->state = sold;
      self->looked_at |= 1u << item->type;
      self->tickets[self->n_tickets++] = (ModelTicket) {
        .type = item->type,
        .choices = { item->choices[0], item->choices[1] },
        .user = self->purchases[purchase].user,
        .link = item->link,
        .purchase = purchase,
        .item = (int) i,
      };
      if (find_gone_choice (self, item, MODEL_NONE) != MODEL_NONE)
        self->news |= 1u << item->type;
    }
}

/* Whatever is in state @from; those whose types are to be looked at again. */
static void
move_items (Model *self, int purchase, const char *from, const char *to, BitketRefusal refusal)
{
  for (guint i = 0; i < self->purchases[purchase].n_items; i++)
    {
      ModelItem *item = &self->purchases[purchase].items[i];

      if (item->state != from)
        continue;
      item->state = to;
      item->refusal = refusal;
      self->looked_at |= 1u << item->type;
    }
}

static void
fail (Model *self, int purchase, int status)
{
  move_items (self, purchase, waiting, lost, BITKET_REFUSAL_QUEUE_POSITION);
  move_items (self, purchase, reserved, released, BITKET_REFUSAL_NONE);
  self->purchases[purchase].state = BITKET_PURCHASE_FAILED;
  self->purchases[purchase].status = status;
}

static void
finish_purchase (Model *self, int purchase)
{
  sell (self, purchase);
  self->purchases[purchase].state = BITKET_PURCHASE_DONE;
  self->purchases[purchase].status = 207;
}

void
model_settle (Model *self, int purchase, BitketSettlement settlement)
{
  if (self->purchases[purchase].state != BITKET_PURCHASE_PAYING)
    return;
  if (settlement == BITKET_SETTLE_PAID)
    finish_purchase (self, purchase);
  else
    fail (self, purchase, settlement == BITKET_SETTLE_DECLINED ? 402 : 503);
}

void
model_expire (Model *self, int organization, gint64 now_us)
{
  for (guint l = 0; l < self->n_line; l++)
    {
      const ModelPurchase *purchase = &self->purchases[self->line[l]];

      if (purchase->organization == organization && purchase->state == BITKET_PURCHASE_QUEUED &&
          purchase->wait_until_us <= now_us)
        move_items (self, self->line[l], waiting, lost, BITKET_REFUSAL_QUEUE_POSITION);
    }
}

void
model_abandon (Model *self, int purchase)
{
  if (self->purchases[purchase].state == BITKET_PURCHASE_QUEUED)
    fail (self, purchase, 503);
}

void
model_look (Model *self, int organization)
{
  for (int t = 0; t < MODEL_N_TYPES; t++)
    if (self->types[t].organization == organization &&
        count_items (self, t, MODEL_NONE, MODEL_NONE, waiting) > 0)
      {
        self->looked_at |= 1u << t;
        self->news |= 1u << t;
      }
}

static gboolean
is_choice_taken (const Model *self, const ModelItem *item, const gint64 *n_claimed)
{
  for (int i = 0; i < 2; i++)
    {
      int choice = item->choices[i];

      if (choice != MODEL_NONE && self->choice_max[choice] != MODEL_NONE &&
          model_count_sold_choice (self, choice) + model_count_reserved_choice (self, choice) +
                  n_claimed[choice] >=
              self->choice_max[choice])
        return TRUE;
    }
  return FALSE;
}

/* Who gets what of a type. */
static void
look_at_type (Model *self, int type)
{
  gint64 max = self->types[type].max_total;
  gint64 n_sold = model_count_sold (self, type);
  gint64 n_free = max == MODEL_NONE ? FOREVER : max - n_sold - model_count_reserved (self, type);
  gint64 n_claimed[MODEL_N_CHOICES] = { 0 };
  gboolean has_left = FALSE;

  for (guint l = 0; l < self->n_line; l++)
    {
      ModelPurchase *purchase = &self->purchases[self->line[l]];

      /* Nobody behind can be served; who waits in vain among them is told when there is news. */
      if (n_free <= 0 && has_left && (self->news >> type & 1) == 0)
        return;
      for (guint i = 0; i < purchase->n_items; i++)
        {
          ModelItem *item = &purchase->items[i];
          gint64 n_own = count_items (self, type, MODEL_NONE, self->line[l], reserved);

          if (item->type != type || item->state != waiting)
            continue;
          item->state = lost;
          item->sold_choice = MODEL_NONE;
          item->refusal = BITKET_REFUSAL_QUEUE_POSITION;
          if (max != MODEL_NONE && n_sold >= max)
            continue;
          item->refusal = BITKET_REFUSAL_CHOICE_SOLD_OUT;
          item->sold_choice = find_gone_choice (self, item, MODEL_NONE);
          if (item->sold_choice != MODEL_NONE)
            continue;
          if (n_free > 0 && !is_choice_taken (self, item, n_claimed))
            {
              item->state = reserved;
              item->refusal = BITKET_REFUSAL_NONE;
              n_free--;
              continue;
            }
          item->refusal = BITKET_REFUSAL_SOLD_OUT;
          if (max != MODEL_NONE && n_sold + n_own >= max)
            continue;
          item->refusal = BITKET_REFUSAL_CHOICE_SOLD_OUT;
          item->sold_choice = find_gone_choice (self, item, self->line[l]);
          if (item->sold_choice != MODEL_NONE)
            continue;
          item->state = waiting;
          item->refusal = BITKET_REFUSAL_NONE;
          has_left = TRUE;
          n_free--;
          for (int c = 0; c < 2; c++)
            if (item->choices[c] != MODEL_NONE)
              n_claimed[item->choices[c]]++;
        }
    }
}

static void
decide (Model *self, int p)
{
  ModelPurchase *purchase = &self->purchases[p];
  gint64 amount_ore = 0;

  if (purchase->state != BITKET_PURCHASE_QUEUED ||
      count_items (self, MODEL_NONE, MODEL_NONE, p, waiting) > 0)
    return;
  for (guint i = 0; i < purchase->n_items; i++)
    amount_ore += purchase->items[i].state == reserved ? purchase->items[i].price_ore : 0;
  if (amount_ore > purchase->max_amount_ore)
    {
      fail (self, p, 400);
    }
  else if (amount_ore == 0)
    {
      finish_purchase (self, p);
    }
  else
    {
      purchase->state = BITKET_PURCHASE_PAYING;
      purchase->amount_ore = amount_ore;
    }
}

guint
model_finish (Model *self)
{
  guint all = 0;

  do
    {
      guint now = self->looked_at;

      all |= now;
      for (int t = 0; t < MODEL_N_TYPES; t++)
        if ((now >> t & 1) != 0)
          look_at_type (self, t);
      self->looked_at = self->news = 0;
      for (guint l = 0; l < self->n_line; l++)
        decide (self, self->line[l]);
    }
  while (self->looked_at != 0);
  return all;
}

/* Whether there is a place for @item beside those who have theirs. */
static gboolean
has_place (const Model *self, const ModelItem *item)
{
  const gint64 none[MODEL_N_CHOICES] = { 0 };
  gint64 max = self->types[item->type].max_total;

  return (max == MODEL_NONE ||
          model_count_sold (self, item->type) + model_count_reserved (self, item->type) < max) &&
         !is_choice_taken (self, item, none);
}

static char *
find_fault_of_purchase (const Model *self, int p)
{
  const ModelPurchase *purchase = &self->purchases[p];
  gint64 n_waiting = count_items (self, MODEL_NONE, MODEL_NONE, p, waiting);
  gint64 n_reserved = count_items (self, MODEL_NONE, MODEL_NONE, p, reserved);
  gint64 n_sold = count_items (self, MODEL_NONE, MODEL_NONE, p, sold);

  switch (purchase->state)
    {
    case BITKET_PURCHASE_NONE:
      return NULL;
    case BITKET_PURCHASE_QUEUED:
      return n_waiting > 0 && n_sold == 0 ? NULL : g_strdup_printf ("p%d waits for nothing", p);
    case BITKET_PURCHASE_PAYING:
      return n_waiting == 0 && n_reserved > 0 && n_sold == 0 && purchase->amount_ore > 0 &&
                     purchase->amount_ore <= purchase->max_amount_ore
                 ? NULL
                 : g_strdup_printf ("p%d pays wrongly", p);
    case BITKET_PURCHASE_DONE:
      return n_waiting + n_reserved == 0 ? NULL : g_strdup_printf ("p%d is not quite done", p);
    case BITKET_PURCHASE_FAILED:
      return n_waiting + n_reserved + n_sold == 0 ? NULL : g_strdup_printf ("p%d holds on", p);
    }
  g_assert_not_reached ();
}

/* The first in the line of a type that was looked at waits because there is no place for it. */
static char *
find_idle_place (const Model *self, int type)
{
  for (guint l = 0; l < self->n_line; l++)
    for (guint i = 0; i < self->purchases[self->line[l]].n_items; i++)
      {
        const ModelItem *item = &self->purchases[self->line[l]].items[i];

        if (item->type == type && item->state == waiting)
          return has_place (self, item)
                     ? g_strdup_printf ("p%d waits for a place that is free", self->line[l])
                     : NULL;
      }
  return NULL;
}

char *
model_find_fault (const Model *self, guint looked_at)
{
  for (guint l = 0; l < self->n_line; l++)
    {
      char *fault = find_fault_of_purchase (self, self->line[l]);

      if (fault != NULL)
        return fault;
    }
  for (int t = 0; t < MODEL_N_TYPES; t++)
    if ((looked_at >> t & 1) != 0)
      {
        char *fault = find_idle_place (self, t);

        if (fault != NULL)
          return fault;
      }
  return NULL;
}

static void
describe_purchase (const Model *self, int p, GString *text)
{
  const ModelPurchase *purchase = &self->purchases[p];

  g_string_append_printf (text, "p%d of w%d: %s %d %" G_GINT64_FORMAT "\n", p, purchase->worker,
                          bitket_purchase_state_to_string (purchase->state), purchase->status,
                          purchase->amount_ore);
  for (guint i = 0; i < purchase->n_items; i++)
    {
      const ModelItem *item = &purchase->items[i];
      const char *code = bitket_refusal_to_code (item->refusal);

      g_string_append_printf (text, "p%d.%u: %s %s c%d l%d\n", p, i, item->state,
                              code != NULL ? code : "", item->sold_choice, item->link);
    }
}

char *
model_describe (const Model *self)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int p = 0; p < MODEL_MAX_PURCHASES; p++)
    if (self->purchases[p].state != BITKET_PURCHASE_NONE)
      describe_purchase (self, p, text);
  for (int t = 0; t < MODEL_N_TYPES; t++)
    g_string_append_printf (text, "type %d: %" G_GINT64_FORMAT " sold, %" G_GINT64_FORMAT "\n", t,
                            model_count_sold (self, t), model_count_reserved (self, t));
  for (int c = 0; c < MODEL_N_CHOICES; c++)
    g_string_append_printf (text, "choice %d: %" G_GINT64_FORMAT " sold, %" G_GINT64_FORMAT "\n", c,
                            model_count_sold_choice (self, c),
                            model_count_reserved_choice (self, c));
  for (int u = 0; u < MODEL_N_USERS; u++)
    for (int t = 0; t < MODEL_N_TYPES; t++)
      {
        gint64 n = 0;

        for (guint i = 0; i < self->n_tickets; i++)
          n += self->tickets[i].user == u && self->tickets[i].type == t &&
               !self->tickets[i].is_refunded;
        if (n > 0)
          g_string_append_printf (text, "u%d has %" G_GINT64_FORMAT " of type %d\n", u, n, t);
      }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
