/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A LiU ID: three to five letters, two or three digits ("astli042"). Given as itself or as an
 * address
 * @liu.se / @student.liu.se; stored in lower case. */
#define BITKET_LIU_ID_SIZE 9

gboolean bitket_liu_id_parse (const char *text, char liu_id[BITKET_LIU_ID_SIZE], GError **error);
/** bitket_liu_id_from_email: whether @email is an address of the university; @liu_id is then its
 * local part */
gboolean bitket_liu_id_from_email (const char *email, char liu_id[BITKET_LIU_ID_SIZE]);

G_END_DECLS
