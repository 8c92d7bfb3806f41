/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-sample-service.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

#include "bitket-build.h"
#include "bitket-json-reader.h"

#define LISTENING_PREFIX "listening on "
#define FRESH_S          (8 * 3600)

struct _BitketSampleService
{
  GObject parent_instance;
  char *directory;      /* (owned) */
  GSubprocess *service; /* (owned) (nullable) */
  const char *progress; /* (unowned) static */
};

enum
{
  PROP_0,
  PROP_PROGRESS,
  N_PROPS
};

enum
{
  SIGNAL_ENDED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (BitketSampleService, bitket_sample_service, G_TYPE_OBJECT)

static void
set_progress (BitketSampleService *self, const char *progress)
{
  self->progress = progress;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

static char *
dup_path (BitketSampleService *self, const char *name)
{
  return g_build_filename (self->directory, name, NULL);
}

/* What BITKET_BINDIR names, the build tree beside this program, where it was installed, the PATH.
 */
static char *
find_service_program (void)
{
  g_autofree char *self_path = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *own_dir = self_path ? g_path_get_dirname (self_path) : NULL;
  g_autofree char *in_tree =
      own_dir ? g_build_filename (own_dir, "..", "service", "bitketd", NULL) : NULL;
  const char *bindir = g_getenv ("BITKET_BINDIR");
  g_autofree char *named = bindir ? g_build_filename (bindir, "bitketd", NULL) : NULL;
  g_autofree char *beside = own_dir ? g_build_filename (own_dir, "bitketd", NULL) : NULL;
  const char *candidates[] = { named, in_tree, beside, BITKET_BINDIR "/bitketd" };

  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    if (candidates[i] != NULL && g_file_test (candidates[i], G_FILE_TEST_IS_EXECUTABLE))
      return g_strdup (candidates[i]);
  return g_find_program_in_path ("bitketd");
}

static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static GSubprocess *
spawn_service (const char *const *arguments, GSubprocessFlags flags, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_autofree char *program = find_service_program ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) argv = NULL;

  if (program == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                           "cannot find the program \"bitketd\"");
      return NULL;
    }
  g_strv_builder_add (builder, program);
  g_strv_builder_addv (builder, (const char **) arguments);
  argv = g_strv_builder_end (builder);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  return g_subprocess_launcher_spawnv (launcher, (const char *const *) argv, error);
}

/* Step 4: signed in. */
static void
sign_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BitketSession *session = BITKET_SESSION (source);
  GError *error = NULL;

  if (bitket_session_sign_in_finish (session, result, &error))
    g_task_return_pointer (task, g_object_ref (session), g_object_unref);
  else
    g_task_return_error (task, error);
  g_object_unref (session);
}

/* Step 3: the service listens; the file that `bitketd sample` wrote says who may sign in. */
static gboolean
sign_in (GTask *task, const char *url, GError **error)
{
  BitketSampleService *self = g_task_get_source_object (task);
  g_autofree char *path = dup_path (self, "credentials.json");
  g_autofree char *text = NULL;
  gsize len;
  g_autoptr (JsonNode) node = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  const char *email;
  const char *password;
  g_autoptr (BitketSession) session = NULL;

  if (!g_file_get_contents (path, &text, &len, error))
    return FALSE;
  node = bitket_json_parse (text, (gssize) len, error);
  if (node == NULL || !bitket_json_reader_init (&reader, node, NULL, error) ||
      !bitket_json_read_string (&reader, "email", &email, error) ||
      !bitket_json_read_string (&reader, "password", &password, error))
    return FALSE;
  session = bitket_session_new (url, error);
  if (session == NULL)
    return FALSE;
  set_progress (self, _ ("Signing in…"));
  bitket_session_sign_in_async (g_steal_pointer (&session), email, password,
                                g_task_get_cancellable (task), sign_in_cb, g_object_ref (task));
  return TRUE;
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BitketSampleService *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autofree char *line =
      g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, &error);

  if (line != NULL && g_str_has_prefix (line, LISTENING_PREFIX))
    sign_in (task, line + strlen (LISTENING_PREFIX), &error);
  else if (error == NULL)
    error =
        g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "the service ended before it listened");
  if (error != NULL)
    {
      bitket_sample_service_stop (self);
      g_task_return_error (task, error);
    }
}

static void
service_ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BitketSampleService) self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  /* One that was stopped is not ours any more. */
  if (self->service != G_SUBPROCESS (source))
    return;
  g_clear_object (&self->service);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0);
}

/* Step 2: a service on a free port, which it tells in its first line. */
static void
start_service (GTask *task)
{
  BitketSampleService *self = g_task_get_source_object (task);
  g_autofree char *path = dup_path (self, "sample.db");
  g_autofree char *database = g_strconcat ("sqlite:", path, NULL);
  const char *arguments[] = { "serve",    "--sandbox",   "--database", database,
                              "--listen", "127.0.0.1:0", NULL };
  g_autoptr (GDataInputStream) lines = NULL;
  GError *error = NULL;

  set_progress (self, _ ("Starting the service on this computer…"));
  self->service = spawn_service (arguments, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  if (self->service == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_subprocess_wait_async (self->service, NULL, service_ended_cb, g_object_ref (self));
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->service));
  /* The pipe stays open as long as the service: it may write on. */
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  g_data_input_stream_read_line_async (lines, G_PRIORITY_DEFAULT, g_task_get_cancellable (task),
                                       line_cb, g_object_ref (task));
}

