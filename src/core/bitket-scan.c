/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-scan.h"

#include <string.h>

#include "bitket-nin.h"

/* No name, mail address or number is longer. */
#define MAX_TYPED_LEN 256

/* Numbers between a 4-byte and a 7-byte UID (whose first byte, the maker's, is not 0) are no
 * card's. */
#define MAX_SHORT_UID G_GUINT64_CONSTANT (0xffffffff)
#define MIN_LONG_UID  (G_GUINT64_CONSTANT (1) << 48)

static const char *const source_names[] = {
  [BITKET_SCAN_SOURCE_NONE] = "none", [BITKET_SCAN_SOURCE_CAMERA] = "camera",
  [BITKET_SCAN_SOURCE_LINE] = "line", [BITKET_SCAN_SOURCE_CARD] = "card",
  [BITKET_SCAN_SOURCE_HAND] = "hand",
};

/* Readers end a line with what they please. */
static void
trim_blanks (const char **bytes, gsize *len)
{
  while (*len > 0 && strchr (" \t\r\n", **bytes) != NULL && **bytes != '\0')
    {
      (*bytes)++;
      (*len)--;
    }
  while (*len > 0 && (*bytes)[*len - 1] != '\0' && strchr (" \t\r\n", (*bytes)[*len - 1]) != NULL)
    (*len)--;
}

static gboolean
is_digits (const char *text)
{
  return *text != '\0' && text[strspn (text, "0123456789")] == '\0';
}

/* A scheme, a colon and no blank behind it: "https://…", "mailto:…", "WIFI:…". */
static gboolean
is_url (const char *text)
{
  gsize i = 1;

  if (g_ascii_strncasecmp (text, "www.", 4) == 0)
    return TRUE;
  if (!g_ascii_isalpha (text[0]))
    return FALSE;
  while (g_ascii_isalnum (text[i]) || (text[i] != '\0' && strchr ("+.-", text[i]) != NULL))
    i++;
  return i > 1 && text[i] == ':' && text[i + 1] != '\0' && !g_ascii_isspace (text[i + 1]);
}

/* Something that a person may have typed: no control characters, and a letter or digit at least.
 */
static gboolean
is_typed_text (const char *bytes, gsize len)
{
  gboolean has_letter = FALSE;

  if (len == 0 || len > MAX_TYPED_LEN || !g_utf8_validate_len (bytes, len, NULL))
    return FALSE;
  for (const char *p = bytes; p < bytes + len; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c))
        return FALSE;
      has_letter = has_letter || g_unichar_isalnum (c);
    }
  return has_letter;
}

/* Ten or twelve digits may be a personal number or a card's. It counts as a personal number only
 * when it is a right one and no card can have it: a card that is taken for a search admits nobody.
 * The day does not matter here: it only chooses the century of ten digits, and in those that are
 * left (43 to 99) every century has the same leap years but for 00. */
static gboolean
is_personal_number (const char *digits)
{
  guint64 value = g_ascii_strtoull (digits, NULL, 10);
  char nin[BITKET_NIN_SIZE];

  return value > MAX_SHORT_UID && value < MIN_LONG_UID &&
         bitket_nin_parse (digits, 0, nin, NULL, NULL);
}

static void
parse_code (const char *text, BitketScan *scan)
{
  scan->kind = BITKET_SCAN_KIND_CODE;
  for (gsize i = 0; i < BITKET_CODE_SIZE; i++)
    scan->ticket.code[i] = g_ascii_tolower (text[i]);
  bitket_card_parse (text, -1, &scan->card, NULL);
}

static void
parse_typed (const char *text, BitketScan *scan)
{
  if (is_url (text))
    return;
  if (bitket_ticket_code_is_code (text))
    parse_code (text, scan);
  else if (is_digits (text) && !is_personal_number (text) &&
           bitket_card_parse (text, -1, &scan->card, NULL))
    scan->kind = BITKET_SCAN_KIND_CARD;
  else
    scan->kind = BITKET_SCAN_KIND_TEXT;
}

void
bitket_scan_parse (const char *bytes, gsize len, BitketScanSource source, BitketScan *scan)
{
  g_autofree char *text = NULL;

  g_return_if_fail (bytes != NULL || len == 0);
  g_return_if_fail (scan != NULL);

  memset (scan, 0, sizeof *scan);
  scan->kind = BITKET_SCAN_KIND_UNREADABLE;
  if (len == 0)
    return;
  trim_blanks (&bytes, &len);
  if (source == BITKET_SCAN_SOURCE_CARD)
    {
      if (bitket_card_parse (bytes, (gssize) len, &scan->card, NULL))
        scan->kind = BITKET_SCAN_KIND_CARD;
      return;
    }
  if (len > 0 && (*bytes == '{' || *bytes == '['))
    {
      if (bitket_ticket_code_parse (bytes, (gssize) len, &scan->ticket, NULL))
        scan->kind = BITKET_SCAN_KIND_TICKET;
      return;
    }
  if (source == BITKET_SCAN_SOURCE_CAMERA || !is_typed_text (bytes, len))
    return;
  text = g_strndup (bytes, len);
  parse_typed (text, scan);
}

const char *
bitket_scan_source_to_string (BitketScanSource source)
{
  g_return_val_if_fail ((guint) source < G_N_ELEMENTS (source_names), source_names[0]);

  return source_names[source];
}

BitketScanSource
bitket_scan_source_from_string (const char *text)
{
  g_return_val_if_fail (text != NULL, BITKET_SCAN_SOURCE_NONE);

  for (guint i = 0; i < G_N_ELEMENTS (source_names); i++)
    if (strcmp (source_names[i], text) == 0)
      return (BitketScanSource) i;
  return BITKET_SCAN_SOURCE_NONE;
}
