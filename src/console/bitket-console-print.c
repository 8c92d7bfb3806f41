/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-console"

#include "bitket-console-print.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "bitket-client-error.h"
#include "bitket-json-reader.h"
#include "bitket-time.h"

#define COLOR_GREEN "\033[1;32m"
#define COLOR_RED   "\033[1;31m"
#define COLOR_AMBER "\033[1;33m"
#define COLOR_NONE  "\033[0m"

static char *
format_local (gint64 time_us, const char *format)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_TIME_SPAN_SECOND);
  g_autoptr (GDateTime) local = utc == NULL ? NULL : g_date_time_to_local (utc);

  return local == NULL ? g_strdup ("?") : g_date_time_format (local, format);
}

static char *
format_already (const BitketOutcomeFacts *facts)
{
  g_autofree char *time = NULL;

  if (facts->utilized_us == 0)
    return g_strdup (_ ("Already let in."));
  time = format_local (facts->utilized_us, "%H:%M:%S");
  if (facts->door == NULL)
    /* Translators: %s is a time of day. */
    return g_strdup_printf (_ ("Already let in at %s."), time);
  /* Translators: a time of day, and the name of a door. */
  return g_strdup_printf (_ ("Already let in at %s, at %s."), time, facts->door);
}

static char *
format_moment (const char *format, gint64 time_us)
{
  g_autofree char *time = format_local (time_us, "%F %H:%M");
  g_autoptr (GString) text = g_string_new (format);

  g_string_replace (text, "%s", time, 1);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* The sentences that say nothing of the ticket itself. */
static const char *
get_sentence (BitketReason reason)
{
  switch (reason)
    {
    case BITKET_REASON_VALID:
      return _ ("Valid ticket.");
    case BITKET_REASON_SAME_SCAN:
      return _ ("The same code again.");
    case BITKET_REASON_SIGNATURE_ONLY:
      return _ ("Not in the list yet, but rightly signed: let in.");
    case BITKET_REASON_CHOOSE_TICKET:
      return _ ("Several tickets may enter: choose one.");
    case BITKET_REASON_SUPERSEDED:
      return _ ("This ticket was passed on to somebody else.");
    case BITKET_REASON_CODE_REPLACED:
      return _ ("An older code of this ticket: ask for the new one.");
    case BITKET_REASON_REFUNDED:
      return _ ("This ticket was refunded.");
    case BITKET_REASON_PENDING:
      return _ ("This ticket is not paid yet.");
    case BITKET_REASON_BAD_SIGNATURE:
      return _ ("Forged: the signature is wrong.");
    case BITKET_REASON_UNKNOWN_TICKET:
      return _ ("Nobody knows this ticket.");
    case BITKET_REASON_CARD_UNKNOWN:
      return _ ("Nobody has this card: search by name or LiU ID.");
    case BITKET_REASON_CARD_RANDOM:
      return _ ("A phone or passport cannot be recognized: use the card.");
    case BITKET_REASON_NO_TICKET:
      return _ ("This person has no ticket for this event.");
    case BITKET_REASON_UNREADABLE:
      return _ ("Not a ticket.");
    case BITKET_REASON_FAULT:
      return _ ("The door could not write: get help.");
    case BITKET_REASON_NONE:
    case BITKET_REASON_ALREADY_ADMITTED:
    case BITKET_REASON_NOT_YET:
    case BITKET_REASON_OVER:
    case BITKET_REASON_WRONG_EVENT:
      break;
    }
  return "";
}

char *
bitket_console_format_reason (const BitketOutcomeFacts *facts)
{
  if (facts->reason == BITKET_REASON_ALREADY_ADMITTED)
    return format_already (facts);
  if (facts->reason == BITKET_REASON_NOT_YET)
    /* Translators: %s is a date and time. */
    return format_moment (_ ("The doors open at %s."), facts->entry_opens_us);
  if (facts->reason == BITKET_REASON_OVER)
    /* Translators: %s is a date and time. */
    return format_moment (_ ("The event ended at %s."), facts->ends_us);
  if (facts->reason == BITKET_REASON_WRONG_EVENT && facts->event_name != NULL)
    /* Translators: %s is an event's name. */
    return g_strdup_printf (_ ("A ticket for another event: %s."), facts->event_name);
  if (facts->reason == BITKET_REASON_WRONG_EVENT)
    return g_strdup (_ ("A ticket for another event."));
  return g_strdup (get_sentence (facts->reason));
}

typedef struct
{
  const char *sign;
  const char *word;
  const char *color;
} Look;

static Look
get_look (BitketVerdict verdict)
{
  switch (verdict)
    {
    case BITKET_VERDICT_ADMIT:
      return (Look) { "✓", _ ("ADMIT"), COLOR_GREEN };
    case BITKET_VERDICT_REFUSE:
      return (Look) { "✗", _ ("REFUSE"), COLOR_RED };
    case BITKET_VERDICT_ATTENTION:
      return (Look) { "!", _ ("ATTENTION"), COLOR_AMBER };
    case BITKET_VERDICT_NONE:
      break;
    }
  return (Look) { " ", "", "" };
}

static void
append_padded (GString *line, const char *text, glong width)
{
  g_string_append (line, text);
  for (glong n = g_utf8_strlen (text, -1); n < width; n++)
    g_string_append_c (line, ' ');
}

static void
append_part (GString *line, const char *text)
{
  if (text != NULL && *text != '\0')
    g_string_append_printf (line, " · %s", text);
}

char *
bitket_console_format_outcome (BitketOutcome *outcome, BitketPrintStyle style)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);
  Look look = get_look (facts->verdict);
  g_autofree char *sentence = bitket_console_format_reason (facts);
  GString *line = g_string_new (style == BITKET_PRINT_COLOR ? look.color : "");

  g_string_append_printf (line, "%s ", look.sign);
  append_padded (line, look.word, 10);
  if (style == BITKET_PRINT_COLOR)
    g_string_append (line, COLOR_NONE);
  append_padded (line, sentence, 46);
  append_part (line, facts->name);
  append_part (line, facts->ticket_type);
  for (guint i = 0; facts->choices != NULL && facts->choices[i] != NULL; i++)
    append_part (line, facts->choices[i]);
  append_part (line, facts->detail);
  g_string_append_printf (line, " (%s, %.1f ms)", bitket_authority_to_string (facts->authority),
                          facts->elapsed_ms);
  return g_string_free (line, FALSE);
}

