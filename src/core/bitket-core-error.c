/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-core-error.h"

#include <string.h>

#include "bitket-core-private.h"

#define QUOTE_MAX_LEN 40

/* Not G_DEFINE_QUARK: formatting would put blanks around its dashes, and so into the name. */
GQuark
bitket_core_error_quark (void)
{
  return g_quark_from_static_string ("bitket-core-error-quark");
}

char *
bitket_core_quote (const char *text, gssize len)
{
  gsize text_len = len < 0 ? strlen (text) : (gsize) len;
  gboolean is_cut = text_len > QUOTE_MAX_LEN;
  g_autofree char *valid = g_utf8_make_valid (text, is_cut ? QUOTE_MAX_LEN : (gssize) text_len);
  GString *quoted = g_string_new ("\"");

  for (const char *p = valid; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_iscntrl (c))
        g_string_append_c (quoted, '?');
      else
        g_string_append_unichar (quoted, c);
    }
  g_string_append (quoted, is_cut ? "…\"" : "\"");
  return g_string_free (quoted, FALSE);
}
