/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-config.h"
#include "bitket-http.h"

G_BEGIN_DECLS

/* The directories of LiU's students: Sesam (LiU's own, SOAP) and Kobra (the student unions', REST).
 * Each is set up or off. They know to which union somebody belongs and whose card a number is. Any
 * thread; calls wait. See docs/sign-in.md for what goes over the wire. */
typedef struct _BitketDirectory BitketDirectory;

/** bitket_directory_new: @config: ref'd; @http: (unowned): outlives it. Main thread. */
BitketDirectory *bitket_directory_new (BitketConfig *config, BitketHttp *http);
/** bitket_directory_free: (nullable) */
void bitket_directory_free (BitketDirectory *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDirectory, bitket_directory_free)

/** bitket_directory_is_on: whether there is anybody to ask */
gboolean bitket_directory_is_on (BitketDirectory *self);

/* By what somebody is looked up. */
typedef enum
{
  BITKET_DIRECTORY_BY_NONE,
  BITKET_DIRECTORY_BY_LIN,    /* norEduPersonLIN */
  BITKET_DIRECTORY_BY_LIU_ID, /* */
  BITKET_DIRECTORY_BY_CARD,   /* a card's number in digits; in either order of its bytes */
} BitketDirectoryKey;

typedef struct
{
  char *email;         /* (owned) */
  char *liu_id;        /* (owned) */
  char *student_union; /* (owned) (nullable): member of none */
} BitketStudent;
void bitket_student_free (BitketStudent *student);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketStudent, bitket_student_free)

/**
 * bitket_directory_find:
 * @student: (out) (transfer full) (nullable): %NULL when nobody is known by @key
 *
 * Asks Sesam, then Kobra, until one knows; three seconds at most in all.
 * Returns: %FALSE with BITKET_SERVICE_ERROR_UNAVAILABLE when one could not be asked or understood
 * and none knew. The text is for the log and quotes nothing.
 */
gboolean bitket_directory_find (BitketDirectory *self,
                                BitketDirectoryKey kind,
                                const char *key,
                                BitketStudent **student,
                                GError **error);

G_END_DECLS
