/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-entry.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-sodium-private.h"
#include "bitket-time.h"

static const char *const result_names[] = {
  [BITKET_ENTRY_RESULT_NONE] = "none",
  [BITKET_ENTRY_RESULT_ADMITTED] = "admitted",
  [BITKET_ENTRY_RESULT_ANNULLED] = "annulled",
  [BITKET_ENTRY_RESULT_LOGGED] = "logged",
};

void
bitket_entry_clear (BitketEntry *entry)
{
  g_clear_pointer (&entry->forced, g_free);
  memset (entry, 0, sizeof *entry);
}

void
bitket_entry_result_clear (BitketEntryResult *result)
{
  g_clear_pointer (&result->utilized_by_door, g_free);
  g_clear_pointer (&result->event_name, g_free);
  g_clear_pointer (&result->ticket, json_node_unref);
  memset (result, 0, sizeof *result);
}

static void
set_text (JsonObject *object, const char *member, const char *text)
{
  if (text != NULL && *text != '\0')
    json_object_set_string_member (object, member, text);
  else
    json_object_set_null_member (object, member);
}

static void
set_time (JsonObject *object, const char *member, gint64 time_us)
{
  g_autofree char *text = time_us != 0 ? bitket_time_format (time_us) : NULL;

  set_text (object, member, text);
}

static JsonNode *
wrap_object (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

JsonNode *
bitket_entry_to_json (const BitketEntry *entry)
{
  JsonObject *object = json_object_new ();
  g_autofree char *signature = NULL;

  if (entry->has_signature)
    signature = bitket_base64url_encode (entry->signature, sizeof entry->signature);
  json_object_set_string_member (object, "id", entry->id);
  set_text (object, "ownership", entry->ownership);
  set_text (object, "code", entry->code);
  if (signature != NULL)
    json_object_set_string_member (object, "sig", signature);
  set_time (object, "at", entry->at_us);
  json_object_set_string_member (object, "source", bitket_scan_source_to_string (entry->source));
  json_object_set_boolean_member (object, "offline", entry->is_offline);
  set_text (object, "forced", entry->forced);
  if (entry->verdict != BITKET_VERDICT_NONE)
    {
      json_object_set_string_member (object, "verdict", bitket_verdict_to_string (entry->verdict));
      json_object_set_string_member (object, "reason", bitket_reason_to_string (entry->reason));
    }
  if (*entry->annuls != '\0')
    json_object_set_string_member (object, "annuls", entry->annuls);
  return wrap_object (object);
}

static gboolean
fail (BitketJsonReader *reader,
      BitketCoreError code,
      const char *member,
      const char *what,
      GError **error)
{
  g_set_error (error, BITKET_CORE_ERROR, code, "%s%s%s: %s", reader->path,
               *reader->path != '\0' ? "." : "", member, what);
  return FALSE;
}

/* An id that may be missing: "" then. */
static gboolean
read_optional_id (BitketJsonReader *reader,
                  const char *member,
                  char id[BITKET_ID_SIZE],
                  GError **error)
{
  if (bitket_json_reader_has (reader, member))
    return bitket_json_read_id (reader, member, id, error);
  id[0] = '\0';
  return TRUE;
}

static gboolean
read_code (BitketJsonReader *reader, BitketEntry *entry, GError **error)
{
  const char *code, *signature;

  if (!bitket_json_read_string_or (reader, "code", NULL, &code, error) ||
      !bitket_json_read_string_or (reader, "sig", NULL, &signature, error))
    return FALSE;
  if (code != NULL && !bitket_ticket_code_is_code (code))
    return fail (reader, BITKET_CORE_ERROR_SYNTAX, "code", "expected six hexadecimal digits",
                 error);
  for (gsize i = 0; code != NULL && i < BITKET_CODE_SIZE; i++)
    entry->code[i] = g_ascii_tolower (code[i]);
  if (signature == NULL)
    return TRUE;
  /* What is no signature stays zeros, which no key verifies. */
  entry->has_signature = TRUE;
  if (!bitket_base64url_decode (signature, strlen (signature), entry->signature,
                                sizeof entry->signature))
    memset (entry->signature, 0, sizeof entry->signature);
  return TRUE;
}

static gboolean
read_verdict (BitketJsonReader *reader, BitketEntry *entry, GError **error)
{
  const char *verdict, *reason;

  if (!bitket_json_read_string_or (reader, "verdict", NULL, &verdict, error) ||
      !bitket_json_read_string_or (reader, "reason", NULL, &reason, error))
    return FALSE;
  entry->verdict = bitket_verdict_from_string (verdict);
  entry->reason = bitket_reason_from_string (reason);
  if (verdict != NULL && entry->verdict == BITKET_VERDICT_NONE)
    return fail (reader, BITKET_CORE_ERROR_CHOICE, "verdict", "not a verdict", error);
  if (reason != NULL && entry->reason == BITKET_REASON_NONE)
    return fail (reader, BITKET_CORE_ERROR_CHOICE, "reason", "not a reason", error);
  if ((verdict == NULL) != (reason == NULL))
    return fail (reader, BITKET_CORE_ERROR_MISSING, verdict == NULL ? "verdict" : "reason",
                 "verdict and reason come together", error);
  return TRUE;
}

/* An entry that only admits nothing and takes nothing back has no ownership to name: an unreadable
 * scan. */
static gboolean
check_whole (BitketJsonReader *reader, const BitketEntry *entry, GError **error)
{
  const gboolean is_denial =
      entry->verdict != BITKET_VERDICT_NONE && !bitket_reason_admits (entry->reason);

  if (*entry->ownership == '\0' && !is_denial)
    return fail (reader, BITKET_CORE_ERROR_MISSING, "ownership", "This field is required.", error);
  if (entry->at_us <= 0)
    return fail (reader, BITKET_CORE_ERROR_LIMIT, "at", "before 1970", error);
  if (entry->source == BITKET_SCAN_SOURCE_NONE)
    return fail (reader, BITKET_CORE_ERROR_CHOICE, "source", "not a source of scans", error);
  return TRUE;
}

gboolean
bitket_entry_from_reader (BitketJsonReader *reader, BitketEntry *entry, GError **error)
{
  g_auto (BitketEntry) read = { 0 };
  const char *source, *forced;

  g_return_val_if_fail (reader != NULL && entry != NULL, FALSE);

  if (!bitket_json_read_id (reader, "id", read.id, error) ||
      !read_optional_id (reader, "ownership", read.ownership, error) ||
      !read_optional_id (reader, "annuls", read.annuls, error) ||
      !read_code (reader, &read, error) ||
      !bitket_json_read_time (reader, "at", &read.at_us, error) ||
      !bitket_json_read_string (reader, "source", &source, error) ||
      !bitket_json_read_boolean_or (reader, "offline", FALSE, &read.is_offline, error) ||
      !bitket_json_read_string_or (reader, "forced", NULL, &forced, error) ||
      !read_verdict (reader, &read, error))
    return FALSE;
  read.source = bitket_scan_source_from_string (source);
  if (forced != NULL && strlen (forced) > BITKET_FORCED_MAX)
    return fail (reader, BITKET_CORE_ERROR_LIMIT, "forced", "longer than 1024 bytes", error);
  read.forced = g_strdup (forced);
  if (!check_whole (reader, &read, error))
    return FALSE;
  *entry = read;
  memset (&read, 0, sizeof read);
  return TRUE;
}

static const char *
name_result (const BitketEntryResult *result)
{
  if (result->kind == BITKET_ENTRY_RESULT_REFUSED)
    return bitket_reason_to_string (result->reason);
  return result_names[result->kind];
}

JsonNode *
bitket_entry_result_to_json (const BitketEntryResult *result)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "id", result->id);
  json_object_set_string_member (object, "result", name_result (result));
  set_time (object, "utilized", result->utilized_us);
  set_text (object, "utilized_by_door", result->utilized_by_door);
  if (result->event_name != NULL)
    json_object_set_string_member (object, "event_name", result->event_name);
  if (result->is_conflict)
    json_object_set_boolean_member (object, "conflict", TRUE);
  if (result->ticket != NULL)
    json_object_set_member (object, "ticket", json_node_ref (result->ticket));
  return wrap_object (object);
}

