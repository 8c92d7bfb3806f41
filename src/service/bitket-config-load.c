/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-service"

#include "bitket-config.h"

#include <string.h>

#include "bitket-secret.h"
#include "bitket-store-error.h"

#define MAX_FILE_LEN (256 * 1024)
#define MAX_SECONDS  3600
#define MAX_COUNT    1000000

static const char *const payments_names[] = {
  [BITKET_PAYMENTS_NONE] = "none",
  [BITKET_PAYMENTS_STRIPE] = "stripe",
  [BITKET_PAYMENTS_SANDBOX] = "sandbox",
  NULL,
};

static const char *const level_names[] = { "error", "warning", "message", "info", "debug", NULL };

/* Keys that mean nothing without another one of the same group. */
static const struct
{
  const char *group, *key, *needed;
} needs[] = {
  { "server", "certificate", "key" },
  { "server", "key", "certificate" },
  { "sign-in liu", "client-id", "client-secret-file" },
  { "sign-in liu", "client-secret-file", "client-id" },
  { "sign-in google", "client-id", "client-secret-file" },
  { "sign-in google", "client-secret-file", "client-id" },
  { "sign-in facebook", "client-id", "client-secret-file" },
  { "sign-in facebook", "client-secret-file", "client-id" },
  { "directory", "sesam-url", "sesam-user" },
  { "directory", "sesam-url", "sesam-password-file" },
  { "directory", "kobra-url", "kobra-key-file" },
  { "mail", "smtp-url", "from" },
  { "mail", "smtp-user", "smtp-password-file" },
  { "mail", "smtp-password-file", "smtp-user" },
  { "payments", "stripe-webhook-secret-file", "stripe-key-file" },
  { "payments", "stripe-client-id", "stripe-key-file" },
};

static void set_error (GError **error, const char *name, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

static void
set_error (GError **error, const char *name, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  if (name == NULL)
    g_set_error_literal (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, text);
  else
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "“%s”: %s", name, text);
}

static gboolean
refuse (GError **error, const BitketConfigKey *key, const char *why)
{
  g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_INPUT, "[%s] %s: %s", key->group,
               key->key, why);
  return FALSE;
}

/* The first line that a key file cannot have, counted from 1. GLib's own text repeats the line,
 * which may be a secret that somebody put into the wrong file. */
static guint
find_bad_line (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean in_group = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);
      gboolean is_group = line[0] == '[' && g_str_has_suffix (line, "]");

      if (line[0] == '\0' || line[0] == '#')
        continue;
      if (!is_group && (!in_group || line[0] == '=' || strchr (line, '=') == NULL))
        return i + 1;
      in_group = in_group || is_group;
    }
  return 0;
}

static GKeyFile *
parse_text (const char *text, gsize len, const char *name, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *copy = NULL;
  guint line;

  if (len > MAX_FILE_LEN || !g_utf8_validate (text, (gssize) len, NULL))
    {
      set_error (error, name, len > MAX_FILE_LEN ? "is too long" : "is not UTF-8");
      return NULL;
    }
  copy = g_strndup (text, len);
  line = find_bad_line (copy);
  if (line == 0 && g_key_file_load_from_data (file, copy, len, G_KEY_FILE_KEEP_TRANSLATIONS, NULL))
    return g_steal_pointer (&file);
  if (line > 0)
    set_error (error, name, "line %u is no [group], no key = value and no # comment", line);
  else
    set_error (error, name, "is not a configuration file");
  return NULL;
}

static gboolean
is_host_of_this_machine (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return g_ascii_strcasecmp (host, "localhost") == 0 ||
         (address != NULL && g_inet_address_get_is_loopback (address));
}

/* Secrets and personal data go there: never in the clear over a network. */
static const char *
check_url (const char *value)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_HAS_PASSWORD, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || host[0] == '\0')
    return "is not a URL";
  if (g_uri_get_userinfo (uri) != NULL)
    return "has a name or a password in it";
  if (strcmp (g_uri_get_scheme (uri), "https") == 0 ||
      (strcmp (g_uri_get_scheme (uri), "http") == 0 && is_host_of_this_machine (host)))
    return NULL;
  return "must begin with https:// (http:// only on this machine)";
}

static const char *
check_mail_url (const char *value)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_HAS_PASSWORD, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return "is not a URL";
  if (g_uri_get_userinfo (uri) != NULL)
    return "has a name or a password in it";
  if (strcmp (g_uri_get_scheme (uri), "smtp") != 0 && strcmp (g_uri_get_scheme (uri), "smtps") != 0)
    return "must begin with smtp:// or smtps://";
  return NULL;
}

