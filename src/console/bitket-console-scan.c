/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-console"

/* scan: lines of the standard input and codes before a camera, one verdict each. */

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"
#include "bitket-console-print.h"
#include "bitket-console.h"

#define DEFAULT_CAMERA  "/dev/video0"
#define CAMERA_RETRY_MS 1000
#define TYPED_HITS      10
#define LAST_UPLOAD_S   5
#define MAX_LINE_BYTES  (64 * 1024)

typedef struct
{
  BitketConsole *console;
  GDataInputStream *lines; /* (owned) */
  BitketCamera *camera;    /* (owned) (nullable) */
  char *camera_source;     /* (owned) (nullable) */
  guint camera_retry;      /* 0: none */
  gboolean was_camera_lost;
  gboolean is_input_over, is_camera_over;
  guint n_pending;
  guint last_timeout; /* 0: none */
} Scanning;

static void read_line (Scanning *scanning);
static void end_when_done (Scanning *scanning);

static void
free_scanning (gpointer data)
{
  Scanning *scanning = data;

  if (scanning->camera != NULL)
    {
      g_signal_handlers_disconnect_by_data (scanning->camera, scanning);
      bitket_camera_stop (scanning->camera);
    }
  if (scanning->console->door != NULL)
    g_signal_handlers_disconnect_by_data (scanning->console->door, scanning);
  g_clear_handle_id (&scanning->camera_retry, g_source_remove);
  g_clear_handle_id (&scanning->last_timeout, g_source_remove);
  g_clear_object (&scanning->camera);
  g_clear_object (&scanning->lines);
  g_free (scanning->camera_source);
  g_free (scanning);
}

/* One scan. */

static void
scan_over (Scanning *scanning)
{
  scanning->n_pending--;
  end_when_done (scanning);
}

typedef struct
{
  Scanning *scanning;
  char *text; /* (owned) (nullable): what was typed */
  gboolean is_line;
} Pending;

/* The next line is read once this one is answered: who pipes a list in gets its verdicts in order,
 * and not a million scans in memory. */
static void
end_pending (Pending *pending)
{
  Scanning *scanning = pending->scanning;

  if (pending->is_line && !scanning->console->is_ending)
    read_line (scanning);
  g_free (pending->text);
  g_free (pending);
  scan_over (scanning);
}

static void
hits_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Pending *pending = user_data;
  BitketConsole *console = pending->scanning->console;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) hits = bitket_door_search_finish (BITKET_DOOR (source), result, &error);

  if (hits != NULL)
    bitket_console_print_hits (console, pending->text, hits);
  end_pending (pending);
}

static void
scanned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Pending *pending = user_data;
  BitketConsole *console = pending->scanning->console;
  g_autoptr (GError) error = NULL;
  g_autoptr (BitketOutcome) outcome =
      bitket_door_scan_finish (BITKET_DOOR (source), result, &error);

  if (outcome == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        bitket_console_print_warning ("%s", error->message);
      end_pending (pending);
      return;
    }
  if (bitket_outcome_get_facts (outcome)->kind == BITKET_SCAN_KIND_TEXT && pending->text != NULL)
    {
      bitket_door_search_async (console->door, pending->text, TYPED_HITS, console->cancellable,
                                hits_cb, pending);
      return;
    }
  bitket_console_print_outcome (console, outcome);
  end_pending (pending);
}

static void
scan_bytes (Scanning *scanning, GBytes *bytes, BitketScanSource source, const char *text)
{
  Pending *pending = g_new0 (Pending, 1);

  pending->scanning = scanning;
  pending->text = g_strdup (text);
  pending->is_line = source == BITKET_SCAN_SOURCE_LINE;
  scanning->n_pending++;
  bitket_door_scan_async (scanning->console->door, bytes, source, scanning->console->cancellable,
                          scanned_cb, pending);
}

/* The end: nothing more can come. What waits is handed over, if the service is there. */

static void
last_upload_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BitketConsole *console = user_data;

  bitket_door_sync_finish (BITKET_DOOR (source), result, NULL, NULL);
  bitket_console_end (console, 0);
}

static gboolean
last_timeout_cb (gpointer user_data)
{
  Scanning *scanning = user_data;

  scanning->last_timeout = 0;
  bitket_console_end (scanning->console, 0);
  return G_SOURCE_REMOVE;
}

static void
end_when_done (Scanning *scanning)
{
  BitketConsole *console = scanning->console;
  guint n_waiting;

  if (!scanning->is_input_over || !scanning->is_camera_over || scanning->n_pending > 0 ||
      console->is_ending || scanning->last_timeout != 0)
    return;
  g_object_get (console->door, "n-waiting", &n_waiting, NULL);
  if (n_waiting == 0 || !bitket_door_is_online (console->door))
    {
      bitket_console_end (console, 0);
      return;
    }
  scanning->last_timeout = g_timeout_add_seconds (LAST_UPLOAD_S, last_timeout_cb, scanning);
  bitket_door_sync_async (console->door, console->cancellable, last_upload_cb, console);
}

