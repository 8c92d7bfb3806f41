/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

#include "bitket-test-dir.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

static GHashTable *dirs_to_remove; /* (owned) (element-type path) */
static pid_t owner;

static void
remove_tree (const char *path)
{
  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK) && g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_autoptr (GDir) dir = NULL;
      const char *name;

      /* A test may have taken the permissions away to see what happens then. */
      g_chmod (path, 0700);
      dir = g_dir_open (path, 0, NULL);
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *child = g_build_filename (path, name, NULL);
          remove_tree (child);
        }
    }
  g_remove (path);
}

static void
remove_all_at_exit (void)
{
  GHashTableIter iter;
  gpointer path;

  /* A forked child that exits must not take its parent's directories with it. */
  if (getpid () != owner)
    return;

  g_hash_table_iter_init (&iter, dirs_to_remove);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    {
      if (g_getenv ("BITKET_TEST_KEEP") != NULL)
        g_printerr ("# kept %s\n", (const char *) path);
      else
        remove_tree (path);
    }
  g_clear_pointer (&dirs_to_remove, g_hash_table_unref);
}

char *
bitket_test_new_dir (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_dir_make_tmp ("bitket-test-XXXXXX", &error);

  g_assert_no_error (error);
  if (dirs_to_remove == NULL)
    {
      dirs_to_remove = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      owner = getpid ();
      atexit (remove_all_at_exit);
    }
  g_hash_table_add (dirs_to_remove, g_strdup (dir));
  return g_steal_pointer (&dir);
}

void
bitket_test_remove_dir (const char *dir)
{
  g_return_if_fail (dir != NULL);

  if (g_getenv ("BITKET_TEST_KEEP") != NULL)
    return;
  remove_tree (dir);
  if (dirs_to_remove != NULL)
    g_hash_table_remove (dirs_to_remove, dir);
}

void
bitket_test_dir_free (char *dir)
{
  if (dir == NULL)
    return;
  bitket_test_remove_dir (dir);
  g_free (dir);
}

char *
bitket_test_write_file (const char *dir, const char *name, const char *content)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (dir, name, NULL);

  g_file_set_contents (path, content, -1, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&path);
}
