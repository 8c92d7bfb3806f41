/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-ticket-mail.h"

#include <gmime/gmime.h>
#include <string.h>

#include "bitket-store.h"

/* GMime has none of its own. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GMimeDataWrapper, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GMimeMessage, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GMimeMultipart, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GMimeObject, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GMimeStream, g_object_unref)

#define TIME_ZONE   "Europe/Stockholm"
#define QR_NAME     "qr.png"
#define MAX_SUBJECT 900 /* characters: a header must stay below what servers refuse */

void
bitket_ticket_mail_clear (BitketTicketMail *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->from, g_free);
  g_clear_pointer (&self->public_url, g_free);
  g_clear_pointer (&self->organization_name, g_free);
  g_clear_pointer (&self->organization_email, g_free);
  g_clear_pointer (&self->event_name, g_free);
  g_clear_pointer (&self->venue, g_free);
  g_clear_pointer (&self->ticket_type_name, g_free);
  g_clear_pointer (&self->choices, g_free);
  g_clear_pointer (&self->holder_name, g_free);
  g_clear_pointer (&self->holder_email, g_free);
}

static const char facts_sql[] =
    "SELECT g.name, g.email, e.name, e.venue, e.starts, y.name, u.name, u.email,"
    " o.superseded, t.refunded, t.pending, t.id"
    " FROM ticket_ownerships o JOIN tickets t ON t.id = o.ticket"
    " JOIN ticket_types y ON y.id = t.ticket_type JOIN events e ON e.id = y.event"
    " JOIN organizations g ON g.id = e.organization JOIN users u ON u.id = o.\"user\""
    " WHERE o.id = $1";
static const char choices_sql[] =
    "SELECT c.name FROM tickets_variation_choices k JOIN variation_choices c ON c.id = k.target"
    " JOIN variations v ON v.id = c.variation WHERE k.ticket = $1"
    " ORDER BY v.\"index\", v.id";

static char *
dup_column (BitketStatement *row, int column)
{
  return g_strdup (bitket_statement_get_text (row, column));
}

static gboolean
load_choices (BitketTicketMail *self, BitketDb *db, const char *ticket, GError **error)
{
  g_autoptr (BitketStatement) statement = bitket_db_prepare (db, choices_sql, error);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) local_error = NULL;

  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ticket);
  while (bitket_statement_step (statement, &local_error))
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "",
                            bitket_statement_get_text (statement, 0));
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  self->choices = g_strdup (text->str);
  return TRUE;
}

static void
read_facts (BitketTicketMail *self, BitketStatement *row)
{
  self->organization_name = dup_column (row, 0);
  self->organization_email = dup_column (row, 1);
  self->event_name = dup_column (row, 2);
  self->venue = dup_column (row, 3);
  self->starts_us = bitket_statement_get_int64 (row, 4);
  self->ticket_type_name = dup_column (row, 5);
  self->holder_name = dup_column (row, 6);
  self->holder_email = dup_column (row, 7);
}

gboolean
bitket_ticket_mail_load (BitketTicketMail *self,
                         BitketDb *db,
                         const char *ownership,
                         gboolean *is_wanted,
                         GError **error)
{
  g_autoptr (BitketStatement) statement = NULL;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *ticket = NULL;

  g_return_val_if_fail (self != NULL && db != NULL && ownership != NULL, FALSE);
  g_return_val_if_fail (is_wanted != NULL, FALSE);

  statement = bitket_db_prepare (db, facts_sql, error);
  if (statement == NULL)
    return FALSE;
  bitket_statement_bind_text (statement, 1, ownership);
  *is_wanted = bitket_statement_step (statement, &local_error) &&
               bitket_statement_is_null (statement, 8) && bitket_statement_is_null (statement, 9) &&
               bitket_statement_get_int64 (statement, 10) == 0;
  if (local_error != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&local_error),
                                  "could not read ticket ownership “%s”: ", ownership);
      return FALSE;
    }
  if (!*is_wanted)
    return TRUE;
  read_facts (self, statement);
  ticket = dup_column (statement, 11);
  return load_choices (self, db, ticket, error) &&
         bitket_store_ticket_code (db, ownership, &self->code, error);
}

/* What stands in a header is one line: who names an event "x\r\nBcc: …" gets blanks. Returns:
 * (transfer full) */
static char *
make_line (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *line = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029)
        c = ' ';
      g_string_append_unichar (line, c);
    }
  return g_strstrip (g_string_free (line, FALSE));
}

static char *
make_subject (const BitketTicketMail *self)
{
  g_autofree char *names = g_strdup_printf ("%s: %s", self->event_name, self->ticket_type_name);
  g_autofree char *line = make_line (names);
  g_autofree char *shortened = g_utf8_strlen (line, -1) > MAX_SUBJECT
                                   ? g_utf8_substring (line, 0, MAX_SUBJECT)
                                   : g_strdup (line);

  return g_strdup_printf ("%s [%s]", shortened, self->code.ownership);
}

