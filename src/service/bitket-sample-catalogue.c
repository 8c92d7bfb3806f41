/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-sample"

#include "bitket-sample-private.h"

#include "bitket-records.h"
#include "bitket-time.h"

#define KRONOR(n) ((gint64) (n) *100)

const char *const sample_union_names[SAMPLE_N_UNIONS] = { "LinTek", "Consensus", "StuFF" };

static const SampleType lucia_types[] = {
  { "Fest",
    "Insläpp till festen efter sittningen.",
    KRONOR (120),
    KRONOR (-20),
    2,
    0,
    50,
    FALSE,
    1,
    { { NULL } } },
  { "Sittning och fest",
    "Trerätters med luciatåg. **Festen ingår.**",
    KRONOR (350),
    KRONOR (-50),
    1,
    40,
    35,
    FALSE,
    0,
    { { "Dryck",
        { { "Öl", 0 }, { "Vin", KRONOR (15) }, { "Cider", 0 }, { "Alkoholfritt", KRONOR (-50) } } },
      { "Mat",
        { { "Kött", 0 },
          { "Fisk", 0 },
          { "Vegetariskt", 0 },
          { "Veganskt", 0 },
          { "Julbord de luxe", 7550 } } } } },
  { "Förköp för funktionärer",
    "Tack för hjälpen!",
    KRONOR (90),
    0,
    1,
    10,
    10,
    TRUE,
    -1,
    { { NULL } } },
  { "Gästlista", "Inbjudna gäster.", 0, 0, 0, 0, 5, TRUE, -1, { { NULL } } },
};

static const SampleType sof_types[] = {
  { "Helhelg",
    "Torsdag till lördag.",
    KRONOR (695),
    KRONOR (-75),
    1,
    0,
    50,
    FALSE,
    1,
    { { "Armband", { { "Tyg", 0 }, { "Band med tryck", KRONOR (20) } } } } },
  { "Fredag", "En dag.", KRONOR (295), KRONOR (-25), 2, 0, 25, FALSE, 0, { { NULL } } },
  { "Lördag",
    "En dag, med kårtåget.",
    KRONOR (325),
    KRONOR (-25),
    2,
    0,
    25,
    FALSE,
    -1,
    { { NULL } } },
};

static const SampleType kravall_types[] = {
  { "Entré", "", KRONOR (80), KRONOR (-10), 4, 0, 100, FALSE, -1, { { NULL } } },
};

const SampleEventSpec sample_event_specs[SAMPLE_N_EVENTS] = {
  { "luciafesten", "Luciafesten", 0,
    "**Luciafesten** är höstens sista och ljusaste fest.\n\n* Sittning 18:00\n* Festen 22:00",
    "Kårallen", 0, 8 * BITKET_TIME_HOUR_US, BITKET_TIME_HOUR_US, 30 * BITKET_TIME_DAY_US, 70, 4,
    lucia_types, G_N_ELEMENTS (lucia_types) },
  { "sof", "SOF", 1, "Studentorkesterfestivalen är tillbaka.", "Campus Valla",
    180 * BITKET_TIME_DAY_US, 3 * BITKET_TIME_DAY_US, 4 * BITKET_TIME_HOUR_US,
    14 * BITKET_TIME_DAY_US, 20, 0, sof_types, G_N_ELEMENTS (sof_types) },
  { "kravall", "Kravall", -1, "", "Cyrankåren", -370 * BITKET_TIME_DAY_US, 6 * BITKET_TIME_HOUR_US,
    BITKET_TIME_HOUR_US, 30 * BITKET_TIME_DAY_US, 10, 82, kravall_types,
    G_N_ELEMENTS (kravall_types) },
};

static gboolean
make_organization (SampleMaker *maker, GError **error)
{
  BitketRecord *organization = bitket_record_new (&bitket_organization_schema);

  bitket_record_set_text (organization, "name", "Linköpings Luciakommitté");
  bitket_record_set_text (organization, "organization_number", "822003-1234");
  bitket_record_set_text (organization, "address", "Kårallen\n581 83 Linköping");
  bitket_record_set_text (organization, "email", "info@luciakommitten.example");
  bitket_record_set_text (organization, "slug", "luciakommitten");
  return sample_insert (maker, organization, maker->organization, error);
}

