/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "test-camera"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <png.h>
#include <string.h>

#include "bitket-camera.h"
#include "bitket-cascade-decoder.h"
#include "scene.h"

/* A decoder that says something on every frame, or nothing, and counts. */
#define COUNTING_TYPE_DECODER (counting_decoder_get_type ())
G_DECLARE_FINAL_TYPE (CountingDecoder, counting_decoder, COUNTING, DECODER, GObject)

struct _CountingDecoder
{
  GObject parent_instance;
  int n_decoded; /* (atomic) */
  gboolean is_talking;
  gint64 last_deadline_us;
  int width;
  int height;
};

static void counting_iface_init (BitketDecoderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (CountingDecoder,
                               counting_decoder,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BITKET_TYPE_DECODER, counting_iface_init))

static void
counting_decode (BitketDecoder *decoder,
                 const BitketGrayImage *image,
                 gint64 deadline_us,
                 GPtrArray *found)
{
  static const float nowhere[8] = { 0 };
  CountingDecoder *self = COUNTING_DECODER (decoder);
  int n = g_atomic_int_add (&self->n_decoded, 1);

  self->last_deadline_us = deadline_us;
  self->width = image->width;
  self->height = image->height;
  if (self->is_talking)
    g_ptr_array_add (found, bitket_decoded_new (&n, sizeof n, nowhere));
}

static void
counting_iface_init (BitketDecoderInterface *iface)
{
  iface->decode = counting_decode;
}

static void
counting_decoder_class_init (CountingDecoderClass *klass)
{
}

static void
counting_decoder_init (CountingDecoder *self)
{
}

/* A directory for pictures, and what a camera has said. */
typedef struct
{
  char *dir;
  GMainLoop *loop;
  GString *heard; /* texts, each followed by a semicolon; "ended;" and "failed N;" */
  guint timeout;
  guint n_previews;
  const char *stop_after; /* leaves the loop when this was heard */
  BitketCamera *camera;   /* (unowned) */
  GThread *thread;
} Fixture;

static gboolean
timeout_cb (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpstr (fixture->heard->str, ==, "something more within a minute");
  return G_SOURCE_REMOVE;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("bitket-camera-XXXXXX", NULL);
  g_assert_nonnull (fixture->dir);
  fixture->loop = g_main_loop_new (NULL, FALSE);
  fixture->heard = g_string_new (NULL);
  fixture->timeout = g_timeout_add_seconds (60, timeout_cb, fixture);
  fixture->thread = g_thread_self ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->dir, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (fixture->dir), ==, 0);
  g_free (fixture->dir);
  g_source_remove (fixture->timeout);
  g_main_loop_unref (fixture->loop);
  g_string_free (fixture->heard, TRUE);
}

static void
write_png (const char *path, guint32 format, int width, int height, const void *pixels)
{
  png_image image = {
    .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = format
  };

  g_assert_true (png_image_write_to_file (&image, path, 0, pixels, 0, NULL));
}

/* Returns: (transfer full): path of a picture that shows @text, or nothing */
static char *
draw (Fixture *fixture, const char *name, const char *text)
{
  g_autoptr (Scene) scene = scene_new (320, 240, 210);
  g_autofree char *draft = g_build_filename (fixture->dir, "draft", NULL);
  char *path = g_build_filename (fixture->dir, name, NULL);

  if (text != NULL)
    scene_draw_code (scene, &(SceneCode) { .text = text });
  write_png (draft, PNG_FORMAT_GRAY, 320, 240, scene->data);
  g_assert_cmpint (g_rename (draft, path), ==, 0);
  return path;
}

static void
hear (Fixture *fixture, const char *what)
{
  g_assert_true (g_thread_self () == fixture->thread);
  g_string_append_printf (fixture->heard, "%s;", what);
  if (fixture->stop_after != NULL && strcmp (fixture->stop_after, what) == 0)
    g_main_loop_quit (fixture->loop);
}

static void
scanned_cb (BitketCamera *camera, GBytes *text, Fixture *fixture)
{
  gsize len;
  const char *data = g_bytes_get_data (text, &len);
  g_autofree char *copy = g_strndup (data, len);

  hear (fixture, copy);
}

static void
failed_cb (BitketCamera *camera, GError *error, Fixture *fixture)
{
  g_autofree char *code = g_strdup_printf ("failed %d", error->code);

  g_assert_true (error->domain == BITKET_CAMERA_ERROR);
  g_assert_cmpstr (error->message, !=, "");
  hear (fixture, code);
  g_main_loop_quit (fixture->loop);
}

