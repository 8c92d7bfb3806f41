/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * bitket_test_new_dir:
 *
 * Makes an empty directory of mode 0700 that goes away, with all that lies in it, when the test
 * program exits, or before that with bitket_test_remove_dir(). With BITKET_TEST_KEEP set in the
 * environment it stays and its path is printed.
 *
 * Returns: (transfer full): an absolute path
 */
char *bitket_test_new_dir (void);
/** bitket_test_remove_dir: removes @dir and what lies in it; what is gone already is no error */
void bitket_test_remove_dir (const char *dir);
/** bitket_test_dir_free: (nullable): bitket_test_remove_dir() and g_free() */
void bitket_test_dir_free (char *dir);
typedef char BitketTestDir;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketTestDir, bitket_test_dir_free)

/** bitket_test_write_file: @content into DIR/NAME. Returns: (transfer full): the path */
char *bitket_test_write_file (const char *dir, const char *name, const char *content);

G_END_DECLS
