/* SPDX-License-Identifier: MIT */
#include "app-fixture.h"

#include <glib/gstdio.h>
#include <locale.h>

static BitketApplication *application;
static char *home;

/* What scripts/ui-session says about fonts and animations stays. */
static void
keep_gtk_settings (const char *old_config)
{
  g_autofree char *from = g_build_filename (old_config, "gtk-4.0", "settings.ini", NULL);
  g_autofree char *directory = g_build_filename (home, "gtk-4.0", NULL);
  g_autofree char *to = g_build_filename (directory, "settings.ini", NULL);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (from, &text, NULL, NULL))
    return;
  g_assert_cmpint (g_mkdir_with_parents (directory, 0700), ==, 0);
  g_assert_true (g_file_set_contents (to, text, -1, NULL));
}

static void
set_home (void)
{
  static const char *const names[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME" };

  home = bitket_test_new_dir ();
  if (g_getenv ("XDG_CONFIG_HOME") != NULL)
    keep_gtk_settings (g_getenv ("XDG_CONFIG_HOME"));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_setenv (names[i], home, TRUE);
}

void
app_fixture_init (int *argc, char ***argv)
{
  g_test_init (argc, argv, NULL);
  app_fixture_start ();
}

void
app_fixture_start (void)
{
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  g_setenv ("GTK_A11Y", "test", TRUE);
  set_home ();
  application = bitket_application_new ();
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE);
  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);
}

BitketApplication *
app_fixture_get_application (void)
{
  return application;
}

const char *
app_fixture_get_home (void)
{
  return home;
}

GtkWidget *
app_find (GtkWidget *root,
          GType type,
          gboolean (*matches) (GtkWidget *widget, gpointer data),
          gpointer data)
{
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (matches == NULL || matches (root, data)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = app_find (child, type, matches, data);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
says (GtkWidget *widget, gpointer data)
{
  return gtk_widget_get_mapped (widget) && gtk_widget_get_child_visible (widget) &&
         g_strcmp0 (gtk_label_get_text (GTK_LABEL (widget)), data) == 0;
}

GtkWidget *
app_find_text (GtkWidget *root, const char *text)
{
  return app_find (root, GTK_TYPE_LABEL, says, (gpointer) text);
}

typedef struct
{
  GtkWidget *root;
  const char *text;
} TextWait;

static gboolean
is_text_there (gpointer data)
{
  TextWait *wait = data;

  return app_find_text (wait->root, wait->text) != NULL;
}

void
app_wait_for_text (GtkWidget *root, const char *text)
{
  TextWait wait = { root, text };

  if (!bitket_test_wait_until (is_text_there, &wait, 60))
    {
      g_test_message ("\"%s\" was never shown", text);
      g_assert_not_reached ();
    }
}

static gboolean
is_nameless (GtkWidget *widget, gpointer data)
{
  gboolean is_button = GTK_IS_BUTTON (widget) || GTK_IS_MENU_BUTTON (widget);

  if (!is_button || !gtk_widget_get_mapped (widget))
    return FALSE;
  if (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) != NULL)
    return FALSE;
  /* Parts of other widgets, such as a menu button's toggle, are named by those. */
  if (GTK_IS_TOGGLE_BUTTON (widget) && GTK_IS_MENU_BUTTON (gtk_widget_get_parent (widget)))
    return FALSE;
  return !gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget),
                                            GTK_ACCESSIBLE_PROPERTY_LABEL) &&
         gtk_widget_get_tooltip_text (widget) == NULL;
}

void
app_assert_all_named (GtkWidget *root)
{
  GtkWidget *nameless = app_find (root, GTK_TYPE_WIDGET, is_nameless, NULL);

  if (nameless != NULL)
    {
      g_test_message ("a %s in %s has no name for screen readers", G_OBJECT_TYPE_NAME (nameless),
                      G_OBJECT_TYPE_NAME (gtk_widget_get_parent (nameless)));
      g_assert_not_reached ();
    }
}

static gboolean
is_gone (gpointer data)
{
  return *(gpointer *) data == NULL;
}

void
app_assert_gone (gpointer object)
{
  gpointer watched = object;

  g_object_add_weak_pointer (object, &watched);
  g_object_unref (object);
  if (!bitket_test_wait_until (is_gone, &watched, 30))
    {
      g_test_message ("a %s leaks: %u references are left", G_OBJECT_TYPE_NAME (watched),
                      ((GObject *) watched)->ref_count);
      g_assert_not_reached ();
    }
}

static void
painted_cb (GdkFrameClock *clock, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static gboolean
is_painted (gpointer data)
{
  return *(guint *) data >= 3;
}

void
app_wait_for_frames (GtkWidget *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);
  guint n_painted = 0;
  gulong handler = g_signal_connect (clock, "after-paint", G_CALLBACK (painted_cb), &n_painted);

  gdk_frame_clock_begin_updating (clock);
  bitket_test_run_pending ();
  g_assert_true (bitket_test_wait_until (is_painted, &n_painted, 30));
  gdk_frame_clock_end_updating (clock);
  g_signal_handler_disconnect (clock, handler);
}