static void
ended_cb (BitketCamera *camera, Fixture *fixture)
{
  hear (fixture, "ended");
  g_main_loop_quit (fixture->loop);
}

static BitketCamera *
make_camera (Fixture *fixture, const char *source, BitketCameraFlags flags, BitketDecoder *decoder)
{
  g_autoptr (BitketDecoder) cascade = bitket_cascade_decoder_new ();
  BitketCamera *camera = bitket_camera_new (source, flags, decoder != NULL ? decoder : cascade);

  g_signal_connect (camera, "scanned", G_CALLBACK (scanned_cb), fixture);
  g_signal_connect (camera, "failed", G_CALLBACK (failed_cb), fixture);
  g_signal_connect (camera, "ended", G_CALLBACK (ended_cb), fixture);
  return camera;
}

/* Runs a source to its end, or until something was heard, and compares all that was heard. */
static void
assert_hears (Fixture *fixture, const char *source, BitketCameraFlags flags, const char *expected)
{
  g_autoptr (BitketCamera) camera = make_camera (fixture, source, flags, NULL);
  g_autoptr (GError) error = NULL;

  g_test_message ("%s", source);
  g_string_truncate (fixture->heard, 0);
  bitket_camera_start (camera, &error);
  g_assert_no_error (error);
  g_main_loop_run (fixture->loop);
  bitket_camera_stop (camera);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpstr (fixture->heard->str, ==, expected);
}

static const char *const stills[] = {
  "filesrc location=%s ! decodebin",
  "filesrc location=%s ! pngdec",
  "filesrc location=%s ! pngdec ! imagefreeze num-buffers=1",
  "filesrc location=%s ! pngdec ! imagefreeze num-buffers=5 ! video/x-raw,framerate=100/1",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=GRAY8",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=I420",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=NV12",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=YUY2",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=UYVY",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=Y42B",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=BGRA",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=RGB16",
  "filesrc location=%s ! pngdec ! videoconvert ! video/x-raw,format=GRAY16_LE",
  "filesrc location=%s ! pngdec ! videoconvert ! videoscale ! "
  "video/x-raw,format=YUY2,width=333,height=251",
  "filesrc location=%s ! pngdec ! videoconvert ! jpegenc ! decodebin",
};

static void
test_stills (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = draw (fixture, "still.png", "a ticket");

  for (gsize i = 0; i < G_N_ELEMENTS (stills); i++)
    {
      g_auto (GStrv) parts = g_strsplit (stills[i], "%s", 2);
      g_autofree char *source = g_strjoin (path, parts[0], parts[1], NULL);

      assert_hears (fixture, source, BITKET_CAMERA_DEFAULT, "a ticket;ended;");
      assert_hears (fixture, source, BITKET_CAMERA_PREVIEW, "a ticket;ended;");
    }
}

static void
test_nothing_in_it (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = draw (fixture, "empty.png", NULL);
  g_autofree char *source = g_strdup_printf ("filesrc location=%s ! pngdec", path);

  assert_hears (fixture, source, BITKET_CAMERA_DEFAULT, "ended;");
  assert_hears (fixture, "videotestsrc num-buffers=3", BITKET_CAMERA_DEFAULT, "ended;");
  assert_hears (fixture, "videotestsrc pattern=snow num-buffers=5", BITKET_CAMERA_PREVIEW,
                "ended;");
}

/* Draws one picture for each letter, a point for nothing; Returns: (transfer full): the film */
static char *
shoot (Fixture *fixture, const char *letters, int frames_per_second)
{
  gsize n = strlen (letters);

  for (gsize i = 0; i < n; i++)
    {
      const char text[] = { letters[i], '\0' };
      g_autofree char *name = g_strdup_printf ("frame%" G_GSIZE_FORMAT ".png", i);
      g_autofree char *path = draw (fixture, name, letters[i] == '.' ? NULL : text);
    }
  return g_strdup_printf (
      "multifilesrc location=%s/frame%%d.png start-index=0 stop-index=%" G_GSIZE_FORMAT
      " caps=image/png,framerate=%d/1 ! pngdec",
      fixture->dir, n - 1, frames_per_second);
}

