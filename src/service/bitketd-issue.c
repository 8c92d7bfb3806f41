/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-records.h"
#include "bitket-text.h"

#include <gio/gio.h>
#include <string.h>

/* A ticket by hand: the guest list, the band, a mistake made good. */

typedef struct
{
  char *database; /* (owned) (nullable) likewise below */
  char *event;
  char *ticket_type;
  char *name;
  char *email;
  char **choices;
  char *codes;
  char ownership[BITKET_ID_SIZE];
  BitketTicketCode code;
} IssueJob;

static void
issue_job_clear (IssueJob *job)
{
  g_free (job->database);
  g_free (job->event);
  g_free (job->ticket_type);
  g_free (job->name);
  g_free (job->email);
  g_strfreev (job->choices);
  g_free (job->codes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IssueJob, issue_job_clear)

/* The one record that @tail finds. */
static BitketRecord *
find_one (BitketDb *db,
          const BitketSchema *schema,
          const char *tail,
          const char *const *parameters,
          const char *what,
          const char *asked_for,
          GError **error)
{
  g_autoptr (GPtrArray) found = bitket_store_list (db, schema, tail, parameters, error);

  if (found == NULL)
    return NULL;
  if (found->len == 1)
    return g_object_ref (found->pdata[0]);
  g_set_error (error, BITKET_STORE_ERROR,
               found->len == 0 ? BITKET_STORE_ERROR_NOT_FOUND : BITKET_STORE_ERROR_INPUT,
               found->len == 0 ? "there is no %s “%s”" : "there is more than one %s “%s”", what,
               asked_for);
  return NULL;
}

static char *
ensure_user (BitketDb *db, const IssueJob *job, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  char *user = bitket_store_find_user (db, job->email, &local_error);

  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }
  return user != NULL ? user : bitket_store_add_user (db, job->email, job->name, NULL, error);
}

/* The choice of @variation that was named, or NULL with @error. */
static char *
pick_choice (BitketDb *db, BitketRecord *variation, const IssueJob *job, GError **error)
{
  g_autoptr (GPtrArray) choices = bitket_store_list (
      db, &bitket_variation_choice_schema, "WHERE t.variation = $1 ORDER BY t.\"index\", t.name",
      (const char *[]) { bitket_record_get_id (variation), NULL }, error);
  g_autoptr (GString) names = g_string_new (NULL);

  if (choices == NULL)
    return NULL;
  for (guint i = 0; i < choices->len; i++)
    {
      const char *name = bitket_record_get_text (choices->pdata[i], "name");

      if (job->choices != NULL && g_strv_contains ((const char *const *) job->choices, name))
        return g_strdup (bitket_record_get_id (choices->pdata[i]));
      g_string_append_printf (names, "%s“%s”", i > 0 ? ", " : "", name);
    }
  g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
               "choose a “%s” with --choice: %s", bitket_record_get_text (variation, "name"),
               names->str);
  return NULL;
}

/* One choice for each variation of the type, in the type's order. */
static char **
pick_choices (BitketDb *db, BitketRecord *type, const IssueJob *job, GError **error)
{
  g_autoptr (GPtrArray) variations = bitket_store_list (
      db, &bitket_variation_schema, "WHERE t.ticket_type = $1 ORDER BY t.\"index\", t.name",
      (const char *[]) { bitket_record_get_id (type), NULL }, error);
  g_autoptr (GPtrArray) ids = g_ptr_array_new_null_terminated (4, g_free, TRUE);
  guint n_given = job->choices != NULL ? g_strv_length (job->choices) : 0;

  if (variations == NULL)
    return NULL;
  for (guint i = 0; i < variations->len; i++)
    {
      char *choice = pick_choice (db, variations->pdata[i], job, error);

      if (choice == NULL)
        return NULL;
      g_ptr_array_add (ids, choice);
    }
  if (n_given != variations->len)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT,
                   "“%s” has %u things to choose, not %u", bitket_record_get_text (type, "name"),
                   variations->len, n_given);
      return NULL;
    }
  return g_strdupv ((char **) ids->pdata);
}

