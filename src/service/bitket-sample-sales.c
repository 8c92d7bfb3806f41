/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-sample"

#include "bitket-sample-private.h"

#include "bitket-pricing.h"
#include "bitket-records.h"
#include "bitket-time.h"

#define SAMPLE_DOOR "Entrén"

/* How many of a hundred buy in each hour of the day, UTC: people buy in the evening. */
static const guint8 hour_weights[24] = { 2, 1, 0, 0, 0, 0, 1,  1,  2,  3, 4, 5,
                                         5, 3, 3, 4, 6, 8, 11, 13, 11, 8, 6, 3 };

void
sample_ticket_free (gpointer data)
{
  SampleTicket *ticket = data;

  g_free (ticket->holder);
  g_free (ticket);
}

static guint
pick_hour (SampleMaker *maker)
{
  guint lot = sample_random_below (maker, 100);
  guint hour = 0;

  while (hour < 23 && lot >= hour_weights[hour])
    lot -= hour_weights[hour++];
  return hour;
}

/* Most buy in the first days: a square of chance. */
static gint64
pick_time (SampleMaker *maker, const SampleEventRow *event)
{
  gint64 last_us = MIN (maker->now_us - 2 * BITKET_TIME_HOUR_US, event->starts_us);
  gint64 first_us = last_us - event->spec->sales_length_us;
  gint64 n_days = event->spec->sales_length_us / BITKET_TIME_DAY_US;
  gint64 lot = sample_random_below (maker, 1000);
  gint64 day = lot * lot * n_days / 1000000;
  gint64 time_us = (first_us / BITKET_TIME_DAY_US + day) * BITKET_TIME_DAY_US +
                   pick_hour (maker) * BITKET_TIME_HOUR_US +
                   sample_random_below (maker, 3600) * BITKET_TIME_SECOND_US;

  if (time_us < first_us || time_us > last_us)
    return last_us - sample_random_below (maker, 7200) * BITKET_TIME_SECOND_US;
  return time_us;
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *) a, right = *(const gint64 *) b;

  return (left > right) - (left < right);
}

/* Something that is not sold out; the first type has no limit, so there is always one. */
static SampleTypeRow *
pick_type (SampleMaker *maker, SampleEventRow *event)
{
  guint lot = sample_random_below (maker, 100);

  for (guint i = 0; i < event->spec->n_types; i++)
    {
      SampleTypeRow *type = &event->types[i];

      if (lot >= type->spec->weight)
        lot -= type->spec->weight;
      else if (type->max_total == 0 || type->n_sold < type->max_total)
        return type;
      else
        break;
    }
  return &event->types[0];
}

static void
make_code (SampleMaker *maker, char code[BITKET_CODE_SIZE])
{
  do
    g_snprintf (code, BITKET_CODE_SIZE, "%06x", sample_random_below (maker, 1 << 24));
  while (!g_hash_table_add (maker->used, g_strdup (code)));
}

static gint64
find_price (const SampleTypeRow *type, int student_union, const int *chosen)
{
  gint64 modifier_ore = type->spec->union_delta_ore;
  gint64 deltas_ore[SAMPLE_MAX_VARIATIONS] = { 0 };

  for (int i = 0; i < SAMPLE_MAX_VARIATIONS && type->spec->variations[i].name != NULL; i++)
    deltas_ore[i] = type->spec->variations[i].choices[chosen[i]].delta_ore;
  return bitket_pricing_total (type->spec->price_ore, &modifier_ore, student_union >= 0 ? 1 : 0,
                               deltas_ore, SAMPLE_MAX_VARIATIONS);
}

static int
pick_choice (SampleMaker *maker, const SampleVariation *variation)
{
  guint n = 0;

  while (n < SAMPLE_MAX_CHOICES && variation->choices[n].name != NULL)
    n++;
  return (int) sample_random_below (maker, n);
}

static SampleTicket *
add_ticket (SampleMaker *maker,
            SampleTypeRow *type,
            const SamplePerson *person,
            gint64 created_us,
            gboolean is_pending,
            GError **error)
{
  SampleTicket *ticket = g_new0 (SampleTicket, 1);
  const char *choices[SAMPLE_MAX_VARIATIONS + 1] = { NULL };
  const char *modifiers[2] = { NULL };
  int chosen[SAMPLE_MAX_VARIATIONS] = { 0 };
  char code[BITKET_CODE_SIZE];
  BitketNewTicket new = { .ticket_type = type->id, .user = person->id };

  for (int i = 0; i < SAMPLE_MAX_VARIATIONS && type->spec->variations[i].name != NULL; i++)
    {
      chosen[i] = pick_choice (maker, &type->spec->variations[i]);
      choices[i] = type->choices[i][chosen[i]];
    }
  if (person->student_union >= 0 && type->spec->union_delta_ore != 0)
    modifiers[0] = type->modifiers[person->student_union];
  sample_random_id (maker, ticket->id);
  sample_random_id (maker, ticket->ownership);
  make_code (maker, code);
  ticket->type = type;
  ticket->holder = g_strdup (person->name);
  ticket->price_ore = find_price (type, person->student_union, chosen);
  new.choices = choices;
  new.modifiers = modifiers;
  new.access_code = type->access_code[0] != '\0' ? type->access_code : NULL;
  new.is_pending = is_pending;
  new.created_us = created_us;
  new.id = ticket->id;
  new.ownership = ticket->ownership;
  new.code = code;
  if (!bitket_store_add_ticket (maker->db, &new, ticket->ownership, &ticket->code, error))
    {
      sample_ticket_free (ticket);
      return NULL;
    }
  type->n_sold++;
  return ticket;
}