/* What a browser sends as Origin: nothing behind the host and its port. */
static gboolean
is_origin (const char *value)
{
  g_autoptr (GUri) uri = g_uri_parse (value, G_URI_FLAGS_NONE, NULL);
  g_autofree char *again = NULL;
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  gboolean is_v6 = host != NULL && strchr (host, ':') != NULL;

  if (strcmp (value, "*") == 0)
    return TRUE;
  if (host == NULL || host[0] == '\0')
    return FALSE;
  again = g_uri_get_port (uri) > 0
              ? g_strdup_printf (is_v6 ? "%s://[%s]:%d" : "%s://%s:%d", g_uri_get_scheme (uri),
                                 host, g_uri_get_port (uri))
              : g_strdup_printf (is_v6 ? "%s://[%s]" : "%s://%s", g_uri_get_scheme (uri), host);
  return g_ascii_strcasecmp (again, value) == 0 && g_str_has_prefix (again, "http");
}

static const char *
check_mail (const char *value)
{
  const char *at = strrchr (value, '@');

  if (at == NULL || at == value || at[1] == '\0' || at[1] == '>')
    return "is not a mail address";
  return NULL;
}

static const char *
check_text (BitketConfigKind kind, const char *value, BitketConfigReads reads)
{
  for (const char *c = value; *c != '\0'; c++)
    if ((guchar) *c < 0x20 || *c == 0x7f)
      return "has a control character in it";
  if (value[0] == '\0')
    return "is empty";
  if (kind == BITKET_CONFIG_DATABASE && !g_str_has_prefix (value, "sqlite:") &&
      !g_str_has_prefix (value, "postgresql:"))
    return "must begin with sqlite: or postgresql:";
  if (kind == BITKET_CONFIG_LOG_LEVEL && !g_strv_contains (level_names, value))
    return "must be error, warning, message, info or debug";
  if (kind == BITKET_CONFIG_URL)
    return check_url (value);
  if (kind == BITKET_CONFIG_MAIL_URL)
    return check_mail_url (value);
  if (kind == BITKET_CONFIG_MAIL)
    return check_mail (value);
  if (reads == BITKET_CONFIG_READ_NOTHING)
    return NULL;
  if (kind == BITKET_CONFIG_FILE && !g_file_test (value, G_FILE_TEST_IS_REGULAR))
    return "there is no such file";
  if (kind == BITKET_CONFIG_DIRECTORY && !g_file_test (value, G_FILE_TEST_IS_DIR))
    return "there is no such directory";
  return NULL;
}

static gboolean
set_secret (BitketConfig *self,
            const BitketConfigKey *key,
            const char *path,
            BitketConfigReads reads,
            GError **error)
{
  char **field = G_STRUCT_MEMBER_P (self, key->offset);
  g_autoptr (GError) local_error = NULL;
  char *secret;

  if (reads == BITKET_CONFIG_READ_NOTHING)
    secret = path != NULL ? g_strdup ("") : NULL;
  else
    secret = bitket_secret_load (path, key->variable, &local_error);
  if (local_error != NULL)
    return refuse (error, key, local_error->message);
  if (secret == NULL)
    return TRUE;
  bitket_secret_free (*field);
  *field = secret;
  return TRUE;
}

static gboolean
set_origins (BitketConfig *self, const BitketConfigKey *key, GKeyFile *file, GError **error)
{
  char ***field = G_STRUCT_MEMBER_P (self, key->offset);
  g_auto (GStrv) list = g_key_file_get_string_list (file, key->group, key->key, NULL, NULL);

  if (list == NULL)
    return refuse (error, key, "is not a list");
  for (guint i = 0; list[i] != NULL; i++)
    if (!is_origin (g_strstrip (list[i])))
      return refuse (error, key, "has something in it that is no scheme://host[:port]");
  g_strfreev (*field);
  *field = g_steal_pointer (&list);
  return TRUE;
}

