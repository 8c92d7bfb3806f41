/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-text.h"

#include <string.h>

/* Letters that Unicode does not take apart into a letter and a mark. Case is folded before. */
static const struct
{
  gunichar letter;
  const char *plain;
} plain_letters[] = {
  { 0x00e6, "ae" }, /* æ */
  { 0x00f0, "d" },  /* ð */
  { 0x00f8, "o" },  /* ø */
  { 0x00fe, "th" }, /* þ */
  { 0x0111, "d" },  /* đ */
  { 0x0127, "h" },  /* ħ */
  { 0x0131, "i" },  /* ı */
  { 0x0142, "l" },  /* ł */
  { 0x014b, "n" },  /* ŋ */
  { 0x0153, "oe" }, /* œ */
  { 0x0167, "t" },  /* ŧ */
};

static void
append_letter (GString *folded, gunichar letter)
{
  for (gsize i = 0; i < G_N_ELEMENTS (plain_letters); i++)
    if (plain_letters[i].letter == letter)
      {
        g_string_append (folded, plain_letters[i].plain);
        return;
      }
  g_string_append_unichar (folded, letter);
}

/* Decomposed before and behind the folding: compatibility forms ("Ｆ", "ﬁ") fold only when taken
 * apart, and folding makes letters with marks of its own ("İ"). */
static char *
decompose (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *apart = g_utf8_normalize (valid, -1, G_NORMALIZE_NFKD);
  g_autofree char *lower = g_utf8_casefold (apart, -1);

  return g_utf8_normalize (lower, -1, G_NORMALIZE_NFKD);
}

char *
bitket_text_fold (const char *text)
{
  g_autofree char *apart = NULL;
  GString *folded;
  gboolean is_between = FALSE;

  g_return_val_if_fail (text != NULL, NULL);

  apart = decompose (text);
  folded = g_string_sized_new (strlen (apart));
  for (const char *p = apart; *p; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      switch ((int) g_unichar_type (c))
        {
        case G_UNICODE_NON_SPACING_MARK:
        case G_UNICODE_ENCLOSING_MARK:
          continue;
        case G_UNICODE_SPACING_MARK: /* a vowel, in the scripts of India */
          break;
        default:
          if (!g_unichar_isalnum (c))
            {
              is_between = TRUE;
              continue;
            }
        }
      if (is_between && folded->len > 0)
        g_string_append_c (folded, ' ');
      is_between = FALSE;
      /* GLib folds Cherokee back and forth; lower case stays where it is. */
      append_letter (folded, g_unichar_tolower (c));
    }
  return g_string_free (folded, FALSE);
}

gboolean
bitket_text_matches (const char *folded_text, const char *folded_query)
{
  const char *word = folded_query;

  g_return_val_if_fail (folded_text != NULL, FALSE);
  g_return_val_if_fail (folded_query != NULL, FALSE);

  while (*word != '\0')
    {
      gsize len = strcspn (word, " ");
      g_autofree char *wanted = g_strndup (word, len);

      if (strstr (folded_text, wanted) == NULL)
        return FALSE;
      word += len;
      word += strspn (word, " ");
    }
  return TRUE;
}