static gboolean
make_unions (SampleMaker *maker, GError **error)
{
  for (int i = 0; i < SAMPLE_N_UNIONS; i++)
    {
      const char *name[] = { sample_union_names[i], NULL };
      g_autoptr (GPtrArray) found = bitket_store_list (maker->db, &bitket_student_union_schema,
                                                       "WHERE t.name = $1", name, error);
      BitketRecord *condition;

      if (found == NULL)
        return FALSE;
      if (found->len > 0)
        g_strlcpy (maker->unions[i], bitket_record_get_id (found->pdata[0]), BITKET_ID_SIZE);
      else
        {
          BitketRecord *student_union = bitket_record_new (&bitket_student_union_schema);

          bitket_record_set_text (student_union, "name", sample_union_names[i]);
          if (!sample_insert (maker, student_union, maker->unions[i], error))
            return FALSE;
        }
      condition = bitket_record_new (&bitket_condition_schema);
      bitket_record_set_text (condition, "organization", maker->organization);
      bitket_record_set_text (condition, "type", "student_union_member");
      bitket_record_set_text (condition, "student_union", maker->unions[i]);
      if (!sample_insert (maker, condition, maker->conditions[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_discounts (SampleMaker *maker, SampleTypeRow *type, GError **error)
{
  for (int i = 0; type->spec->union_delta_ore != 0 && i < SAMPLE_N_UNIONS; i++)
    {
      BitketRecord *modifier = bitket_record_new (&bitket_modifier_schema);

      bitket_record_set_text (modifier, "condition", maker->conditions[i]);
      bitket_record_set_text (modifier, "ticket_type", type->id);
      bitket_record_set_int64 (modifier, "delta", type->spec->union_delta_ore);
      if (!sample_insert (maker, modifier, type->modifiers[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_variation (SampleMaker *maker, SampleTypeRow *type, int index, GError **error)
{
  const SampleVariation *spec = &type->spec->variations[index];
  BitketRecord *variation = bitket_record_new (&bitket_variation_schema);
  char id[BITKET_ID_SIZE];

  bitket_record_set_text (variation, "ticket_type", type->id);
  bitket_record_set_text (variation, "name", spec->name);
  bitket_record_set_int64 (variation, "index", index + 1);
  if (!sample_insert (maker, variation, id, error))
    return FALSE;
  for (int i = 0; i < SAMPLE_MAX_CHOICES && spec->choices[i].name != NULL; i++)
    {
      BitketRecord *choice = bitket_record_new (&bitket_variation_choice_schema);

      bitket_record_set_text (choice, "variation", id);
      bitket_record_set_text (choice, "name", spec->choices[i].name);
      bitket_record_set_int64 (choice, "delta", spec->choices[i].delta_ore);
      bitket_record_set_int64 (choice, "index", i + 1);
      if (!sample_insert (maker, choice, type->choices[index][i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
make_access_code (SampleMaker *maker, SampleTypeRow *type, guint quantity, GError **error)
{
  BitketRecord *code = bitket_record_new (&bitket_access_code_schema);

  bitket_record_set_text (code, "ticket_type", type->id);
  bitket_record_set_int64 (code, "quantity", quantity);
  bitket_record_set_text (code, "label", type->spec->name);
  return sample_insert (maker, code, type->access_code, error);
}

static gboolean
make_type (SampleMaker *maker, SampleEventRow *event, guint index, GError **error)
{
  SampleTypeRow *row = &event->types[index];
  const SampleType *spec = &event->spec->types[index];
  BitketRecord *type = bitket_record_new (&bitket_ticket_type_schema);

  row->spec = spec;
  row->max_total = (event->n_tickets * spec->max_total_percent + 99) / 100;
  bitket_record_set_text (type, "event", event->event->id);
  bitket_record_set_text (type, "name", spec->name);
  bitket_record_set_text (type, "description", spec->description);
  bitket_record_set_int64 (type, "price", spec->price_ore);
  bitket_record_set_int64 (type, "index", index + 1);
  bitket_record_set_boolean (type, "is_published", TRUE);
  bitket_record_set_boolean (type, "is_generally_available", !spec->is_link_only);
  if (spec->max_personal > 0)
    bitket_record_set_int64 (type, "max_personal_quantity", spec->max_personal);
  if (row->max_total > 0)
    bitket_record_set_int64 (type, "max_total_quantity", row->max_total);
  if (!sample_insert (maker, type, row->id, error) || !make_discounts (maker, row, error))
    return FALSE;
  for (int i = 0; i < SAMPLE_MAX_VARIATIONS && spec->variations[i].name != NULL; i++)
    if (!make_variation (maker, row, i, error))
      return FALSE;
  return !spec->is_link_only ||
         make_access_code (maker, row, MIN (MAX (event->n_tickets, 1), 1000), error);
}

/* Both types name each other, as the original keeps it. */
static gboolean
make_conflicts (SampleMaker *maker, SampleEventRow *event, GError **error)
{
  for (guint i = 0; i < event->spec->n_types; i++)
    {
      int other = event->spec->types[i].conflicts_with;
      g_autoptr (BitketRecord) type = NULL;

      if (other < 0)
        continue;
      type = bitket_store_get (maker->db, &bitket_ticket_type_schema, event->types[i].id, error);
      if (type == NULL)
        return FALSE;
      bitket_record_set_references (type, "conflicts_with",
                                    (const char *[]) { event->types[other].id, NULL });
      if (!bitket_store_update (maker->db, type, error))
        return FALSE;
    }
  return TRUE;
}

static void
sample_event_free (gpointer data)
{
  BitketSampleEvent *event = data;

  g_free (event->slug);
  g_free (event->name);
  g_free (event);
}

static gboolean
make_event (SampleMaker *maker, int index, guint n_tickets, GError **error)
{
  SampleEventRow *row = &maker->events[index];
  const SampleEventSpec *spec = &sample_event_specs[index];
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (maker->now_us / BITKET_TIME_SECOND_US);
  int year = g_date_time_get_year (now) + spec->year_offset;
  BitketRecord *event = bitket_record_new (&bitket_event_schema);

  row->spec = spec;
  row->n_tickets = n_tickets;
  row->starts_us = maker->now_us + spec->starts_offset_us;
  row->sold = g_ptr_array_new_with_free_func (sample_ticket_free);
  row->event = g_new0 (BitketSampleEvent, 1);
  row->event->slug = g_strdup_printf ("%s-%d", spec->slug, year);
  row->event->name = g_strdup_printf ("%s %d", spec->name, year);
  g_ptr_array_add (maker->sample->events, row->event);

  bitket_record_set_text (event, "slug", row->event->slug);
  bitket_record_set_text (event, "name", row->event->name);
  bitket_record_set_text (event, "description", spec->description);
  bitket_record_set_text (event, "organization", maker->organization);
  bitket_record_set_boolean (event, "published", TRUE);
  bitket_record_set_text (event, "venue", spec->venue);
  bitket_record_set_int64 (event, "starts", row->starts_us);
  bitket_record_set_int64 (event, "ends", row->starts_us + spec->length_us);
  bitket_record_set_int64 (event, "entry_opens", row->starts_us - spec->entry_before_us);
  if (!sample_insert (maker, event, row->event->id, error))
    return FALSE;
  for (guint i = 0; i < spec->n_types; i++)
    if (!make_type (maker, row, i, error))
      return FALSE;
  return make_conflicts (maker, row, error);
}

gboolean
sample_make_catalogue (SampleMaker *maker, guint n_tickets, GError **error)
{
  guint n_later = 0;

  maker->sample->events = g_ptr_array_new_with_free_func (sample_event_free);
  if (!make_organization (maker, error) || !make_unions (maker, error))
    return FALSE;
  for (int i = 1; i < SAMPLE_N_EVENTS; i++)
    n_later += n_tickets * sample_event_specs[i].share_percent / 100;
  for (int i = 0; i < SAMPLE_N_EVENTS; i++)
    if (!make_event (maker, i,
                     i == 0 ? n_tickets - n_later
                            : n_tickets * sample_event_specs[i].share_percent / 100,
                     error))
      return FALSE;
  return TRUE;
}
