/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-liu-id.h"

#include <string.h>

#include "bitket-core-error.h"
#include "bitket-core-private.h"

#define MIN_LETTERS 3
#define MAX_LETTERS 5
#define MIN_DIGITS  2
#define MAX_DIGITS  3

/* Whether the first @len bytes of @text are a LiU ID. */
static gboolean
read_liu_id (const char *text, gsize len, char liu_id[BITKET_LIU_ID_SIZE])
{
  gsize n_letters = 0, n_digits = 0;

  while (n_letters < len && g_ascii_isalpha (text[n_letters]))
    n_letters++;
  while (n_letters + n_digits < len && g_ascii_isdigit (text[n_letters + n_digits]))
    n_digits++;
  if (n_letters + n_digits != len || n_letters < MIN_LETTERS || n_letters > MAX_LETTERS ||
      n_digits < MIN_DIGITS || n_digits > MAX_DIGITS)
    return FALSE;
  for (gsize i = 0; i < len; i++)
    liu_id[i] = g_ascii_tolower (text[i]);
  liu_id[len] = '\0';
  return TRUE;
}

gboolean
bitket_liu_id_from_email (const char *email, char liu_id[BITKET_LIU_ID_SIZE])
{
  const char *at;

  g_return_val_if_fail (email != NULL, FALSE);
  g_return_val_if_fail (liu_id != NULL, FALSE);

  at = strchr (email, '@');
  if (at == NULL ||
      (g_ascii_strcasecmp (at, "@liu.se") != 0 && g_ascii_strcasecmp (at, "@student.liu.se") != 0))
    return FALSE;
  return read_liu_id (email, (gsize) (at - email), liu_id);
}

gboolean
bitket_liu_id_parse (const char *text, char liu_id[BITKET_LIU_ID_SIZE], GError **error)
{
  g_autofree char *quoted = NULL;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (liu_id != NULL, FALSE);

  if (read_liu_id (text, strlen (text), liu_id) || bitket_liu_id_from_email (text, liu_id))
    return TRUE;
  quoted = bitket_core_quote (text, -1);
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
               "%s is not a LiU ID such as astli042", quoted);
  return FALSE;
}