static const struct
{
  const char *letters;
  int frames_per_second;
  const char *expected;
} films[] = {
  { "abc", 50, "a;b;c;ended;" },
  { "aaaa.bbbb", 100, "a;b;ended;" },
  { "a...a...a", 100, "a;ended;" },  /* missed for 40 ms: still there */
  { "abababab", 100, "a;b;ended;" }, /* two that take turns */
  { "a....a", 5, "a;a;ended;" },     /* away for a second: a new scan */
  { "ab....ba", 10, "a;b;ended;" },  /* away for half a second only */
  { ".", 10, "ended;" },
};

static void
test_films (Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (films); i++)
    {
      g_autofree char *source = shoot (fixture, films[i].letters, films[i].frames_per_second);

      assert_hears (fixture, source, BITKET_CAMERA_DEFAULT, films[i].expected);
    }
}

/* A picture that is replaced while the camera looks at it: one scan leads to the next. */
static void
replace_cb (BitketCamera *camera, GBytes *text, Fixture *fixture)
{
  const char *seen = g_bytes_get_data (text, NULL);
  const char *next = *seen == '1' ? "2" : *seen == '2' ? "3" : "4";
  g_autofree char *path = draw (fixture, "now.png", next);
}

static void
test_replaced_picture (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = draw (fixture, "now.png", "1");
  g_autofree char *source = g_strdup_printf (
      "multifilesrc location=%s loop=true caps=image/png,framerate=50/1 ! pngdec", path);
  g_autoptr (BitketCamera) camera = make_camera (fixture, source, BITKET_CAMERA_PREVIEW, NULL);

  g_signal_connect (camera, "scanned", G_CALLBACK (replace_cb), fixture);
  fixture->stop_after = "4";
  g_assert_true (bitket_camera_start (camera, NULL));
  g_main_loop_run (fixture->loop);
  bitket_camera_stop (camera);
  g_assert_cmpstr (fixture->heard->str, ==, "1;2;3;4;");
}

static const struct
{
  const char *source;
  BitketCameraError code;
} refused[] = {
  { "/dev/bitket-has-no-such-camera", BITKET_CAMERA_ERROR_MISSING },
  { "nosuchelement ! pngdec", BITKET_CAMERA_ERROR_MISSING },
  { "filesrc location=/nowhere/at/all.png ! pngdec", BITKET_CAMERA_ERROR_MISSING },
  { "v4l2src device=/dev/bitket-has-no-such-camera", BITKET_CAMERA_ERROR_MISSING },
  { "", BITKET_CAMERA_ERROR_SOURCE },
  { "   ", BITKET_CAMERA_ERROR_SOURCE },
  { "!", BITKET_CAMERA_ERROR_SOURCE },
  { "! videotestsrc", BITKET_CAMERA_ERROR_SOURCE },
  { "videotestsrc !", BITKET_CAMERA_ERROR_SOURCE },
  { "videotestsrc nosuchproperty=1", BITKET_CAMERA_ERROR_SOURCE },
  { "videotestsrc ! audio/x-raw", BITKET_CAMERA_ERROR_SOURCE },
  { "audiotestsrc", BITKET_CAMERA_ERROR_SOURCE },
  { "fakesink", BITKET_CAMERA_ERROR_SOURCE },
  { "videotestsrc ! ( ! )", BITKET_CAMERA_ERROR_SOURCE },
  { "a camera, please", BITKET_CAMERA_ERROR_MISSING },
};

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    for (BitketCameraFlags flags = 0; flags <= BITKET_CAMERA_PREVIEW; flags++)
      {
        g_autoptr (BitketCamera) camera = make_camera (fixture, refused[i].source, flags, NULL);
        g_autoptr (GError) error = NULL;

        g_test_message ("\"%s\"", refused[i].source);
        g_assert_false (bitket_camera_start (camera, &error));
        g_assert_error (error, BITKET_CAMERA_ERROR, (int) refused[i].code);
        while (g_main_context_iteration (NULL, FALSE))
          continue;
        bitket_camera_stop (camera);
        g_assert_cmpstr (fixture->heard->str, ==, "");
      }
}

static char *
write_garbage (Fixture *fixture, const char *name)
{
  char *path = g_build_filename (fixture->dir, name, NULL);

  g_assert_true (g_file_set_contents (path, "this is not a picture at all", -1, NULL));
  return path;
}

