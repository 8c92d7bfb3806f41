/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-router.h"

G_BEGIN_DECLS

/* What a request is called in the log and in its answer, and the line that is left of it. */

#define BITKET_REQUEST_ID_MAX_LEN 64

/** bitket_request_name_is_valid: 1 to 64 of letters, digits, ".", "_" and "-": what is taken over
 * from a client */
gboolean bitket_request_name_is_valid (const char *name);
/** bitket_request_name_take: Returns: (transfer full): @given (nullable) when it is sane, else a
 * new one */
char *bitket_request_name_take (const char *given);

/* What has become of a request. */
typedef struct
{
  const char *name; /* its id */
  BitketMethod method;
  const char *route; /* the pattern, never the path */
  guint status;      /* 0: the client was gone before there was an answer */
  gint64 duration_us;
  const BitketCaller *caller; /* (nullable): not known (yet) */
  gint64 n_bytes;             /* of the body; HEAD is sent none */
} BitketRequestOutcome;

/** bitket_request_log_format: Returns: (transfer full): the line, key=value. Ids and numbers only,
 * nothing of what was sent but the id that was taken over */
char *bitket_request_log_format (const BitketRequestOutcome *outcome);

/**
 * bitket_request_log_enter:
 * @name: (unowned) (nullable): outlives the scope
 *
 * What this thread logs from now on is about that request, until bitket_request_log_leave().
 */
void bitket_request_log_enter (const char *name);
void bitket_request_log_leave (void);
/** bitket_request_log_get_current: (nullable): of this thread */
const char *bitket_request_log_get_current (void);

G_END_DECLS
