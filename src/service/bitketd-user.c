/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitketd"

#include "bitketd-commands.h"

#include "bitket-records.h"
#include "bitket-secret.h"

typedef struct
{
  char *database; /* (owned) (nullable) likewise below */
  char *email;
  char *name;
  char *organization;
  char *role;
  char *password_file;
  char *password;
  gboolean is_staff;
  gboolean has_no_password;
} NewUser;

static void
new_user_clear (NewUser *user)
{
  g_free (user->database);
  g_free (user->email);
  g_free (user->name);
  g_free (user->organization);
  g_free (user->role);
  g_free (user->password_file);
  bitket_secret_free (user->password);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (NewUser, new_user_clear)

static char *
find_organization (BitketDb *db, const char *slug, GError **error)
{
  g_autoptr (GPtrArray) found = bitket_store_list (
      db, &bitket_organization_schema, "WHERE t.slug = $1", (const char *[]) { slug, NULL }, error);

  if (found == NULL)
    return NULL;
  if (found->len == 0)
    {
      g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND,
                   "there is no organization “%s”", slug);
      return NULL;
    }
  return g_strdup (bitket_record_get_id (found->pdata[0]));
}

static gboolean
add_membership (BitketDb *db, const NewUser *user, GError **error)
{
  g_autofree char *organization = find_organization (db, user->organization, error);
  g_autofree char *email = g_utf8_strdown (user->email, -1);
  g_autoptr (BitketRecord) membership = NULL;

  if (organization == NULL)
    return FALSE;
  membership = bitket_record_new (&bitket_membership_schema);
  bitket_record_set_text (membership, "organization", organization);
  bitket_record_set_text (membership, "email", email);
  bitket_record_set_text (membership, "role", user->role);
  return bitket_store_insert (db, membership, error);
}

static gboolean
set_staff (BitketDb *db, const char *id, GError **error)
{
  g_autoptr (BitketRecord) record = bitket_store_get (db, &bitket_user_schema, id, error);

  if (record == NULL)
    return FALSE;
  bitket_record_set_boolean (record, "is_staff", TRUE);
  return bitket_store_update (db, record, error);
}

static gboolean
add_user (BitketDb *db, gpointer data, GError **error)
{
  const NewUser *user = data;
  g_autofree char *id = bitket_store_add_user (db, user->email, user->name, user->password, error);

  return id != NULL && (!user->is_staff || set_staff (db, id, error)) &&
         (user->organization == NULL || add_membership (db, user, error));
}

static gboolean
check_role (const NewUser *user)
{
  const BitketField *field = bitket_schema_get_field (&bitket_membership_schema, "role");
  g_auto (GStrv) roles = g_strsplit (field->target, "|", -1);

  if (user->organization == NULL && user->role == NULL)
    return TRUE;
  if (user->organization == NULL || user->role == NULL)
    bitketd_usage_error ("--organization and --role go together");
  else if (!g_strv_contains ((const char *const *) roles, user->role))
    bitketd_usage_error ("there is no role “%s”; there are organizer, treasurer and crew",
                         user->role);
  else
    return TRUE;
  return FALSE;
}

int
bitketd_user_add (int argc, char **argv)
{
  g_auto (NewUser) user = { 0 };
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &user.database, "Where everything is kept", "URI" },
    { "name", 0, 0, G_OPTION_ARG_STRING, &user.name, "Their name", "NAME" },
    { "staff", 0, 0, G_OPTION_ARG_NONE, &user.is_staff,
      "May search and let in at every event, as staff of the original may", NULL },
    { "organization", 0, 0, G_OPTION_ARG_STRING, &user.organization,
      "The organization they work for, by its short name", "SLUG" },
    { "role", 0, 0, G_OPTION_ARG_STRING, &user.role, "organizer, treasurer or crew", "ROLE" },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &user.password_file,
      "A file of mode 0600 with their password", "FILE" },
    { "no-password", 0, 0, G_OPTION_ARG_NONE, &user.has_no_password,
      "Signs in by other means: a token, a university account", NULL },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GError) error = NULL;

  if (!bitketd_parse (argc, argv, "EMAIL",
                      "Adds a user. The password comes from --password-file, or else from"
                      " BITKET_PASSWORD in the\nenvironment, or else is asked for on the terminal.",
                      entries, 1, &arguments) ||
      !check_role (&user))
    return BITKETD_EXIT_USAGE;
  user.email = g_strdup (arguments[0]);
  if (user.name == NULL)
    user.name = g_strdup (user.email);
  db = bitketd_open (user.database, BITKET_DB_OPEN_DEFAULT, &error);
  if (db == NULL)
    return bitketd_fail (error);
  if (!user.has_no_password)
    {
      user.password = bitketd_dup_password (user.password_file, &error);
      if (user.password == NULL)
        return bitketd_fail (error);
    }
  if (!bitketd_write (db, add_user, &user, &error))
    return bitketd_fail (error);
  return BITKETD_EXIT_OK;
}

typedef struct
{
  const char *email;
  char *token; /* (owned) (nullable) */
} NewToken;

static gboolean
add_token (BitketDb *db, gpointer data, GError **error)
{
  NewToken *new = data;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *user = bitket_store_find_user (db, new->email, &local_error);

  if (user != NULL)
    new->token = bitket_store_ensure_token (db, user, error);
  else if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else
    g_set_error (error, BITKET_STORE_ERROR, BITKET_STORE_ERROR_NOT_FOUND, "there is no user “%s”",
                 new->email);
  return new->token != NULL;
}

int
bitketd_token_add (int argc, char **argv)
{
  g_autofree char *database = NULL;
  const GOptionEntry entries[] = {
    { "database", 0, 0, G_OPTION_ARG_STRING, &database, "Where everything is kept", "URI" },
    { NULL },
  };
  g_auto (GStrv) arguments = NULL;
  g_autoptr (BitketDb) db = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketSecretString) token = NULL;
  NewToken new = { NULL };

  if (!bitketd_parse (argc, argv, "EMAIL",
                      "Prints the user's token for programs (\"Authorization: Token …\"), made when"
                      " there is none.\nIt has the user's own rights and never expires: keep it as"
                      " a password.",
                      entries, 1, &arguments))
    return BITKETD_EXIT_USAGE;
  db = bitketd_open (database, BITKET_DB_OPEN_DEFAULT, &error);
  if (db == NULL)
    return bitketd_fail (error);
  new.email = arguments[0];
  if (!bitketd_write (db, add_token, &new, &error))
    {
      bitket_secret_free (new.token);
      return bitketd_fail (error);
    }
  token = new.token;
  g_print ("%s\n", token);
  return BITKETD_EXIT_OK;
}
