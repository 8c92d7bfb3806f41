/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitket-test-process.h"

#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bitket-test-wait.h"

#define STOP_TIMEOUT_S 30
#define RUN_TIMEOUT_S  120
#define CHUNK_LEN      4096

typedef struct
{
  GInputStream *stream; /* (owned) */
  GString *text;        /* (owned) */
  gsize n_taken;        /* bytes of text that wait_for_line went past */
  gboolean ended;
  gsize *n_pending; /* reads under way; shared by the process's pipes */
} Pipe;

struct _BitketTestProcess
{
  GSubprocess *subprocess; /* (owned) */
  char *command;           /* (owned) */
  Pipe output;
  Pipe errors;
  gsize n_pending;
  gboolean exited;
};

static void read_more (Pipe *pipe);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Pipe *pipe = data;
  g_autoptr (GBytes) bytes =
      g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);

  (*pipe->n_pending)--;
  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    {
      pipe->ended = TRUE;
      return;
    }
  g_string_append_len (pipe->text, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  read_more (pipe);
}

static void
read_more (Pipe *pipe)
{
  (*pipe->n_pending)++;
  g_input_stream_read_bytes_async (pipe->stream, CHUNK_LEN, G_PRIORITY_DEFAULT, NULL, read_cb,
                                   pipe);
}

static void
pipe_init (Pipe *pipe, GInputStream *stream, gsize *n_pending)
{
  pipe->stream = g_object_ref (stream);
  pipe->text = g_string_new (NULL);
  pipe->n_pending = n_pending;
  read_more (pipe);
}

static void
pipe_clear (Pipe *pipe)
{
  g_clear_object (&pipe->stream);
  g_string_free (pipe->text, TRUE);
}

/* Runs in the child between fork and exec. */
static void
die_with_parent (gpointer parent)
{
  signal (SIGPIPE, SIG_DFL);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (getppid () != GPOINTER_TO_INT (parent))
    _exit (127);
}

static void G_GNUC_PRINTF (2, 3) G_GNUC_NORETURN
    fail (BitketTestProcess *process, const char *format, ...)
{
  g_autofree char *what = NULL;
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  text = g_strdup_printf ("%s: %s\n-- its output:\n%s\n-- its errors:\n%s", process->command, what,
                          process->output.text->str, process->errors.text->str);
  g_assertion_message (G_LOG_DOMAIN, __FILE__, __LINE__, G_STRFUNC, text);
  abort ();
}

static void
apply_environment (GSubprocessLauncher *launcher, const char *const *environment)
{
  for (gsize i = 0; environment != NULL && environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (environment[i], "=", 2);

      if (pair[1] != NULL)
        g_subprocess_launcher_setenv (launcher, pair[0], pair[1], TRUE);
      else
        g_subprocess_launcher_unsetenv (launcher, pair[0]);
    }
}

static void
exited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  BitketTestProcess *process = data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  process->n_pending--;
  process->exited = TRUE;
}

BitketTestProcess *
bitket_test_process_spawn (const char *const *argv, const char *const *environment)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                 G_SUBPROCESS_FLAGS_STDERR_PIPE);
  BitketTestProcess *process = g_new0 (BitketTestProcess, 1);

  /* A child that ends early must not take the test with it. */
  signal (SIGPIPE, SIG_IGN);
  apply_environment (launcher, environment);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, GINT_TO_POINTER (getpid ()),
                                         NULL);
  process->command = g_strjoinv (" ", (char **) argv);
  process->subprocess = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);

  /* GIO waits until a pipe can take something, then writes everything: that would block on a
   * program which itself waits for its output to be read. */
  g_unix_set_fd_nonblocking (g_unix_output_stream_get_fd (G_UNIX_OUTPUT_STREAM (
                                 g_subprocess_get_stdin_pipe (process->subprocess))),
                             TRUE, NULL);
  pipe_init (&process->output, g_subprocess_get_stdout_pipe (process->subprocess),
             &process->n_pending);
  pipe_init (&process->errors, g_subprocess_get_stderr_pipe (process->subprocess),
             &process->n_pending);
  process->n_pending++;
  g_subprocess_wait_async (process->subprocess, NULL, exited_cb, process);
  return process;
}

static gboolean
is_over (gpointer data)
{
  return ((BitketTestProcess *) data)->n_pending == 0;
}

void
bitket_test_process_free (BitketTestProcess *process)
{
  if (process == NULL)
    return;

  bitket_test_process_signal (process, SIGKILL);
  /* The reads end when the last holder of the pipes does: a grandchild that outlives its parent is
   * a fault of the program under test. */
  if (!bitket_test_wait_until (is_over, process, STOP_TIMEOUT_S))
    fail (process, "its output is still open after its end: it left a process behind");
  pipe_clear (&process->output);
  pipe_clear (&process->errors);
  g_clear_object (&process->subprocess);
  g_free (process->command);
  g_free (process);
}