char *
bitket_console_format_hit (const BitketDoorHit *hit)
{
  GString *line = g_string_new (hit->ownership);
  g_autofree char *time = NULL;

  append_part (line, hit->name);
  append_part (line, hit->email);
  append_part (line, hit->ticket_type);
  for (guint i = 0; hit->choices != NULL && hit->choices[i] != NULL; i++)
    append_part (line, hit->choices[i]);
  append_part (line, bitket_ticket_state_to_string (hit->state));
  if (hit->utilized_us != 0)
    time = format_local (hit->utilized_us, "%H:%M:%S");
  append_part (line, time);
  append_part (line, hit->utilized_by_door);
  return g_string_free (line, FALSE);
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text == NULL)
    json_object_set_null_member (object, member);
  else
    json_object_set_string_member (object, member, text);
}

JsonNode *
bitket_console_hit_to_json (const BitketDoorHit *hit)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonArray *choices = json_array_new ();
  g_autofree char *utilized = hit->utilized_us == 0 ? NULL : bitket_time_format (hit->utilized_us);

  json_node_take_object (node, object);
  set_text (object, "ownership", hit->ownership);
  set_text (object, "name", hit->name);
  set_text (object, "email", hit->email);
  set_text (object, "ticket_type", hit->ticket_type);
  for (guint i = 0; hit->choices != NULL && hit->choices[i] != NULL; i++)
    json_array_add_string_element (choices, hit->choices[i]);
  json_object_set_array_member (object, "choices", choices);
  set_text (object, "state", bitket_ticket_state_to_string (hit->state));
  set_text (object, "utilized", utilized);
  set_text (object, "door", hit->utilized_by_door);
  return node;
}

void
bitket_console_print_line (const char *line)
{
  fputs (line, stdout);
  fputc ('\n', stdout);
  fflush (stdout);
}

void
bitket_console_print_outcome (BitketConsole *console, BitketOutcome *outcome)
{
  g_autofree char *line =
      console->options.format == BITKET_FORMAT_JSON
          ? bitket_outcome_to_json_line (outcome)
          : bitket_console_format_outcome (outcome, isatty (STDOUT_FILENO) ? BITKET_PRINT_COLOR
                                                                           : BITKET_PRINT_PLAIN);

  bitket_console_print_line (line);
}

