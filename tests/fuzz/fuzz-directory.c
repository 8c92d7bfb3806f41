/* SPDX-License-Identifier: MIT */
#include "bitket-directory-private.h"
#include "bitket-service-error.h"
#include "fuzz.h"

/* Sesam's envelopes and Kobra's students: a student with a LiU ID, nobody, or an error. */
int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  static gboolean (*const readers[]) (guint status, const char *body, gsize body_len,
                                      BitketStudent **student,
                                      GError **error) = { bitket_sesam_read, bitket_kobra_read };
  static const guint statuses[] = { 200, 500 };

  if (len == 0)
    return -1;
  for (gsize i = 0; i < G_N_ELEMENTS (readers) * G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BitketStudent) student = NULL;
      gboolean is_good = readers[i % G_N_ELEMENTS (readers)](
          statuses[i / G_N_ELEMENTS (readers)], (const char *) data, len, &student, &error);

      g_assert_true (is_good == (error == NULL));
      g_assert_true (is_good || student == NULL);
      g_assert_true (error == NULL || g_error_matches (error, BITKET_SERVICE_ERROR,
                                                       BITKET_SERVICE_ERROR_UNAVAILABLE));
      g_assert_true (student == NULL || (student->liu_id != NULL && *student->email != '\0'));
    }
  return 0;
}