static gboolean
issue_ticket (BitketDb *db, gpointer data, GError **error)
{
  IssueJob *job = data;
  g_autoptr (BitketRecord) event =
      find_one (db, &bitket_event_schema, "WHERE t.slug = $1",
                (const char *[]) { job->event, NULL }, "event", job->event, error);
  g_autoptr (BitketRecord) type = NULL;
  g_autofree char *user = NULL;
  g_auto (GStrv) choices = NULL;
  BitketNewTicket ticket = { .created_us = g_get_real_time () };

  if (event == NULL)
    return FALSE;
  type = find_one (db, &bitket_ticket_type_schema, "WHERE t.event = $1 AND t.name = $2",
                   (const char *[]) { bitket_record_get_id (event), job->ticket_type, NULL },
                   "ticket type", job->ticket_type, error);
  if (type == NULL)
    return FALSE;
  choices = pick_choices (db, type, job, error);
  if (choices == NULL)
    return FALSE;
  user = ensure_user (db, job, error);
  if (user == NULL)
    return FALSE;
  ticket.ticket_type = bitket_record_get_id (type);
  ticket.user = user;
  ticket.choices = (const char *const *) choices;
  return bitket_store_add_ticket (db, &ticket, job->ownership, &job->code, error);
}

static gboolean
write_picture (const IssueJob *job, const char *text, GError **error)
{
  g_autofree char *folded = bitket_text_fold (job->name);
  g_autofree char *file = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GFile) folder = g_file_new_for_commandline_arg (job->codes);
  g_autoptr (GBytes) png = bitket_qr_png (text, BITKET_QR_SIGNED, error);
  g_autoptr (GError) local_error = NULL;

  if (png == NULL)
    return FALSE;
  if (!g_file_make_directory_with_parents (folder, NULL, &local_error) &&
      !g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "could not make the directory “%s”: ", job->codes);
      return FALSE;
    }
  g_strcanon (folded, "abcdefghijklmnopqrstuvwxyz0123456789", '-');
  file = g_strdup_printf ("%s-%.8s.png", folded, job->ownership);
  path = g_build_filename (job->codes, file, NULL);
  if (!g_file_set_contents (path, g_bytes_get_data (png, NULL), (gssize) g_bytes_get_size (png),
                            error))
    return FALSE;
  g_print ("picture %s\n", path);
  return TRUE;
}

static int
issue (IssueJob *job)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketDb) db = bitketd_open (job->database, BITKET_DB_OPEN_EXISTING, &error);
  g_autofree char *text = NULL;

  if (db == NULL || !bitketd_write (db, issue_ticket, job, &error))
    return bitketd_fail (error);
  text = bitket_ticket_code_format (&job->code);
  g_print ("ownership %s\n", job->ownership);
  if (job->codes == NULL)
    g_print ("code %s\n", text);
  else if (!write_picture (job, text, &error))
    return bitketd_fail (error);
  return BITKETD_EXIT_OK;
}

int
bitketd_issue (int argc, char **argv)
{
  g_auto (IssueJob) job = { NULL };
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &job.database, "Where everything is kept", "URI" },
    { "event", 0, 0, G_OPTION_ARG_STRING, &job.event, "The event, by its short name", "SLUG" },
    { "ticket-type", 0, 0, G_OPTION_ARG_STRING, &job.ticket_type, "What kind of ticket", "NAME" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &job.name, "Whose it is", "NAME" },
    { "email", 0, 0, G_OPTION_ARG_STRING, &job.email, "Their address", "EMAIL" },
    { "choice", 0, 0, G_OPTION_ARG_STRING_ARRAY, &job.choices,
      "One for each thing that the ticket lets one choose", "NAME" },
    { "codes", 0, 0, G_OPTION_ARG_FILENAME, &job.codes, "Write the QR code as a picture",
      "DIRECTORY" },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;

  if (!bitketd_parse (argc, argv, NULL,
                      "Makes a ticket that nobody pays for: for the guest list, or to make a"
                      " mistake good.",
                      entries, 0, &arguments))
    return BITKETD_EXIT_USAGE;
  if (job.event == NULL || job.ticket_type == NULL || job.name == NULL || job.email == NULL)
    return bitketd_usage_error ("--event, --ticket-type, --name and --email are needed");
  return issue (&job);
}