void
bitket_console_print_conflict (BitketConsole *console, BitketOutcome *outcome)
{
  const BitketOutcomeFacts *facts = bitket_outcome_get_facts (outcome);
  g_autofree char *inner = NULL;
  g_autofree char *line = NULL;

  if (console->options.format == BITKET_FORMAT_JSON)
    {
      inner = bitket_outcome_to_json_line (outcome);
      line = g_strdup_printf ("{\"conflict\":%s}", inner);
    }
  else
    {
      inner = format_local (facts->utilized_us, "%H:%M:%S");
      line = g_strdup_printf (
          /* Translators: a person's name, a door's name, a time of day. */
          _ ("! Two doors let the same ticket in: %s was let in at %s at %s already."),
          facts->name == NULL ? _ ("somebody") : facts->name,
          facts->door == NULL ? _ ("another door") : facts->door, inner);
    }
  bitket_console_print_line (line);
}

static void
print_hits_json (const char *query, GPtrArray *hits)
{
  JsonObject *object = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonArray *array = json_array_new ();
  g_autofree char *line = NULL;

  json_node_take_object (node, object);
  json_object_set_string_member (object, "search", query);
  for (guint i = 0; i < hits->len; i++)
    json_array_add_element (array, bitket_console_hit_to_json (g_ptr_array_index (hits, i)));
  json_object_set_array_member (object, "hits", array);
  line = bitket_json_to_string (node);
  bitket_console_print_line (line);
}

void
bitket_console_print_hits (BitketConsole *console, const char *query, GPtrArray *hits)
{
  if (console->options.format == BITKET_FORMAT_JSON)
    {
      print_hits_json (query, hits);
      return;
    }
  for (guint i = 0; i < hits->len; i++)
    {
      g_autofree char *line = bitket_console_format_hit (g_ptr_array_index (hits, i));

      bitket_console_print_line (line);
    }
  if (hits->len == 0)
    bitket_console_print_line (_ ("Nobody found."));
}

void
bitket_console_print_warning (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  fputs ("bitket-door: ", stderr);
  vfprintf (stderr, format, arguments);
  fputc ('\n', stderr);
  va_end (arguments);
}

static const char *
explain_door_error (BitketDoorError code)
{
  switch (code)
    {
    case BITKET_DOOR_ERROR_NOT_PAIRED:
      return _ ("This machine is not a door yet: run “bitket-door pair”, or give a token.");
    case BITKET_DOOR_ERROR_KEY:
      return _ ("The key of this door's cache is missing or wrong.");
    case BITKET_DOOR_ERROR_KEYRING:
      return _ ("The keyring cannot be used: unlock it, or give --key-file.");
    case BITKET_DOOR_ERROR_STORE:
      return _ ("The cache cannot be used.");
    case BITKET_DOOR_ERROR_VERSION:
      return _ ("The cache was made by a newer version of this program.");
    case BITKET_DOOR_ERROR_BUSY:
      return _ ("Another program has this door open.");
    case BITKET_DOOR_ERROR_EVENT:
      return _ ("That event cannot be opened here.");
    case BITKET_DOOR_ERROR_NOTHING:
      return _ ("There is nothing to take back.");
    case BITKET_DOOR_ERROR_NOT_FOUND:
      return _ ("There is no such ticket.");
    case BITKET_DOOR_ERROR_CLOCK:
      return _ ("The clock of this machine is wrong.");
    case BITKET_DOOR_ERROR_REVOKED:
      return _ ("This door was revoked: ask the organizer for a new pairing code.");
    case BITKET_DOOR_ERROR_NONE:
    case BITKET_DOOR_ERROR_FAILED:
      break;
    }
  return _ ("Something went wrong.");
}

char *
bitket_console_explain (const GError *error)
{
  const char *sentence = _ ("Something went wrong.");

  if (error->domain == BITKET_DOOR_ERROR)
    sentence = explain_door_error ((BitketDoorError) error->code);
  else if (bitket_client_error_is_offline (error))
    sentence = _ ("The service cannot be reached.");
  else if (error->domain == BITKET_CLIENT_ERROR)
    sentence = _ ("The service refused.");
  /* Translators: a sentence, and the technical details of it. */
  return g_strdup_printf (_ ("%s (%s)"), sentence, error->message);
}