static gboolean
set_seconds (BitketConfig *self, const BitketConfigKey *key, const char *value, GError **error)
{
  guint64 seconds;

  if (!g_ascii_string_to_unsigned (value, 10, 1, MAX_SECONDS, &seconds, NULL))
    return refuse (error, key, "must be 1 to 3600 seconds");
  G_STRUCT_MEMBER (gint64, self, key->offset) = (gint64) seconds * G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
set_count (BitketConfig *self, const BitketConfigKey *key, const char *value, GError **error)
{
  guint64 count;

  if (!g_ascii_string_to_unsigned (value, 10, 1, MAX_COUNT, &count, NULL))
    return refuse (error, key, "must be 1 to 1000000");
  G_STRUCT_MEMBER (gint64, self, key->offset) = (gint64) count;
  return TRUE;
}

static gboolean
set_payments (BitketConfig *self, const BitketConfigKey *key, const char *value, GError **error)
{
  for (guint i = 0; payments_names[i] != NULL; i++)
    if (strcmp (payments_names[i], value) == 0)
      {
        G_STRUCT_MEMBER (BitketPayments, self, key->offset) = (BitketPayments) i;
        return TRUE;
      }
  return refuse (error, key, "must be none, stripe or sandbox");
}

static gboolean
set_text (BitketConfig *self, const BitketConfigKey *key, char *value)
{
  char **field = G_STRUCT_MEMBER_P (self, key->offset);

  g_free (*field);
  *field = value;
  return TRUE;
}

static gboolean
set_value (BitketConfig *self,
           const BitketConfigKey *key,
           GKeyFile *file,
           BitketConfigReads reads,
           GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree char *value = g_key_file_get_string (file, key->group, key->key, &local_error);
  const char *why;

  if (value == NULL || local_error != NULL)
    return refuse (error, key, "has a \\ that means nothing");
  why = check_text (key->kind, g_strchomp (value), reads);
  if (why != NULL)
    return refuse (error, key, why);
  switch (key->kind)
    {
    case BITKET_CONFIG_SECRET:
      return set_secret (self, key, value, reads, error);
    case BITKET_CONFIG_ORIGINS:
      return set_origins (self, key, file, error);
    case BITKET_CONFIG_SECONDS:
      return set_seconds (self, key, value, error);
    case BITKET_CONFIG_COUNT:
      return set_count (self, key, value, error);
    case BITKET_CONFIG_PAYMENTS:
      return set_payments (self, key, value, error);
    case BITKET_CONFIG_TEXT:
    case BITKET_CONFIG_DATABASE:
    case BITKET_CONFIG_LOG_LEVEL:
    case BITKET_CONFIG_URL:
    case BITKET_CONFIG_MAIL_URL:
    case BITKET_CONFIG_MAIL:
    case BITKET_CONFIG_FILE:
    case BITKET_CONFIG_DIRECTORY:
      return set_text (self, key, g_steal_pointer (&value));
    }
  g_assert_not_reached ();
}

static const BitketConfigKey *
find_key (const char *group, const char *key)
{
  gsize n_keys;
  const BitketConfigKey *keys = bitket_config_get_keys (&n_keys);

  for (gsize i = 0; i < n_keys; i++)
    if (strcmp (keys[i].group, group) == 0 && (key == NULL || strcmp (keys[i].key, key) == 0))
      return &keys[i];
  return NULL;
}

/* A misspelt key would be a setting that silently does not hold. */
static gboolean
check_names (GKeyFile *file, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) names = g_key_file_get_keys (file, groups[i], NULL, NULL);

      if (find_key (groups[i], NULL) == NULL)
        {
          set_error (error, NULL, "[%s]: there is no such group", groups[i]);
          return FALSE;
        }
      for (guint j = 0; names != NULL && names[j] != NULL; j++)
        if (find_key (groups[i], names[j]) == NULL)
          {
            set_error (error, NULL, "[%s] %s: there is no such key", groups[i], names[j]);
            return FALSE;
          }
    }
  return TRUE;
}

static gboolean
is_given (BitketConfig *self, const char *group, const char *key)
{
  return G_STRUCT_MEMBER (char *, self, find_key (group, key)->offset) != NULL;
}

static gboolean
check_needs (BitketConfig *self, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (needs); i++)
    if (is_given (self, needs[i].group, needs[i].key) &&
        !is_given (self, needs[i].group, needs[i].needed))
      {
        set_error (error, NULL, "[%s] %s: needs %s, which is missing", needs[i].group, needs[i].key,
                   needs[i].needed);
        return FALSE;
      }
  if (self->payments == BITKET_PAYMENTS_STRIPE && self->stripe_key == NULL)
    {
      set_error (error, NULL,
                 "[payments] provider: stripe needs stripe-key-file (or BITKET_STRIPE_KEY)");
      return FALSE;
    }
  return TRUE;
}

/* Secrets that no key of the file names may stand in the environment. */
static gboolean
read_values (BitketConfig *self, GKeyFile *file, BitketConfigReads reads, GError **error)
{
  gsize n_keys;
  const BitketConfigKey *keys = bitket_config_get_keys (&n_keys);

  for (gsize i = 0; i < n_keys; i++)
    {
      gboolean is_said = g_key_file_has_key (file, keys[i].group, keys[i].key, NULL);

      if (is_said ? !set_value (self, &keys[i], file, reads, error)
                  : keys[i].kind == BITKET_CONFIG_SECRET &&
                        !set_secret (self, &keys[i], NULL, reads, error))
        return FALSE;
    }
  return TRUE;
}

BitketConfig *
bitket_config_parse (const char *text,
                     gsize len,
                     const char *name,
                     BitketConfigReads reads,
                     GError **error)
{
  g_autoptr (BitketConfig) self = bitket_config_new ();
  g_autoptr (GKeyFile) file = NULL;

  g_return_val_if_fail (text != NULL && name != NULL, NULL);

  file = parse_text (text, len, name, error);
  if (file == NULL)
    return NULL;
  if (!check_names (file, error) || !read_values (self, file, reads, error) ||
      !check_needs (self, error))
    {
      g_prefix_error (error, "“%s”: ", name);
      return NULL;
    }
  return g_steal_pointer (&self);
}

BitketConfig *
bitket_config_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;
  gsize len = 0;

  if (path == NULL)
    return bitket_config_parse ("", 0, "environment", BITKET_CONFIG_READ_FILES, error);
  if (!g_file_get_contents (path, &text, &len, &local_error))
    {
      set_error (error, NULL, "could not read the configuration: %s", local_error->message);
      return NULL;
    }
  return bitket_config_parse (text, len, path, BITKET_CONFIG_READ_FILES, error);
}