/* What came before the fault is told, then the fault, and no end. */
static void
test_fault_in_the_middle (Fixture *fixture, gconstpointer data)
{
  g_autofree char *film = shoot (fixture, "ab.", 100);
  g_autofree char *source = g_strdup_printf ("%s ! identity error-after=3", film);
  g_autofree char *expected = g_strdup_printf ("a;b;failed %d;", BITKET_CAMERA_ERROR_FAILED);

  assert_hears (fixture, source, BITKET_CAMERA_DEFAULT, expected);
  assert_hears (fixture, source, BITKET_CAMERA_PREVIEW, expected);
}

/* One picture that cannot be decoded, as a bad cable makes it, does not end the film. */
static void
test_bad_frame (Fixture *fixture, gconstpointer data)
{
  g_autofree char *film = shoot (fixture, "a.b", 100);
  g_autofree char *path = write_garbage (fixture, "frame1.png");

  assert_hears (fixture, film, BITKET_CAMERA_DEFAULT, "a;b;ended;");
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = write_garbage (fixture, "garbage");
  g_autofree char *any = g_strdup_printf ("filesrc location=%s ! decodebin", path);
  g_autofree char *png = g_strdup_printf ("filesrc location=%s ! pngdec", path);
  g_autofree char *failed = g_strdup_printf ("failed %d;", BITKET_CAMERA_ERROR_FAILED);

  assert_hears (fixture, any, BITKET_CAMERA_DEFAULT, failed);
  assert_hears (fixture, png, BITKET_CAMERA_DEFAULT, failed);
}

/* A camera that stops sending pictures was unplugged, whatever its driver calls it. */
static void
test_live_end_is_a_loss (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lost = g_strdup_printf ("failed %d;", BITKET_CAMERA_ERROR_LOST);

  assert_hears (fixture,
                "videotestsrc is-live=true num-buffers=3 ! "
                "video/x-raw,width=64,height=64,framerate=100/1",
                BITKET_CAMERA_PREVIEW, lost);
}

static void
test_live_code (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = draw (fixture, "overlay.png", "live");
  g_autofree char *source =
      g_strdup_printf ("videotestsrc is-live=true pattern=black ! "
                       "video/x-raw,width=640,height=480,framerate=30/1,format=BGRx ! "
                       "gdkpixbufoverlay location=%s",
                       path);

  fixture->stop_after = "live";
  assert_hears (fixture, source, BITKET_CAMERA_DEFAULT, "live;");
}

/* Equal frames are looked at once; a film has no deadline. */
static void
test_unchanged_frames (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CountingDecoder) decoder = g_object_new (COUNTING_TYPE_DECODER, NULL);
  g_autofree char *path = draw (fixture, "still.png", "x");
  g_autofree char *source = g_strdup_printf (
      "filesrc location=%s ! pngdec ! imagefreeze num-buffers=20 ! video/x-raw,framerate=200/1",
      path);
  g_autoptr (BitketCamera) camera =
      make_camera (fixture, source, BITKET_CAMERA_DEFAULT, BITKET_DECODER (decoder));

  g_assert_true (bitket_camera_start (camera, NULL));
  g_main_loop_run (fixture->loop);
  bitket_camera_stop (camera);
  g_assert_cmpint (decoder->n_decoded, ==, 1);
  g_assert_cmpint (decoder->last_deadline_us, ==, G_MAXINT64);
  g_assert_cmpint (decoder->width, ==, 320);
  g_assert_cmpint (decoder->height, ==, 240);
}

/* Each frame of a film is looked at, however fast the film runs. */
static void
test_every_frame_of_a_film (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CountingDecoder) decoder = g_object_new (COUNTING_TYPE_DECODER, NULL);
  g_autoptr (BitketCamera) camera = make_camera (
      fixture, "videotestsrc pattern=snow num-buffers=60 ! video/x-raw,framerate=1000/1",
      BITKET_CAMERA_DEFAULT, BITKET_DECODER (decoder));

  g_assert_true (bitket_camera_start (camera, NULL));
  g_main_loop_run (fixture->loop);
  bitket_camera_stop (camera);
  g_assert_cmpint (decoder->n_decoded, ==, 60);
}

static void
stop_now_cb (BitketCamera *camera, GBytes *text, guint *n_heard)
{
  ++*n_heard;
  bitket_camera_stop (camera);
}

