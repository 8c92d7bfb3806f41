/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the service asks of other servers (Stripe, sign-in providers, directories): libcurl on a
 * thread of its own, connections kept and shared, TLS verified always. Any thread. */
typedef struct _BitketHttp BitketHttp;

typedef struct
{
  const char *method; /* "GET", "POST", "DELETE" */
  const char *url;
  const char *const *headers; /* (nullable) "Name: value" */
  GBytes *body;               /* (nullable) */
  guint timeout_ms;           /* 0: 30 seconds, for the whole exchange */
} BitketHttpRequest;

typedef struct
{
  guint status;
  GHashTable *headers; /* (owned) (element-type utf8 utf8) names in lower case */
  GBytes *body;        /* (owned) at most 4 MiB: more is an error */
} BitketHttpResponse;

/** bitket_http_new: @ca_file: (nullable): the system's authorities */
BitketHttp *bitket_http_new (const char *ca_file);
/** bitket_http_free: (nullable): what is under way ends with CANCELLED; joins the thread */
void bitket_http_free (BitketHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketHttp, bitket_http_free)

/**
 * bitket_http_send_async:
 * @request: copied
 *
 * The callback runs in the caller's thread-default context. Any status is an answer; errors are
 * G_IO_ERROR: TIMED_OUT, CONNECTION_REFUSED (certainly not sent), CANCELLED, FAILED (perhaps sent).
 * No error text holds a header or a body.
 */
void bitket_http_send_async (BitketHttp *self,
                             const BitketHttpRequest *request,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data);
BitketHttpResponse *bitket_http_send_finish (GAsyncResult *result, GError **error);
/** bitket_http_send: the same, waiting for it: on a worker that may wait */
BitketHttpResponse *bitket_http_send (BitketHttp *self,
                                      const BitketHttpRequest *request,
                                      GCancellable *cancellable,
                                      GError **error);
void bitket_http_response_free (BitketHttpResponse *response);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketHttpResponse, bitket_http_response_free)

G_END_DECLS