/* Returns the line that begins with prefix and is complete, and moves past it. */
static char *
take_line (Pipe *pipe, const char *prefix)
{
  while (pipe->n_taken < pipe->text->len)
    {
      const char *line = pipe->text->str + pipe->n_taken;
      const char *end = memchr (line, '\n', pipe->text->len - pipe->n_taken);

      if (end == NULL)
        return NULL;
      pipe->n_taken += end - line + 1;
      if (g_str_has_prefix (line, prefix))
        return g_strndup (line + strlen (prefix), end - line - strlen (prefix));
    }
  return NULL;
}

typedef struct
{
  Pipe *pipe;
  const char *prefix;
  char *found; /* (owned) (nullable) */
} LineWait;

static gboolean
has_line_or_end (gpointer data)
{
  LineWait *wait = data;

  wait->found = take_line (wait->pipe, wait->prefix);
  return wait->found != NULL || wait->pipe->ended;
}

char *
bitket_test_process_wait_for_line (BitketTestProcess *process, const char *prefix, guint timeout_s)
{
  LineWait wait = { &process->output, prefix, NULL };

  if (!bitket_test_wait_until (has_line_or_end, &wait, timeout_s))
    fail (process, "no line “%s…” within %u s", prefix, timeout_s);
  if (wait.found == NULL)
    fail (process, "the output ended without a line “%s…”", prefix);
  return wait.found;
}

void
bitket_test_process_send_line (BitketTestProcess *process, const char *line)
{
  g_autoptr (GError) error = NULL;
  GOutputStream *input = g_subprocess_get_stdin_pipe (process->subprocess);
  g_autofree char *text = g_strconcat (line, "\n", NULL);

  if (!g_output_stream_write_all (input, text, strlen (text), NULL, NULL, &error))
    fail (process, "cannot write to its input: %s", error->message);
}

void
bitket_test_process_close_input (BitketTestProcess *process)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (process->subprocess), NULL, NULL);
}

void
bitket_test_process_signal (BitketTestProcess *process, int signum)
{
  if (!process->exited)
    g_subprocess_send_signal (process->subprocess, signum);
}

static int
wait_for_end (BitketTestProcess *process, guint timeout_s)
{
  if (!bitket_test_wait_until (is_over, process, timeout_s))
    fail (process, "still runs after %u s", timeout_s);
  if (g_subprocess_get_if_signaled (process->subprocess))
    return 128 + g_subprocess_get_term_sig (process->subprocess);
  return g_subprocess_get_exit_status (process->subprocess);
}

int
bitket_test_process_wait (BitketTestProcess *process, guint timeout_s)
{
  bitket_test_process_close_input (process);
  return wait_for_end (process, timeout_s);
}

int
bitket_test_process_stop (BitketTestProcess *process)
{
  bitket_test_process_signal (process, SIGTERM);
  return wait_for_end (process, STOP_TIMEOUT_S);
}

int
bitket_test_process_kill (BitketTestProcess *process)
{
  bitket_test_process_signal (process, SIGKILL);
  return wait_for_end (process, STOP_TIMEOUT_S);
}

pid_t
bitket_test_process_get_pid (BitketTestProcess *process)
{
  const char *identifier = g_subprocess_get_identifier (process->subprocess);

  return identifier == NULL ? 0 : (pid_t) g_ascii_strtoll (identifier, NULL, 10);
}

const char *
bitket_test_process_get_output (BitketTestProcess *process)
{
  return process->output.text->str;
}

const char *
bitket_test_process_get_errors (BitketTestProcess *process)
{
  return process->errors.text->str;
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  /* A program that does not read all of its input has its reasons. */
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  g_output_stream_close (G_OUTPUT_STREAM (source), NULL, NULL);
  *(gboolean *) data = TRUE;
}

int
bitket_test_run (const char *const *argv,
                 const char *const *environment,
                 const char *input,
                 char **output,
                 char **errors)
{
  g_autoptr (BitketTestProcess) process = bitket_test_process_spawn (argv, environment);
  gboolean written = input == NULL;
  int status;

  if (input != NULL)
    g_output_stream_write_all_async (g_subprocess_get_stdin_pipe (process->subprocess), input,
                                     strlen (input), G_PRIORITY_DEFAULT, NULL, written_cb,
                                     &written);
  bitket_test_wait_for_flag (&written);
  status = bitket_test_process_wait (process, RUN_TIMEOUT_S);
  if (output != NULL)
    *output = g_strdup (process->output.text->str);
  if (errors != NULL)
    *errors = g_strdup (process->errors.text->str);
  return status;
}