/* Stopped in the middle of everything, from within a signal: nothing comes after. */
static void
test_stop_while_running (Fixture *fixture, gconstpointer data)
{
  static const char *const sources[] = {
    "videotestsrc pattern=snow ! video/x-raw,width=64,height=64,framerate=1000/1",
    "videotestsrc is-live=true pattern=snow ! video/x-raw,width=64,height=64,framerate=200/1",
  };

  for (int round = 0; round < 10; round++)
    {
      g_autoptr (CountingDecoder) decoder = g_object_new (COUNTING_TYPE_DECODER, NULL);
      g_autoptr (BitketCamera) camera =
          bitket_camera_new (sources[round % 2], BITKET_CAMERA_PREVIEW, BITKET_DECODER (decoder));
      guint n_heard = 0;
      int n_decoded;

      decoder->is_talking = TRUE;
      g_signal_connect (camera, "scanned", G_CALLBACK (stop_now_cb), &n_heard);
      g_assert_true (bitket_camera_start (camera, NULL));
      while (n_heard == 0)
        g_main_context_iteration (NULL, TRUE);
      n_decoded = g_atomic_int_get (&decoder->n_decoded);
      bitket_camera_stop (camera);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
      g_assert_cmpuint (n_heard, ==, 1);
      g_assert_cmpint (g_atomic_int_get (&decoder->n_decoded), ==, n_decoded);
    }
}

/* The same camera again and again; dropped at last while it runs. */
static void
test_start_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = draw (fixture, "still.png", "again");
  g_autofree char *source = g_strdup_printf (
      "filesrc location=%s ! pngdec ! imagefreeze ! video/x-raw,framerate=30/1", path);
  g_autoptr (BitketCamera) camera = make_camera (fixture, source, BITKET_CAMERA_PREVIEW, NULL);

  fixture->stop_after = "again";
  for (int round = 0; round < 3; round++)
    {
      g_assert_true (bitket_camera_start (camera, NULL));
      g_main_loop_run (fixture->loop);
      bitket_camera_stop (camera);
      bitket_camera_stop (camera);
    }
  g_assert_cmpstr (fixture->heard->str, ==, "again;again;again;");
  g_assert_true (bitket_camera_start (camera, NULL));
  g_clear_object (&camera);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpstr (fixture->heard->str, ==, "again;again;again;");
}

/* Signals come in the context in which the camera was made, not in the default one. */
static void
test_own_context (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autofree char *path = draw (fixture, "still.png", "own");
  g_autofree char *source = g_strdup_printf ("filesrc location=%s ! pngdec", path);
  g_autoptr (BitketCamera) camera = NULL;

  g_main_context_push_thread_default (context);
  camera = make_camera (fixture, source, BITKET_CAMERA_DEFAULT, NULL);
  g_assert_true (bitket_camera_start (camera, NULL));
  while (strcmp (fixture->heard->str, "own;ended;") != 0)
    g_main_context_iteration (context, TRUE);
  bitket_camera_stop (camera);
  g_main_context_pop_thread_default (context);
}

typedef struct
{
  guint n_frames;
  int width;
  int height;
  gboolean is_opaque;
  GBytes *kept; /* (owned) */
} Preview;

static void
preview_cb (BitketCamera *camera,
            GBytes *pixels,
            int width,
            int height,
            int stride,
            Preview *preview)
{
  gsize len;
  const guint8 *data = g_bytes_get_data (pixels, &len);

  g_assert_cmpint (stride, >=, 4 * width);
  g_assert_cmpuint (len, >=, (gsize) stride * (height - 1) + 4 * width);
  preview->n_frames++;
  preview->width = width;
  preview->height = height;
  preview->is_opaque = TRUE;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      preview->is_opaque = preview->is_opaque && data[(gsize) y * stride + 4 * x + 3] == 255;
  g_clear_pointer (&preview->kept, g_bytes_unref);
  preview->kept = g_bytes_ref (pixels);
}