static char *
format_start (gint64 starts_us)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (TIME_ZONE);
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (starts_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local =
      zone != NULL ? g_date_time_to_timezone (utc, zone) : g_date_time_ref (utc);

  return g_date_time_format (local, zone != NULL ? "%Y-%m-%d %H:%M" : "%Y-%m-%d %H:%M UTC");
}

/* The facts that are known, a line each, as they stand in both parts. */
static GStrv
list_facts (const BitketTicketMail *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const struct
  {
    const char *label;
    char *value; /* (owned) (nullable) */
  } facts[] = {
    { "Ticket / Biljett", make_line (self->ticket_type_name) },
    { "Choices / Val", make_line (self->choices) },
    { "Name / Namn", make_line (self->holder_name) },
    { "Time / Tid", self->starts_us != 0 ? format_start (self->starts_us) : g_strdup ("") },
    { "Place / Plats", make_line (self->venue) },
    { "Code / Kod", g_strdup (self->code.code) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_autofree char *line = g_strdup_printf ("%s: %s", facts[i].label, facts[i].value);

      if (facts[i].value[0] != '\0')
        g_strv_builder_add (builder, line);
      g_free (facts[i].value);
    }
  return g_strv_builder_end (builder);
}

/* The original's three ways, in both languages. */
static const char *const ways[][3] = {
  { "You are let in with any of these:", "Du blir insläppt med något av detta:", NULL },
  { "the QR code in this mail, on a screen or on paper",
    "QR-koden i det här brevet, på en skärm eller på papper", NULL },
  { "your LiU card, if you are at Linköping University",
    "ditt LiU-kort, om du är vid Linköpings universitet", NULL },
  { "an identity document, or the code above together with your name",
    "en legitimation, eller koden ovan tillsammans med ditt namn", NULL },
};

static void
append_text_ways (GString *text, guint language)
{
  g_string_append_printf (text, "\n%s\n", ways[0][language]);
  for (guint i = 1; i < G_N_ELEMENTS (ways); i++)
    g_string_append_printf (text, "  %u. %s\n", i, ways[i][language]);
}

static char *
make_text (const BitketTicketMail *self)
{
  GString *text = g_string_new (NULL);
  g_autofree char *event = make_line (self->event_name);
  g_autofree char *organization = make_line (self->organization_name);
  g_auto (GStrv) facts = list_facts (self);

  g_string_append_printf (text, "%s\n%s\n\n", event, organization);
  for (guint i = 0; facts[i] != NULL; i++)
    g_string_append_printf (text, "%s\n", facts[i]);
  append_text_ways (text, 0);
  append_text_ways (text, 1);
  if (self->public_url != NULL)
    g_string_append_printf (text, "\n%s\n", self->public_url);
  return g_string_free (text, FALSE);
}

static void
append_html (GString *html, const char *format, const char *value)
{
  g_autofree char *escaped = g_markup_escape_text (value, -1);
  g_auto (GStrv) parts = g_strsplit (format, "%s", -1);
  g_autofree char *filled = g_strjoinv (escaped, parts);

  g_string_append (html, filled);
}

static void
append_html_ways (GString *html, guint language)
{
  append_html (html, "<p>%s</p>\n<ol>\n", ways[0][language]);
  for (guint i = 1; i < G_N_ELEMENTS (ways); i++)
    append_html (html, "<li>%s</li>\n", ways[i][language]);
  g_string_append (html, "</ol>\n");
}

static char *
make_html (const BitketTicketMail *self, const char *content_id)
{
  GString *html = g_string_new ("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>"
                                "<body style=\"font-family: sans-serif\">\n");
  g_autofree char *event = make_line (self->event_name);
  g_autofree char *organization = make_line (self->organization_name);
  g_auto (GStrv) facts = list_facts (self);

  append_html (html, "<h1>%s</h1>\n", event);
  append_html (html, "<p>%s</p>\n", organization);
  append_html (html, "<p><img src=\"cid:%s\" alt=\"QR\"></p>\n<p>", content_id);
  for (guint i = 0; facts[i] != NULL; i++)
    append_html (html, "%s<br>\n", facts[i]);
  g_string_append (html, "</p>\n");
  append_html_ways (html, 0);
  append_html_ways (html, 1);
  if (self->public_url != NULL)
    append_html (html, "<p><a href=\"%s\">%s</a></p>\n", self->public_url);
  g_string_append (html, "</body></html>\n");
  return g_string_free (html, FALSE);
}

static GMimeObject *
make_text_part (const char *subtype, const char *text)
{
  GMimeTextPart *part = g_mime_text_part_new_with_subtype (subtype);

  g_mime_text_part_set_charset (part, "utf-8");
  g_mime_text_part_set_text (part, text);
  g_mime_part_set_content_encoding (GMIME_PART (part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  return GMIME_OBJECT (part);
}

static GMimeObject *
make_picture (const BitketTicketMail *self, const char *content_id, GError **error)
{
  g_autofree char *text = bitket_ticket_code_format (&self->code);
  g_autoptr (GBytes) png = bitket_qr_png (text, BITKET_QR_SIGNED, error);
  g_autoptr (GMimeStream) stream = NULL;
  g_autoptr (GMimeDataWrapper) content = NULL;
  GMimePart *part;

  if (png == NULL)
    return NULL;
  part = g_mime_part_new_with_type ("image", "png");
  stream = g_mime_stream_mem_new_with_buffer (g_bytes_get_data (png, NULL), g_bytes_get_size (png));
  content = g_mime_data_wrapper_new_with_stream (stream, GMIME_CONTENT_ENCODING_DEFAULT);
  g_mime_part_set_content (part, content);
  g_mime_part_set_content_encoding (part, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_part_set_content_id (part, content_id);
  g_mime_object_set_disposition (GMIME_OBJECT (part), GMIME_DISPOSITION_INLINE);
  g_mime_part_set_filename (part, QR_NAME);
  return GMIME_OBJECT (part);
}

/* multipart/alternative (text, multipart/related (html, picture)). Returns: (transfer full) */
static GMimeObject *
make_body (const BitketTicketMail *self, GError **error)
{
  g_autofree char *content_id = g_strdup_printf ("%s.%s@bitket", QR_NAME, self->code.ownership);
  g_autofree char *plain = make_text (self);
  g_autofree char *html = make_html (self, content_id);
  g_autoptr (GMimeObject) picture = make_picture (self, content_id, error);
  g_autoptr (GMimeObject) text_part = NULL;
  g_autoptr (GMimeObject) html_part = NULL;
  g_autoptr (GMimeMultipart) related = NULL;
  GMimeMultipart *alternative;

  if (picture == NULL)
    return NULL;
  text_part = make_text_part ("plain", plain);
  html_part = make_text_part ("html", html);
  related = g_mime_multipart_new_with_subtype ("related");
  g_mime_multipart_add (related, html_part);
  g_mime_multipart_add (related, picture);
  alternative = g_mime_multipart_new_with_subtype ("alternative");
  g_mime_multipart_add (alternative, text_part);
  g_mime_multipart_add (alternative, GMIME_OBJECT (related));
  return GMIME_OBJECT (alternative);
}

static void
add_mailbox (GMimeMessage *message, GMimeAddressType type, const char *name, const char *address)
{
  g_autofree char *name_line = make_line (name);
  g_autofree char *address_line = make_line (address);

  g_mime_message_add_mailbox (message, type, name_line, address_line);
}

static void
set_headers (const BitketTicketMail *self, GMimeMessage *message, gint64 now_us)
{
  g_autofree char *subject = make_subject (self);
  const char *at = strrchr (self->from, '@');
  g_autofree char *id = g_strdup_printf ("%s%s", self->id, at != NULL ? at : "@bitket");
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);

  add_mailbox (message, GMIME_ADDRESS_TYPE_FROM, self->organization_name, self->from);
  if (self->organization_email[0] != '\0')
    add_mailbox (message, GMIME_ADDRESS_TYPE_REPLY_TO, self->organization_name,
                 self->organization_email);
  add_mailbox (message, GMIME_ADDRESS_TYPE_TO, self->holder_name, self->holder_email);
  g_mime_message_set_subject (message, subject, "utf-8");
  g_mime_message_set_date (message, date);
  g_mime_message_set_message_id (message, id);
  g_mime_object_set_header (GMIME_OBJECT (message), "Auto-Submitted", "auto-generated", NULL);
}

static GBytes *
write_message (GMimeMessage *message)
{
  GMimeFormatOptions *options = g_mime_format_options_new ();
  g_autoptr (GMimeStream) stream = g_mime_stream_mem_new ();
  GByteArray *array;

  g_mime_format_options_set_newline_format (options, GMIME_NEWLINE_FORMAT_DOS);
  g_mime_object_write_to_stream (GMIME_OBJECT (message), options, stream);
  g_mime_format_options_free (options);
  array = g_mime_stream_mem_get_byte_array (GMIME_STREAM_MEM (stream));
  return g_bytes_new (array->data, array->len);
}

GBytes *
bitket_ticket_mail_format (const BitketTicketMail *self, gint64 now_us, GError **error)
{
  g_autoptr (GMimeObject) body = NULL;
  g_autoptr (GMimeMessage) message = NULL;

  g_return_val_if_fail (self != NULL && self->from != NULL && self->id != NULL, NULL);

  body = make_body (self, error);
  if (body == NULL)
    return NULL;
  message = g_mime_message_new (TRUE);
  set_headers (self, message, now_us);
  g_mime_message_set_mime_part (message, body);
  return write_message (message);
}
