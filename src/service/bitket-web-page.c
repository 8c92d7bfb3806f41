/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-web.h"

#include <string.h>

#include "bitket-money.h"
#include "bitket-time.h"

#define STYLE                                                                                      \
  "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;"       \
  "color:#222;background:#fff}h1{margin-bottom:0}h2{margin:2rem 0 0}"                              \
  "ul{list-style:none;padding:0}li{display:flex;justify-content:space-between;"                    \
  "border-bottom:1px solid #ddd;padding:.25rem 0}"                                                 \
  ".sandbox{background:#ffd54a;padding:.75rem 1rem;font-weight:bold}.facts{color:#555;margin:0}"   \
  "@media(prefers-color-scheme:dark){body{color:#eee;background:#1e1e1e}li{border-color:#444}"     \
  ".sandbox{color:#222}.facts{color:#bbb}}"

#define POLICY                                                                                     \
  "default-src 'none'; script-src %s; style-src %s; img-src 'self' data:; connect-src 'self';"     \
  " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

typedef struct
{
  const char *language;
  const char *what;
  const char *events;
  const char *none;
  const char *free;
  const char *sandbox;
} Texts;

static const Texts english = {
  "en",     "Tickets for student events: bought here, shown at the door.",
  "Events", "Nothing is on sale at the moment.",
  "free",   "This is a trial: no real money moves, and no ticket lets anybody in.",
};

static const Texts swedish = {
  "sv",
  "Biljetter till studentevenemang: köps här, visas i dörren.",
  "Evenemang",
  "Inget är till salu just nu.",
  "gratis",
  "Det här är en provdrift: inga riktiga pengar flyttas och ingen biljett släpper in någon.",
};

/* What everybody may see, in the order of the days. */
static const char events_sql[] =
    "SELECT e.id, e.name, o.name, e.venue, e.starts, t.name, t.price FROM events e"
    " JOIN organizations o ON o.id = e.organization"
    " LEFT JOIN ticket_types t ON t.event = e.id"
    " AND t.is_published <> 0 AND t.is_generally_available <> 0"
    " WHERE e.published <> 0 AND (e.ends IS NULL OR e.ends > $1)"
    " ORDER BY COALESCE (e.starts, 0), e.name, e.id, t.\"index\", t.name, t.id LIMIT 1000";

gboolean
bitket_web_prefers_swedish (const char *accept_language)
{
  g_auto (GStrv) ranges = NULL;
  double best[2] = { 0, 0 };

  if (accept_language == NULL)
    return FALSE;
  ranges = g_strsplit (accept_language, ",", 64);
  for (guint i = 0; ranges[i] != NULL; i++)
    {
      const char *range = g_strstrip (ranges[i]);
      const char *quality = strstr (range, ";q=");
      double q = quality != NULL ? g_ascii_strtod (quality + 3, NULL) : 1;
      gsize len = strcspn (range, "-;");
      gboolean is_swedish = len == 2 && g_ascii_strncasecmp (range, "sv", 2) == 0;

      if (is_swedish || (len == 2 && g_ascii_strncasecmp (range, "en", 2) == 0))
        best[is_swedish] = MAX (best[is_swedish], q);
    }
  return best[1] > best[0];
}

static void
append_escaped (GString *page, const char *before, const char *text, const char *after)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  g_string_append (page, before);
  g_string_append (page, escaped);
  g_string_append (page, after);
}

static void
append_time (GString *page, gint64 time_us)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Stockholm");
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / BITKET_TIME_SECOND_US);
  g_autoptr (GDateTime) local =
      utc != NULL && zone != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  g_autofree char *machine = bitket_time_format (time_us);
  g_autofree char *text = local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M") : NULL;

  g_string_append_printf (page, " · <time datetime=\"%s\">%s</time>", machine,
                          text != NULL ? text : machine);
}

