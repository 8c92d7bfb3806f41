/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "bitket-session.h"

G_BEGIN_DECLS

#define BITKET_SESSION_DEFAULT_TIMEOUT_MS 30000
/* A JWT that ends sooner than this is renewed before it is used. */
#define BITKET_SESSION_REFRESH_BEFORE_US (10 * 60 * G_USEC_PER_SEC)

struct _BitketSession
{
  GObject parent_instance;
  GUri *base;        /* (owned) */
  char *base_url;    /* (owned) */
  SoupSession *soup; /* (owned) */
  BitketCredential kind;
  char *secret;           /* (owned) (nullable) wiped when freed */
  gint64 expires_us;      /* of a JWT, by the server's clock; 0: not known */
  gint64 clock_offset_us; /* what is to be added to our clock to get the server's */
  GPtrArray *waiting;     /* (owned) of GTask: who waits for the refresh that is under way */
  gboolean is_refreshing;
  gint64 busy_until_us; /* monotonic: until when the service asked to be left alone */
};

/** bitket_session_resolve: @path or a whole link of this server. ADDRESS when it leads elsewhere.
 * Returns: (transfer full) */
GUri *bitket_session_resolve (BitketSession *self, const char *path, GError **error);
/** bitket_session_new_message: a request with credential and Accept set. Returns: (transfer full)
 */
SoupMessage *bitket_session_new_message (BitketSession *self, const char *method, GUri *uri);
/** bitket_session_note_date: learns the server's clock from an answer */
void bitket_session_note_date (BitketSession *self, SoupMessage *message);

/** bitket_session_needs_refresh: whether the JWT ends within ten minutes */
gboolean bitket_session_needs_refresh (BitketSession *self);
/** bitket_session_refresh_async: renews the JWT; callers that come while one is under way share it.
 * Fails with UNAUTHORIZED when the service refuses: the session is signed out then. */
void bitket_session_refresh_async (BitketSession *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean bitket_session_refresh_finish (BitketSession *self, GAsyncResult *result, GError **error);

G_END_DECLS
