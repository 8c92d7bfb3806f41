/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "stand-in-private.h"

void
form_free (Form *form)
{
  g_ptr_array_unref (form->names);
  g_ptr_array_unref (form->values);
  g_free (form);
}

static char *
decode (const char *text, gsize len)
{
  g_autofree char *copy = g_strndup (text, len);

  g_strdelimit (copy, "+", ' ');
  return g_uri_unescape_string (copy, NULL);
}

Form *
form_parse (const char *text)
{
  g_autoptr (Form) form = g_new0 (Form, 1);
  g_auto (GStrv) pairs = g_strsplit (text != NULL ? text : "", "&", -1);

  form->names = g_ptr_array_new_with_free_func (g_free);
  form->values = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; pairs[i] != NULL; i++)
    {
      const char *equals = strchr (pairs[i], '=');
      g_autofree char *name = NULL;
      g_autofree char *value = NULL;

      if (*pairs[i] == '\0')
        continue;
      if (equals == NULL)
        return NULL;
      name = decode (pairs[i], (gsize) (equals - pairs[i]));
      value = decode (equals + 1, strlen (equals + 1));
      if (name == NULL || value == NULL || !g_utf8_validate (name, -1, NULL) ||
          !g_utf8_validate (value, -1, NULL))
        return NULL;
      g_ptr_array_add (form->names, g_steal_pointer (&name));
      g_ptr_array_add (form->values, g_steal_pointer (&value));
    }
  return g_steal_pointer (&form);
}

const char *
form_get (const Form *form, const char *name)
{
  for (guint i = form->names->len; i > 0; i--)
    if (strcmp (form->names->pdata[i - 1], name) == 0)
      return form->values->pdata[i - 1];
  return NULL;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
form_fingerprint (const Form *form)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < form->names->len; i++)
    g_ptr_array_add (lines, g_strdup_printf ("%s=%s", (char *) form->names->pdata[i],
                                             (char *) form->values->pdata[i]));
  g_ptr_array_sort (lines, compare);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

/* "metadata[]" in the list stands for every member of metadata. */
static gboolean
is_allowed (const char *name, const char *const *allowed)
{
  for (guint i = 0; allowed[i] != NULL; i++)
    {
      if (strcmp (allowed[i], name) == 0)
        return TRUE;
      if (strcmp (allowed[i], "metadata[]") == 0 && g_str_has_prefix (name, "metadata[") &&
          g_str_has_suffix (name, "]") && strlen (name) > strlen ("metadata[]"))
        return TRUE;
    }
  return FALSE;
}

gboolean
check_names (const Form *form, const char *const *allowed, StripeReply *reply)
{
  for (guint i = 0; i < form->names->len; i++)
    {
      const char *name = form->names->pdata[i];

      if (is_allowed (name, allowed))
        continue;
      reply_invalid (reply, "parameter_unknown", name, "Received unknown parameter: %s", name);
      return FALSE;
    }
  return TRUE;
}

gboolean
check_needed (const Form *form, const char *const *needed, StripeReply *reply)
{
  for (guint i = 0; needed[i] != NULL; i++)
    {
      const char *value = form_get (form, needed[i]);

      if (value == NULL)
        reply_invalid (reply, "parameter_missing", needed[i], "Missing required param: %s.",
                       needed[i]);
      else if (*value == '\0')
        reply_invalid (reply, "parameter_invalid_empty", needed[i],
                       "You passed an empty string for '%s'. We assume empty values are an attempt "
                       "to unset a parameter; however '%s' cannot be unset.",
                       needed[i], needed[i]);
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

gboolean
read_integer (const Form *form,
              const char *name,
              gint64 min,
              gint64 max,
              gint64 fallback,
              gint64 *value,
              StripeReply *reply)
{
  const char *text = form_get (form, name);

  *value = fallback;
  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, value, NULL))
    {
      reply_invalid (reply, "parameter_invalid_integer", name, "Invalid integer: %s", text);
      return FALSE;
    }
  if (*value >= min && *value <= max)
    return TRUE;
  reply_invalid (reply, "parameter_invalid_integer", name,
                 "This value must be from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ".", min, max);
  return FALSE;
}