/* "admitted" and its like, or the name of a reason to refuse. */
static gboolean
parse_result (BitketJsonReader *reader, const char *text, BitketEntryResult *result, GError **error)
{
  for (gsize i = 1; i < G_N_ELEMENTS (result_names); i++)
    if (g_str_equal (result_names[i], text))
      {
        result->kind = (BitketEntryResultKind) i;
        result->reason =
            i == BITKET_ENTRY_RESULT_ADMITTED ? BITKET_REASON_VALID : BITKET_REASON_NONE;
        return TRUE;
      }
  result->kind = BITKET_ENTRY_RESULT_REFUSED;
  result->reason = bitket_reason_from_string (text);
  if (bitket_reason_get_verdict (result->reason) == BITKET_VERDICT_REFUSE)
    return TRUE;
  return fail (reader, BITKET_CORE_ERROR_CHOICE, "result", "not a result of an entry", error);
}

gboolean
bitket_entry_result_from_reader (BitketJsonReader *reader,
                                 BitketEntryResult *result,
                                 GError **error)
{
  g_auto (BitketEntryResult) read = { 0 };
  const char *text, *door, *event_name;

  g_return_val_if_fail (reader != NULL && result != NULL, FALSE);

  if (!bitket_json_read_id (reader, "id", read.id, error) ||
      !bitket_json_read_string (reader, "result", &text, error) ||
      !parse_result (reader, text, &read, error) ||
      !bitket_json_read_time_or (reader, "utilized", 0, &read.utilized_us, error) ||
      !bitket_json_read_string_or (reader, "utilized_by_door", NULL, &door, error) ||
      !bitket_json_read_string_or (reader, "event_name", NULL, &event_name, error) ||
      !bitket_json_read_boolean_or (reader, "conflict", FALSE, &read.is_conflict, error))
    return FALSE;
  read.utilized_by_door = g_strdup (door);
  read.event_name = g_strdup (event_name);
  if (bitket_json_reader_has (reader, "ticket"))
    read.ticket = json_node_ref (json_object_get_member (reader->object, "ticket"));
  *result = read;
  memset (&read, 0, sizeof read);
  return TRUE;
}
