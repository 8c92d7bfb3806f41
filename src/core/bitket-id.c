/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-id.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-core-private.h"

#define HEX_LEN 32

/* Where the dashes stand in the canonical spelling. */
static gboolean
is_dash_place (gsize i)
{
  return i == 8 || i == 13 || i == 18 || i == 23;
}

gboolean
bitket_id_parse (const char *text, gssize len, char id[BITKET_ID_SIZE], GError **error)
{
  char spelled[BITKET_ID_SIZE];
  gsize text_len, n = 0;
  gboolean is_dashed, is_good;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (id != NULL, FALSE);

  text_len = len < 0 ? strlen (text) : (gsize) len;
  is_dashed = text_len == BITKET_ID_LEN;
  is_good = is_dashed || text_len == HEX_LEN;
  for (gsize i = 0; is_good && i < text_len; i++)
    {
      if (is_dashed && is_dash_place (i))
        {
          is_good = text[i] == '-';
          continue;
        }
      is_good = g_ascii_isxdigit (text[i]);
      if (is_dash_place (n))
        spelled[n++] = '-';
      spelled[n++] = g_ascii_tolower (text[i]);
    }
  if (!is_good)
    {
      g_autofree char *quoted = bitket_core_quote (text, text_len);

      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX, "%s is not a valid id",
                   quoted);
      return FALSE;
    }
  spelled[BITKET_ID_LEN] = '\0';
  memcpy (id, spelled, BITKET_ID_SIZE);
  return TRUE;
}

gboolean
bitket_id_is_valid (const char *text)
{
  g_return_val_if_fail (text != NULL, FALSE);

  for (gsize i = 0; i < BITKET_ID_LEN; i++)
    {
      gboolean is_good = is_dash_place (i)
                             ? text[i] == '-'
                             : g_ascii_isxdigit (text[i]) && !g_ascii_isupper (text[i]);

      if (!is_good)
        return FALSE;
    }
  return text[BITKET_ID_LEN] == '\0';
}

void
bitket_id_to_hex (const char *id, char hex[33])
{
  gsize n = 0;

  g_return_if_fail (id != NULL && bitket_id_is_valid (id));
  g_return_if_fail (hex != NULL);

  for (gsize i = 0; i < BITKET_ID_LEN; i++)
    if (!is_dash_place (i))
      hex[n++] = id[i];
  hex[n] = '\0';
}
