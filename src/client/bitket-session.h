/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "bitket-client-error.h"

G_BEGIN_DECLS

/* An answer of the service. Immutable, atomically counted. */
typedef struct _BitketResponse BitketResponse;
BitketResponse *bitket_response_ref (BitketResponse *self);
void bitket_response_unref (BitketResponse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketResponse, bitket_response_unref)
guint bitket_response_get_status (BitketResponse *self);
/** bitket_response_get_bytes: the body, decompressed */
GBytes *bitket_response_get_bytes (BitketResponse *self);
/** bitket_response_get_json: (nullable): the body as JSON; %NULL when the request was made with RAW
 * or had no body */
JsonNode *bitket_response_get_json (BitketResponse *self);
const char *bitket_response_get_etag (BitketResponse *self);      /* nullable */
const char *bitket_response_get_next_link (BitketResponse *self); /* nullable: Link rel="next" */
/** bitket_response_get_server_time_us: the Date header, 0 when there was none */
gint64 bitket_response_get_server_time_us (BitketResponse *self);

/* One server, one account. Main-context object; asynchronous throughout.
 * Properties: base-url (construct), signed-in (boolean, read-only). */
#define BITKET_TYPE_SESSION (bitket_session_get_type ())
G_DECLARE_FINAL_TYPE (BitketSession, bitket_session, BITKET, SESSION, GObject)

typedef enum
{
  BITKET_CREDENTIAL_NONE,
  BITKET_CREDENTIAL_JWT,   /* Authorization: JWT …, refreshed before it ends */
  BITKET_CREDENTIAL_TOKEN, /* Authorization: Token …: a service token */
  BITKET_CREDENTIAL_DOOR,  /* Authorization: Door …: a paired door */
} BitketCredential;

/** bitket_session_new: @base_url "https://host[:port]"; http only to this machine: ADDRESS
 * otherwise */
BitketSession *bitket_session_new (const char *base_url, GError **error);
const char *bitket_session_get_base_url (BitketSession *self);
/** bitket_session_set_credential: @secret is copied; the copy is wiped when replaced or disposed */
void bitket_session_set_credential (BitketSession *self, BitketCredential kind, const char *secret);
gboolean bitket_session_is_signed_in (BitketSession *self);
/** bitket_session_get_busy_ms: for how long the service asked to be left alone (Retry-After of a
 * BUSY answer), 0 when it did not, one hour at most */
guint bitket_session_get_busy_ms (BitketSession *self);

typedef enum
{
  BITKET_REQUEST_DEFAULT = 0,
  BITKET_REQUEST_RAW = 1 << 0,   /* leave the body as bytes: large feeds are parsed elsewhere */
  BITKET_REQUEST_RETRY = 1 << 1, /* only for what is idempotent: try again with back-off on
                                    UNREACHABLE, SERVER, BUSY, at most 4 times */
} BitketRequestFlags;

/**
 * bitket_session_request_async:
 * @path: "/api/events/" with its query, or a whole next link of the same server (another host is
 * refused)
 * @body: (nullable): sent as JSON
 * @if_match: (nullable): an ETag
 * @timeout_ms: for the whole exchange; 0: 30 s
 *
 * Any status of 400 or more, and 200 that is not JSON, comes as an error; its message is the
 * answer's "detail" or the first field's text. Redirects are not followed to another host. TLS is
 * verified, always.
 */
void bitket_session_request_async (BitketSession *self,
                                   const char *method,
                                   const char *path,
                                   JsonNode *body,
                                   const char *if_match,
                                   BitketRequestFlags flags,
                                   guint timeout_ms,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
BitketResponse *
bitket_session_request_finish (BitketSession *self, GAsyncResult *result, GError **error);

/** bitket_session_sign_in_async: provider "password"; the JWT is kept in the session and refreshed
 * by it. @password is copied and wiped. */
void bitket_session_sign_in_async (BitketSession *self,
                                   const char *email,
                                   const char *password,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean bitket_session_sign_in_finish (BitketSession *self, GAsyncResult *result, GError **error);
void bitket_session_sign_out (BitketSession *self);

/**
 * bitket_session_list_async:
 * Fetches a whole collection, page by page, as records of @schema's type.
 * finish: Returns: (transfer full) (element-type BitketRecord): a #GPtrArray
 */
void bitket_session_list_async (BitketSession *self,
                                const char *collection,
                                const char *query /* nullable: "event=ID" */,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GPtrArray *bitket_session_list_finish (BitketSession *self, GAsyncResult *result, GError **error);

G_END_DECLS