/* The standard input. */

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Scanning *scanning = user_data;
  gsize len = 0;
  g_autoptr (GError) error = NULL;
  char *line =
      g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, &len, &error);
  g_autoptr (GBytes) bytes = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (line == NULL)
    {
      if (error != NULL)
        bitket_console_print_warning ("%s", error->message);
      scanning->is_input_over = TRUE;
      end_when_done (scanning);
      return;
    }
  bytes = g_bytes_new_take (line, len);
  /* Enter alone is no scan. */
  if (len == 0 || (len == 1 && *line == '\r'))
    read_line (scanning);
  else
    scan_bytes (scanning, bytes, BITKET_SCAN_SOURCE_LINE,
                g_utf8_validate_len (line, len, NULL) ? line : NULL);
}

static void
read_line (Scanning *scanning)
{
  if (!scanning->is_input_over)
    g_data_input_stream_read_line_async (scanning->lines, G_PRIORITY_DEFAULT,
                                         scanning->console->cancellable, line_cb, scanning);
}

/* The camera. */

static void start_camera (Scanning *scanning);

static void
camera_scanned_cb (BitketCamera *camera, GBytes *text, gpointer user_data)
{
  scan_bytes (user_data, text, BITKET_SCAN_SOURCE_CAMERA, NULL);
}

static void
camera_ended_cb (BitketCamera *camera, gpointer user_data)
{
  Scanning *scanning = user_data;

  scanning->is_camera_over = TRUE;
  end_when_done (scanning);
}

static gboolean
retry_camera_cb (gpointer user_data)
{
  Scanning *scanning = user_data;

  scanning->camera_retry = 0;
  start_camera (scanning);
  return G_SOURCE_REMOVE;
}

/* An unplugged camera is waited for; a description that is none is not. */
static void
lose_camera (Scanning *scanning, const GError *error)
{
  gboolean may_come_back =
      g_error_matches (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_LOST) ||
      (scanning->was_camera_lost &&
       !g_error_matches (error, BITKET_CAMERA_ERROR, BITKET_CAMERA_ERROR_SOURCE));

  if (!scanning->was_camera_lost)
    bitket_console_print_warning ("%s", error->message);
  if (!may_come_back)
    {
      scanning->is_camera_over = TRUE;
      scanning->console->status = 1;
      end_when_done (scanning);
      return;
    }
  scanning->was_camera_lost = TRUE;
  if (scanning->camera_retry == 0)
    scanning->camera_retry = g_timeout_add (CAMERA_RETRY_MS, retry_camera_cb, scanning);
}

static void
camera_failed_cb (BitketCamera *camera, GError *error, gpointer user_data)
{
  lose_camera (user_data, error);
}

static void
start_camera (Scanning *scanning)
{
  g_autoptr (BitketDecoder) decoder = bitket_cascade_decoder_new ();
  g_autoptr (GError) error = NULL;

  if (scanning->camera != NULL)
    {
      g_signal_handlers_disconnect_by_data (scanning->camera, scanning);
      bitket_camera_stop (scanning->camera);
      g_clear_object (&scanning->camera);
    }
  scanning->camera = bitket_camera_new (scanning->camera_source, BITKET_CAMERA_DEFAULT, decoder);
  g_signal_connect (scanning->camera, "scanned", G_CALLBACK (camera_scanned_cb), scanning);
  g_signal_connect (scanning->camera, "ended", G_CALLBACK (camera_ended_cb), scanning);
  g_signal_connect (scanning->camera, "failed", G_CALLBACK (camera_failed_cb), scanning);
  if (!bitket_camera_start (scanning->camera, &error))
    {
      lose_camera (scanning, error);
      return;
    }
  if (scanning->was_camera_lost)
    bitket_console_print_warning ("%s", _ ("The camera is back."));
  scanning->was_camera_lost = FALSE;
}

static char *
choose_camera (const char *option)
{
  if (option == NULL)
    return g_file_test (DEFAULT_CAMERA, G_FILE_TEST_EXISTS) ? g_strdup (DEFAULT_CAMERA) : NULL;
  return strcmp (option, "none") == 0 ? NULL : g_strdup (option);
}

/* What the door tells by itself. */

static void
conflict_cb (BitketDoor *door, BitketOutcome *outcome, gpointer user_data)
{
  Scanning *scanning = user_data;

  bitket_console_print_conflict (scanning->console, outcome);
}

static void
trouble_cb (BitketDoor *door, const GError *error, gpointer user_data)
{
  g_autofree char *sentence = bitket_console_explain (error);

  bitket_console_print_warning ("%s", sentence);
}

static void
online_cb (BitketDoor *door, GParamSpec *pspec, gpointer user_data)
{
  bitket_console_print_warning ("%s", bitket_door_is_online (door) ? _ ("online") : _ ("offline"));
}

void
bitket_console_scan (BitketConsole *console)
{
  Scanning *scanning = g_new0 (Scanning, 1);
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);

  scanning->console = console;
  console->command_data = scanning;
  console->command_free = free_scanning;
  scanning->lines = g_data_input_stream_new (input);
  g_data_input_stream_set_newline_type (scanning->lines, G_DATA_STREAM_NEWLINE_TYPE_LF);
  g_signal_connect (console->door, "conflict", G_CALLBACK (conflict_cb), scanning);
  g_signal_connect (console->door, "trouble", G_CALLBACK (trouble_cb), scanning);
  g_signal_connect (console->door, "notify::online", G_CALLBACK (online_cb), scanning);
  scanning->camera_source = choose_camera (console->options.camera);
  if (scanning->camera_source == NULL)
    scanning->is_camera_over = TRUE;
  else
    start_camera (scanning);
  read_line (scanning);
}
