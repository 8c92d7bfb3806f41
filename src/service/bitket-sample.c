/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-sample"

#include "bitket-sample-private.h"

#include "bitket-records.h"
#include "bitket-secret.h"

#include <sodium.h>

#define PASSWORD_LEN 20

/* Nothing that one takes for something else on a screen. */
static const char password_letters[] = "abcdefghijkmnopqrstuvwxyz23456789";

guint
sample_random_below (SampleMaker *maker, guint end)
{
  return (guint) g_rand_int_range (maker->rand, 0, (gint32) end);
}

void
sample_random_id (SampleMaker *maker, char id[BITKET_ID_SIZE])
{
  guint32 words[4];

  for (int i = 0; i < 4; i++)
    words[i] = g_rand_int (maker->rand);
  /* Version 4, variant 1, as RFC 4122 has it. */
  g_snprintf (id, BITKET_ID_SIZE, "%08x-%04x-4%03x-%x%03x-%04x%08x", words[0], words[1] >> 16,
              words[1] & 0xfff, 8 + (words[2] >> 30), (words[2] >> 16) & 0xfff, words[2] & 0xffff,
              words[3]);
}

gboolean
sample_insert (SampleMaker *maker, BitketRecord *record, char id[BITKET_ID_SIZE], GError **error)
{
  g_autoptr (BitketRecord) owned = record;

  if (bitket_record_get_id (owned) == NULL)
    {
      char random[BITKET_ID_SIZE];

      sample_random_id (maker, random);
      bitket_record_set_text (owned, "id", random);
    }
  if (!bitket_store_insert (maker->db, owned, error))
    return FALSE;
  if (id != NULL)
    g_strlcpy (id, bitket_record_get_id (owned), BITKET_ID_SIZE);
  return TRUE;
}

static void
code_free (gpointer data)
{
  BitketSampleCode *code = data;

  g_free (code->text);
  g_free (code->ownership);
  g_free (code->name);
  g_free (code->ticket_type);
  g_free (code);
}

void
bitket_sample_free (BitketSample *sample)
{
  if (sample == NULL)
    return;
  g_clear_pointer (&sample->codes, g_ptr_array_unref);
  g_clear_pointer (&sample->events, g_ptr_array_unref);
  g_free (sample->email);
  bitket_secret_free (sample->password);
  bitket_secret_free (sample->token);
  g_free (sample);
}

static void
sample_maker_clear (SampleMaker *maker)
{
  for (int i = 0; i < SAMPLE_N_EVENTS; i++)
    g_clear_pointer (&maker->events[i].sold, g_ptr_array_unref);
  g_clear_pointer (&maker->rand, g_rand_free);
  g_clear_pointer (&maker->used, g_hash_table_unref);
  g_clear_pointer (&maker->sample, bitket_sample_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SampleMaker, sample_maker_clear)

static char *
make_password (void)
{
  char password[PASSWORD_LEN + 1] = { 0 };

  for (int i = 0; i < PASSWORD_LEN; i++)
    password[i] = password_letters[randombytes_uniform (sizeof password_letters - 1)];
  return g_strdup (password);
}

static gboolean
add_crew_member (SampleMaker *maker,
                 const char *name,
                 const char *email,
                 const char *role,
                 const char *password_hash,
                 char id[BITKET_ID_SIZE],
                 GError **error)
{
  BitketRecord *membership;
  g_autoptr (BitketRecord) user = NULL;

  if (!sample_add_user (maker, name, email, NULL, -1, password_hash, id, error))
    return FALSE;
  user = bitket_store_get (maker->db, &bitket_user_schema, id, error);
  if (user == NULL)
    return FALSE;
  bitket_record_set_boolean (user, "is_staff", TRUE);
  if (!bitket_store_update (maker->db, user, error))
    return FALSE;
  membership = bitket_record_new (&bitket_membership_schema);
  bitket_record_set_text (membership, "organization", maker->organization);
  bitket_record_set_text (membership, "email", email);
  bitket_record_set_text (membership, "role", role);
  return sample_insert (maker, membership, NULL, error);
}

static gboolean
make_crew (SampleMaker *maker, GError **error)
{
  BitketSample *sample = maker->sample;
  g_autofree char *hash = NULL;
  char id[BITKET_ID_SIZE];

  sample->email = g_strdup ("anna.arrangor@luciakommitten.example");
  sample->password = make_password ();
  hash = bitket_password_hash (sample->password);
  if (hash == NULL)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_LIBRARY,
                   "could not hash the password: not enough memory");
      return FALSE;
    }
  if (!add_crew_member (maker, "Kim Kassör", "kim.kassor@luciakommitten.example", "treasurer", "!",
                        id, error) ||
      !add_crew_member (maker, "Elliot Entré", "elliot.entre@luciakommitten.example", "crew", "!",
                        id, error) ||
      !add_crew_member (maker, "Anna Arrangör", sample->email, "organizer", hash, id, error))
    return FALSE;
  sample->token = bitket_store_ensure_token (maker->db, id, error);
  return sample->token != NULL;
}

static gboolean
check (BitketDb *db, const BitketSampleOptions *options, GError **error)
{
  g_autoptr (GPtrArray) existing = NULL;

  if (options->n_tickets < BITKET_SAMPLE_MIN_TICKETS ||
      options->n_tickets > BITKET_SAMPLE_MAX_TICKETS)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "cannot make a sample of %u tickets: %d to %d are possible", options->n_tickets,
                   BITKET_SAMPLE_MIN_TICKETS, BITKET_SAMPLE_MAX_TICKETS);
      return FALSE;
    }
  existing = bitket_store_list (db, &bitket_organization_schema, "WHERE t.slug = 'luciakommitten'",
                                NULL, error);
  if (existing == NULL)
    return FALSE;
  if (existing->len > 0)
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_EXISTS,
                 "the sample organization is there already: take a new database");
  return existing->len == 0;
}

BitketSample *
bitket_sample_make (BitketDb *db, const BitketSampleOptions *options, GError **error)
{
  g_auto (SampleMaker) maker = { .db = db };

  g_return_val_if_fail (db != NULL && options != NULL, NULL);

  if (!check (db, options, error))
    return NULL;
  maker.now_us = options->now_us;
  maker.rand = g_rand_new_with_seed (options->seed);
  maker.used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  maker.sample = g_new0 (BitketSample, 1);
  maker.sample->codes = g_ptr_array_new_with_free_func (code_free);
  if (!sample_make_catalogue (&maker, options->n_tickets, error) || !make_crew (&maker, error))
    return NULL;
  for (int i = 0; i < SAMPLE_N_EVENTS; i++)
    if (!sample_sell (&maker, &maker.events[i], error))
      return NULL;
  if (!sample_make_cases (&maker, error))
    return NULL;
  return g_steal_pointer (&maker.sample);
}
