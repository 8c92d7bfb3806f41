/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-sample.h"
#include "bitket-time.h"

typedef struct
{
  BitketSampleOptions options;
  BitketSample *sample; /* (owned) (nullable) */
} SampleJob;

static gboolean
make_sample (BitketDb *db, gpointer data, GError **error)
{
  SampleJob *job = data;

  job->sample = bitket_sample_make (db, &job->options, error);
  return job->sample != NULL;
}

static gboolean
read_options (BitketSampleOptions *options, gint64 seed, const char *now, gint n_tickets)
{
  g_autoptr (GError) error = NULL;

  options->now_us = g_get_real_time ();
  if (now != NULL && !bitket_time_parse (now, &options->now_us, &error))
    bitketd_usage_error ("--now “%s”: %s", now, error->message);
  else if (seed < 0 || seed > G_MAXUINT32)
    bitketd_usage_error ("--seed must be a number from 0 to %u", G_MAXUINT32);
  else if (n_tickets < BITKET_SAMPLE_MIN_TICKETS || n_tickets > BITKET_SAMPLE_MAX_TICKETS)
    bitketd_usage_error ("--tickets must be a number from %d to %d", BITKET_SAMPLE_MIN_TICKETS,
                         BITKET_SAMPLE_MAX_TICKETS);
  else
    {
      options->seed = (guint32) seed;
      options->n_tickets = (guint) n_tickets;
      return TRUE;
    }
  return FALSE;
}

static gboolean
write_files (const BitketSample *sample, const char *codes, const char *credentials, GError **error)
{
  return (codes == NULL || bitket_sample_write_codes (sample, codes, error)) &&
         (credentials == NULL || bitket_sample_write_credentials (sample, credentials, error));
}

static void
print_sample (const BitketSample *sample, const char *codes, const char *credentials)
{
  for (guint i = 0; i < sample->events->len; i++)
    {
      const BitketSampleEvent *event = sample->events->pdata[i];

      g_print ("event %s  %s\n", event->id, event->name);
    }
  if (codes != NULL)
    g_print ("%u pictures in %s\n", sample->codes->len, codes);
  if (credentials != NULL)
    g_print ("sign in as %s with the password in %s\n", sample->email, credentials);
  else
    g_print ("nobody can sign in until you run \"bitketd user add\"; --credentials would have"
             " kept the organizer's password\n");
}

int
bitketd_sample (int argc, char **argv)
{
  g_autofree char *database = NULL;
  g_autofree char *codes = NULL;
  g_autofree char *credentials = NULL;
  g_autofree char *now = NULL;
  gint64 seed = 1;
  gint n_tickets = 500;
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &database, "Where everything is kept", "URI" },
    { "codes", 0, 0, G_OPTION_ARG_FILENAME, &codes,
      "Write QR codes as pictures, and index.tsv on what they are", "DIRECTORY" },
    { "credentials", 0, 0, G_OPTION_ARG_FILENAME, &credentials,
      "Write how to sign in, as JSON that only you can read", "FILE" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Other people for another number (1)", "NUMBER" },
    { "now", 0, 0, G_OPTION_ARG_STRING, &now, "When the event begins, RFC 3339 (now)", "TIME" },
    { "tickets", 0, 0, G_OPTION_ARG_INT, &n_tickets, "How many in all (500)", "NUMBER" },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (BitketSample) sample = NULL;
  g_autoptr (GError) error = NULL;
  SampleJob job = { { 0 }, NULL };

  if (!bitketd_parse (argc, argv, NULL,
                      "Makes an organization with three events (open now, to come, over), discounts"
                      " and sold\ntickets to try everything on. The people are made up.",
                      entries, 0, &arguments) ||
      !read_options (&job.options, seed, now, n_tickets))
    return BITKETD_EXIT_USAGE;
  db = bitketd_open (database, BITKET_DB_OPEN_DEFAULT, &error);
  if (db == NULL || !bitketd_write (db, make_sample, &job, &error))
    {
      bitket_sample_free (job.sample);
      return bitketd_fail (error);
    }
  sample = job.sample;
  if (!write_files (sample, codes, credentials, &error))
    return bitketd_fail (error);
  print_sample (sample, codes, credentials);
  return BITKETD_EXIT_OK;
}