static void
test_preview (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *caps;
    int width;
    int height;
  } cases[] = {
    { "video/x-raw,format=YUY2,width=640,height=480", 640, 480 },
    { "video/x-raw,format=I420,width=1920,height=1080", 1280, 720 },
    { "video/x-raw,format=RGB,width=90,height=50", 90, 50 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *source = g_strdup_printf ("videotestsrc is-live=true ! "
                                                 "%s,framerate=60/1",
                                                 cases[i].caps);
      g_autoptr (CountingDecoder) decoder = g_object_new (COUNTING_TYPE_DECODER, NULL);
      g_autoptr (BitketCamera) camera =
          make_camera (fixture, source, BITKET_CAMERA_PREVIEW, BITKET_DECODER (decoder));
      Preview preview = { 0 };

      g_signal_connect (camera, "preview", G_CALLBACK (preview_cb), &preview);
      g_assert_true (bitket_camera_start (camera, NULL));
      while (preview.n_frames < 3)
        g_main_context_iteration (NULL, TRUE);
      bitket_camera_stop (camera);
      g_assert_cmpint (preview.width, ==, cases[i].width);
      g_assert_cmpint (preview.height, ==, cases[i].height);
      g_assert_true (preview.is_opaque);
      /* A picture that is still on the screen outlives its camera. */
      g_clear_object (&camera);
      g_assert_cmpint (((const guint8 *) g_bytes_get_data (preview.kept, NULL))[3], ==, 255);
      g_bytes_unref (preview.kept);
    }
}

/* A picture that nobody fetches holds up neither the decoder nor memory. */
static void
test_preview_nobody_fetches (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (CountingDecoder) decoder = g_object_new (COUNTING_TYPE_DECODER, NULL);
  g_autoptr (BitketCamera) camera = NULL;
  Preview preview = { 0 };

  g_main_context_push_thread_default (context);
  camera = make_camera (fixture,
                        "videotestsrc pattern=snow num-buffers=40 ! video/x-raw,framerate=500/1",
                        BITKET_CAMERA_PREVIEW, BITKET_DECODER (decoder));
  g_signal_connect (camera, "preview", G_CALLBACK (preview_cb), &preview);
  g_assert_true (bitket_camera_start (camera, NULL));
  while (g_atomic_int_get (&decoder->n_decoded) < 40)
    g_thread_yield ();
  while (g_main_context_iteration (context, FALSE))
    continue;
  g_assert_cmpuint (preview.n_frames, ==, 1);
  g_clear_pointer (&preview.kept, g_bytes_unref);
  bitket_camera_stop (camera);
  g_main_context_pop_thread_default (context);
}

/* By GStreamer's own count, every buffer, sample and pipeline that was made has gone again. */
static void
test_nothing_leaks (Fixture *fixture, gconstpointer data)
{
  g_autofree char *film = shoot (fixture, "abc", 100);
  GList *tracers = gst_tracing_get_active_tracers ();
  GstStructure *activity = NULL;
  guint n_made, n_gone;

  g_assert_nonnull (tracers);
  g_signal_emit_by_name (tracers->data, "activity-start-tracking");
  for (int round = 0; round < 3; round++)
    assert_hears (fixture, film, BITKET_CAMERA_PREVIEW, "a;b;c;ended;");
  g_signal_emit_by_name (tracers->data, "activity-get-checkpoint", &activity);
  n_made = gst_value_list_get_size (gst_structure_get_value (activity, "objects-created-list"));
  n_gone = gst_value_list_get_size (gst_structure_get_value (activity, "objects-removed-list"));
  g_assert_cmpuint (n_made, >, 9);
  g_assert_cmpuint (n_made, ==, n_gone);
  g_signal_emit_by_name (tracers->data, "activity-stop-tracking");
  gst_structure_free (activity);
  g_list_free_full (tracers, gst_object_unref);
}

#define add(path, func) g_test_add ("/camera/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_setenv ("GST_TRACERS", "leaks(filters=\"GstBuffer,GstSample,GstPipeline\")", TRUE);
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  add ("stills", test_stills);
  add ("nothing-in-it", test_nothing_in_it);
  add ("films", test_films);
  add ("replaced-picture", test_replaced_picture);
  add ("refused", test_refused);
  add ("fault-in-the-middle", test_fault_in_the_middle);
  add ("bad-frame", test_bad_frame);
  add ("garbage", test_garbage);
  add ("live-end-is-a-loss", test_live_end_is_a_loss);
  add ("live-code", test_live_code);
  add ("unchanged-frames", test_unchanged_frames);
  add ("every-frame-of-a-film", test_every_frame_of_a_film);
  add ("stop-while-running", test_stop_while_running);
  add ("start-again", test_start_again);
  add ("own-context", test_own_context);
  add ("preview", test_preview);
  add ("preview-nobody-fetches", test_preview_nobody_fetches);
  add ("nothing-leaks", test_nothing_leaks);
  return g_test_run ();
}
