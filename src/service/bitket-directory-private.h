/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-directory.h"

G_BEGIN_DECLS

/* One question, as each of the directories is asked it: what it answers is in its file. @status is
 * the answer's. They are told apart from the asking so that strange answers can be tried on them.
 * Returns: %FALSE with UNAVAILABLE when the answer cannot be understood; @student as in
 * bitket_directory_find() */
gboolean bitket_sesam_read (guint status,
                            const char *body,
                            gsize len,
                            BitketStudent **student,
                            GError **error);
gboolean bitket_kobra_read (guint status,
                            const char *body,
                            gsize len,
                            BitketStudent **student,
                            GError **error);

/** bitket_sesam_send: Returns: (transfer full) (nullable): the answer, whatever its status */
BitketHttpResponse *bitket_sesam_send (const BitketConfig *config,
                                       BitketHttp *http,
                                       BitketDirectoryKey kind,
                                       const char *key,
                                       guint timeout_ms,
                                       GError **error);
BitketHttpResponse *bitket_kobra_send (const BitketConfig *config,
                                       BitketHttp *http,
                                       BitketDirectoryKey kind,
                                       const char *key,
                                       guint timeout_ms,
                                       GError **error);

/** bitket_student_new: @email: (nullable): that of the LiU ID. Returns: (nullable): %NULL when
 * @liu_id is none */
BitketStudent *
bitket_student_new (const char *liu_id, const char *email, const char *student_union);
/** bitket_directory_fail: UNAVAILABLE with a text for the log. Returns: %FALSE */
gboolean bitket_directory_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