static void
append_event (GString *page, BitketStatement *row)
{
  append_escaped (page, "<h2>", bitket_statement_get_text (row, 1), "</h2>\n");
  append_escaped (page, "<p class=\"facts\">", bitket_statement_get_text (row, 2), "");
  if (*bitket_statement_get_text (row, 3) != '\0')
    append_escaped (page, " · ", bitket_statement_get_text (row, 3), "");
  if (!bitket_statement_is_null (row, 4))
    append_time (page, bitket_statement_get_int64 (row, 4));
  g_string_append (page, "</p>\n<ul>\n");
}

static void
append_type (GString *page, BitketStatement *row, const Texts *texts)
{
  gint64 price = bitket_statement_get_int64 (row, 6);
  g_autofree char *amount = bitket_money_format (price);

  append_escaped (page, "<li><span>", bitket_statement_get_text (row, 5), "</span> ");
  if (price == 0)
    g_string_append_printf (page, "<span>%s</span></li>\n", texts->free);
  else
    g_string_append_printf (page, "<span>%s kr</span></li>\n", amount);
}

static gboolean
append_events (GString *page,
               BitketRequest *request,
               BitketDb *db,
               const Texts *texts,
               GError **error)
{
  g_autoptr (BitketStatement) row = bitket_db_prepare (db, events_sql, error);
  g_autoptr (GError) local_error = NULL;
  char event[BITKET_ID_SIZE] = "";

  if (row == NULL)
    return FALSE;
  bitket_statement_bind_int64 (row, 1, request->now_us);
  while (bitket_statement_step (row, &local_error))
    {
      if (strcmp (event, bitket_statement_get_text (row, 0)) != 0)
        {
          g_string_append (page, event[0] != '\0' ? "</ul>\n" : "");
          append_event (page, row);
          g_strlcpy (event, bitket_statement_get_text (row, 0), sizeof event);
        }
      if (!bitket_statement_is_null (row, 5))
        append_type (page, row, texts);
    }
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (event[0] != '\0')
    g_string_append (page, "</ul>\n");
  else
    g_string_append_printf (page, "<p>%s</p>\n", texts->none);
  return TRUE;
}

BitketReply *
bitket_web_page_make (BitketRequest *request, BitketDb *db, GError **error)
{
  const Texts *texts = bitket_web_prefers_swedish (request->accept_language) ? &swedish : &english;
  g_autoptr (GString) page = g_string_new ("<!DOCTYPE html>\n");
  g_autofree char *script = bitket_web_dup_settings (request->shared);
  g_autofree char *script_hash = bitket_web_dup_hash (script);
  g_autofree char *style_hash = bitket_web_dup_hash (STYLE);
  g_autofree char *policy = g_strdup_printf (POLICY, script_hash, style_hash);
  BitketReply *reply;

  g_string_append_printf (page,
                          "<html lang=\"%s\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" content=\"width=device-width\">"
                          "<title>Bitket</title><script>%s</script><style>" STYLE
                          "</style></head>\n<body>\n<h1>Bitket</h1>\n<p>%s</p>\n",
                          texts->language, script, texts->what);
  if (bitket_till_is_sandbox (request->shared->till))
    g_string_append_printf (page, "<p class=\"sandbox\" role=\"alert\">%s</p>\n", texts->sandbox);
  g_string_append_printf (page, "<section aria-label=\"%s\">\n", texts->events);
  if (!append_events (page, request, db, texts, error))
    return NULL;
  g_string_append (page, "</section>\n</body></html>\n");
  reply = bitket_reply_new_text (200, "text/html; charset=utf-8",
                                 g_string_free (g_steal_pointer (&page), FALSE));
  bitket_reply_add_header (reply, "Content-Security-Policy", policy);
  bitket_reply_add_header (reply, "Content-Language", texts->language);
  bitket_reply_add_header (reply, "Cache-Control", "no-cache");
  bitket_reply_add_header (reply, "Vary", "Accept-Language");
  return reply;
}