gboolean
sample_add_transaction (SampleMaker *maker,
                        const char *kind,
                        gint64 amount_ore,
                        gint64 created_us,
                        const char *const *ownerships,
                        GError **error)
{
  BitketRecord *transaction = bitket_record_new (&bitket_transaction_schema);
  g_autofree char *stripe_id = g_strdup_printf ("ch_sample_%06u", ++maker->n_transactions);

  bitket_record_set_text (transaction, "kind", kind);
  bitket_record_set_int64 (transaction, "amount", amount_ore);
  bitket_record_set_int64 (transaction, "created", created_us);
  bitket_record_set_text (transaction, "stripe_id", stripe_id);
  bitket_record_set_references (transaction, "ticket_ownerships", ownerships);
  return sample_insert (maker, transaction, NULL, error);
}

/* One purchase of one or two tickets of one type. The event's very last ticket is not paid for
 * yet, when its doors are open. */
static gboolean
sell_once (SampleMaker *maker, SampleEventRow *event, gint64 created_us, GError **error)
{
  g_auto (SamplePerson) person = { "" };
  SampleTypeRow *type = pick_type (maker, event);
  guint n_left = event->n_tickets - event->sold->len;
  gboolean is_pending = n_left == 1 && event == &maker->events[0];
  guint n =
      n_left > 2 && type->spec->max_personal != 1 && sample_random_below (maker, 5) == 0 ? 2 : 1;
  const char *ownerships[3] = { NULL };
  gint64 amount_ore = 0;

  if (type->max_total > 0)
    n = MIN (n, type->max_total - type->n_sold);
  if (is_pending)
    created_us = maker->now_us - 3 * BITKET_TIME_MINUTE_US;
  if (!sample_make_person (maker, &person, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      SampleTicket *ticket = add_ticket (maker, type, &person, created_us, is_pending, error);

      if (ticket == NULL)
        return FALSE;
      g_ptr_array_add (event->sold, ticket);
      ownerships[i] = ticket->ownership;
      amount_ore += ticket->price_ore;
    }
  if (is_pending || amount_ore == 0)
    return TRUE;
  return sample_add_transaction (maker, "charge", amount_ore, created_us, ownerships, error);
}

static gboolean
use_ticket (SampleMaker *maker, const SampleTicket *sold, gint64 utilized_us, GError **error)
{
  g_autoptr (BitketRecord) ticket =
      bitket_store_get (maker->db, &bitket_ticket_schema, sold->id, error);

  if (ticket == NULL)
    return FALSE;
  bitket_record_set_int64 (ticket, "utilized", utilized_us);
  bitket_record_set_text (ticket, "utilized_by_door", SAMPLE_DOOR);
  return bitket_store_update (maker->db, ticket, error) &&
         bitket_store_touch_ticket (maker->db, sold->id, error);
}

/* Those in the middle of the list have come already: the first and the last are left for showing
 * things. Nobody comes before the doors open nor later than now. */
static gboolean
let_some_in (SampleMaker *maker, SampleEventRow *event, GError **error)
{
  guint n = event->sold->len * event->spec->utilized_percent / 100;
  guint first = (event->sold->len - n) / 2;
  guint window_s = (guint) (event->spec->entry_before_us / BITKET_TIME_SECOND_US);

  for (guint i = first; i < first + n; i++)
    if (!use_ticket (maker, event->sold->pdata[i],
                     event->starts_us -
                         (1 + sample_random_below (maker, window_s)) * BITKET_TIME_SECOND_US,
                     error))
      return FALSE;
  return TRUE;
}

gboolean
sample_sell (SampleMaker *maker, SampleEventRow *event, GError **error)
{
  g_autofree gint64 *times_us = g_new (gint64, event->n_tickets);

  for (guint i = 0; i < event->n_tickets; i++)
    times_us[i] = pick_time (maker, event);
  qsort (times_us, event->n_tickets, sizeof *times_us, compare_times);
  while (event->sold->len < event->n_tickets)
    if (!sell_once (maker, event, times_us[event->sold->len], error))
      return FALSE;
  return let_some_in (maker, event, error);
}