static void
made_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error))
    start_service (task);
  else
    {
      BitketSampleService *self = g_task_get_source_object (task);
      g_autofree char *path = dup_path (self, "sample.db");

      /* A half-made one is not to be taken for whole the next time. */
      g_subprocess_force_exit (G_SUBPROCESS (source));
      g_unlink (path);
      g_task_return_error (task, error);
    }
}

/* What doors kept of a service that is made anew is of no use to anybody. */
static void
remove_tree (GFile *file)
{
  g_autoptr (GFileEnumerator) children = g_file_enumerate_children (
      file, G_FILE_ATTRIBUTE_STANDARD_NAME, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS, NULL, NULL);
  GFile *child = NULL;

  while (children != NULL && g_file_enumerator_iterate (children, NULL, &child, NULL, NULL) &&
         child != NULL)
    remove_tree (child);
  g_file_delete (file, NULL, NULL);
}

/* The first event begins when the sample is made: on another day nobody could be let in any more.
 */
static gboolean
is_fresh (const char *path)
{
  GStatBuf status;

  return g_stat (path, &status) == 0 &&
         g_get_real_time () / G_USEC_PER_SEC - (gint64) status.st_mtime < FRESH_S;
}

/* Step 1: the database, once a day. */
static void
make_database (GTask *task)
{
  BitketSampleService *self = g_task_get_source_object (task);
  g_autofree char *path = dup_path (self, "sample.db");
  g_autofree char *database = g_strconcat ("sqlite:", path, NULL);
  g_autofree char *credentials = dup_path (self, "credentials.json");
  g_autofree char *codes = dup_path (self, "codes");
  g_autoptr (GFile) old = g_file_new_for_path (self->directory);
  const char *arguments[] = { "sample",    "--database", database, "--credentials",
                              credentials, "--codes",    codes,    NULL };
  g_autoptr (GSubprocess) process = NULL;
  GError *error = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS) && is_fresh (credentials))
    {
      start_service (task);
      return;
    }
  remove_tree (old);
  g_mkdir_with_parents (self->directory, 0700);
  set_progress (self, _ ("Making three events with 500 tickets…"));
  process = spawn_service (arguments, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  if (process == NULL)
    g_task_return_error (task, error);
  else
    g_subprocess_wait_check_async (process, g_task_get_cancellable (task), made_cb,
                                   g_object_ref (task));
}

static void
bitket_sample_service_dispose (GObject *object)
{
  bitket_sample_service_stop (BITKET_SAMPLE_SERVICE (object));
  G_OBJECT_CLASS (bitket_sample_service_parent_class)->dispose (object);
}

static void
bitket_sample_service_finalize (GObject *object)
{
  g_free (BITKET_SAMPLE_SERVICE (object)->directory);
  G_OBJECT_CLASS (bitket_sample_service_parent_class)->finalize (object);
}

static void
bitket_sample_service_get_property (GObject *object,
                                    guint prop_id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  BitketSampleService *self = BITKET_SAMPLE_SERVICE (object);

  switch (prop_id)
    {
    case PROP_PROGRESS:
      g_value_set_string (value, self->progress);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bitket_sample_service_class_init (BitketSampleServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bitket_sample_service_dispose;
  object_class->finalize = bitket_sample_service_finalize;
  object_class->get_property = bitket_sample_service_get_property;
  properties[PROP_PROGRESS] =
      g_param_spec_string ("progress", NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", BITKET_TYPE_SAMPLE_SERVICE, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bitket_sample_service_init (BitketSampleService *self)
{
  self->progress = "";
}

BitketSampleService *
bitket_sample_service_new (const char *directory)
{
  BitketSampleService *self;

  g_return_val_if_fail (directory != NULL, NULL);

  self = g_object_new (BITKET_TYPE_SAMPLE_SERVICE, NULL);
  self->directory = g_strdup (directory);
  return self;
}

void
bitket_sample_service_start_async (BitketSampleService *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BITKET_IS_SAMPLE_SERVICE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bitket_sample_service_start_async);
  bitket_sample_service_stop (self);
  if (g_mkdir_with_parents (self->directory, 0700) != 0)
    g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno),
                             "could not make \"%s\": %s", self->directory, g_strerror (errno));
  else
    make_database (task);
}

BitketSession *
bitket_sample_service_start_finish (BitketSampleService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bitket_sample_service_stop (BitketSampleService *self)
{
  g_autoptr (GSubprocess) service = NULL;

  g_return_if_fail (BITKET_IS_SAMPLE_SERVICE (self));

  service = g_steal_pointer (&self->service);
  if (service != NULL)
    g_subprocess_send_signal (service, SIGTERM);
}

const char *
bitket_sample_service_get_directory (BitketSampleService *self)
{
  g_return_val_if_fail (BITKET_IS_SAMPLE_SERVICE (self), NULL);

  return self->directory;
}
