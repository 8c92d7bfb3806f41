/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* The page of figures, read as strictly as the text format 0.0.4 of Prometheus allows. */

#include <string.h>

#include "bitketd-fixture.h"

#define NAME "[a-zA-Z_:][a-zA-Z0-9_:]*"
#define SAMPLE                                                                                     \
  "^(" NAME ")(\\{[a-z]+=\"[^\"\\\\]*\"(,[a-z]+=\"[^\"\\\\]*\")*\\})? (-?[0-9]+(\\.[0-9]+)?)$"

typedef struct
{
  GHashTable *types;   /* (owned) (element-type utf8 utf8) name → type */
  GHashTable *samples; /* (owned) (element-type utf8 utf8) with labels → value */
  char *current;       /* (owned) (nullable) the metric whose lines these are */
  char *helped;        /* (owned) (nullable) whose HELP came last */
} Figures;

static void
figures_clear (Figures *figures)
{
  g_hash_table_unref (figures->types);
  g_hash_table_unref (figures->samples);
  g_free (figures->current);
  g_free (figures->helped);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Figures, figures_clear)

static void
read_comment (Figures *figures, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);

  g_assert_cmpuint (g_strv_length (words), ==, 4);
  g_assert_true (g_regex_match_simple ("^" NAME "$", words[2], 0, 0));
  if (strcmp (words[1], "HELP") == 0)
    {
      g_assert_cmpstr (words[3], !=, "");
      g_free (figures->helped);
      figures->helped = g_strdup (words[2]);
      return;
    }
  g_assert_cmpstr (words[1], ==, "TYPE");
  g_assert_cmpstr (figures->helped, ==, words[2]);
  g_assert_true (g_regex_match_simple ("^(counter|gauge|histogram)$", words[3], 0, 0));
  /* A counter is named so; all lines of a metric stand together. */
  g_assert_cmpint (g_str_has_suffix (words[2], "_total"), ==, strcmp (words[3], "counter") == 0);
  g_assert_true (g_hash_table_insert (figures->types, g_strdup (words[2]), g_strdup (words[3])));
  g_free (figures->current);
  figures->current = g_strdup (words[2]);
}

static void
read_sample (Figures *figures, const char *line)
{
  g_autoptr (GRegex) regex = g_regex_new (SAMPLE, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;
  const char *type;

  if (!g_regex_match (regex, line, 0, &match))
    g_test_message ("%s", line);
  g_assert_true (g_match_info_matches (match));
  g_assert_nonnull (figures->current);
  name = g_match_info_fetch (match, 1);
  value = g_match_info_fetch (match, 4);
  type = g_hash_table_lookup (figures->types, figures->current);
  g_assert_true (g_str_has_prefix (name, figures->current));
  if (strcmp (type, "histogram") == 0)
    g_assert_true (
        g_regex_match_simple ("^_(bucket|sum|count)$", name + strlen (figures->current), 0, 0));
  else
    g_assert_cmpstr (name, ==, figures->current);
  g_assert_true (g_hash_table_insert (figures->samples,
                                      g_strndup (line, (gsize) (strrchr (line, ' ') - line)),
                                      g_steal_pointer (&value)));
}

static void
read_figures (Bitketd *bitketd, Figures *figures)
{
  g_autoptr (Answer) answer = bitketd_expect (bitketd, "GET", "/metrics", NULL, NULL, 200);
  g_auto (GStrv) lines = g_strsplit (answer->text, "\n", -1);
  guint n = g_strv_length (lines);

  g_assert_cmpstr (answer_get_header (answer, "Content-Type"), ==,
                   "text/plain; version=0.0.4; charset=utf-8");
  figures->types = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  figures->samples = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpstr (lines[n - 1], ==, "");
  for (guint i = 0; i + 1 < n; i++)
    if (lines[i][0] == '#')
      read_comment (figures, lines[i]);
    else
      read_sample (figures, lines[i]);
}

static void
check (Figures *figures, const char *sample, const char *value)
{
  g_test_message ("%s", sample);
  g_assert_cmpstr (g_hash_table_lookup (figures->samples, sample), ==, value);
}

static void
run_sql (BitketDb *db, const char *sql)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, sql, &error);

  g_assert_no_error (error);
  bitket_statement_run (statement, &error);
  g_assert_no_error (error);
}

static void
test_format (Bitketd *bitketd)
{
  g_auto (Figures) figures = { 0 };
  g_auto (Figures) later = { 0 };
  g_autoptr (BitketDb) db = bitketd_open_db (bitketd);

  read_figures (bitketd, &figures);
  check (&figures, "bitket_requests_running", "1");
  check (&figures, "bitket_streams", "0");
  check (&figures, "bitket_purchases_waiting", "0");
  check (&figures, "bitket_payments_running", "0");
  check (&figures, "bitket_mails_waiting", "0");
  check (&figures, "bitket_jobs_waiting{lane=\"fast\"}", "0");
  check (&figures, "bitket_jobs_waiting{lane=\"slow\"}", "0");
  check (&figures, "bitket_jobs_waiting{lane=\"network\"}", "0");
  check (&figures, "bitket_request_duration_seconds_bucket{le=\"+Inf\"}",
         g_hash_table_lookup (figures.samples, "bitket_request_duration_seconds_count"));
  run_sql (db, "INSERT INTO mails (id, kind, ownership, created, next_attempt, n_attempts, claim)"
               " VALUES ('" WORLD_EVENT "', 'ticket', '" WORLD_OWNERSHIP "', 1,"
               " 9000000000000000, 0, '')");
  read_figures (bitketd, &later);
  check (&later, "bitket_mails_waiting", "1");
  check (&later, "bitket_requests_total{route=\"/metrics\",status=\"200\"}", "1");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/metrics/format", test_format);
  return g_test_run ();
}
