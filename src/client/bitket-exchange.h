/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* No answer is larger than this, counted after decompression. */
#define BITKET_EXCHANGE_MAX_BYTES (64 * 1024 * 1024)

/**
 * bitket_exchange_async:
 * @message: a request that was not sent yet; its status and headers hold the answer afterwards
 * @timeout_ms: for the whole of it, from the name lookup to the last byte of the body; libsoup's
 *   own timeout starts anew with every byte, so a trickling server would never end
 *
 * One request, one answer, no redirects, no judgement of the status. Errors: UNREACHABLE, TIMEOUT,
 * TLS, NOT_BITKET (no HTTP), ANSWER (larger than the limit), or G_IO_ERROR_CANCELLED.
 */
void bitket_exchange_async (SoupSession *soup,
                            SoupMessage *message,
                            guint timeout_ms,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/** bitket_exchange_finish: Returns: (transfer full): the body, decompressed; empty when none */
GBytes *bitket_exchange_finish (SoupSession *soup, GAsyncResult *result, GError **error);

/**
 * bitket_exchange_cancel_soon:
 * @cancellable: of an operation of libsoup
 *
 * Cancels once the main context has nothing more urgent to do. libsoup (seen in 3.2) crashes when a
 * message is cancelled between the moment its headers were read and the callback that says so,
 * which waits in the context at the default priority; after that callback cancelling is safe.
 * Threads: any.
 */
void bitket_exchange_cancel_soon (GCancellable *cancellable, GMainContext *context);

/** bitket_exchange_translate_error: what libsoup and GIO say, as one of ours; cancelled stays */
GError *bitket_exchange_translate_error (const GError *error, const char *host);

G_END_DECLS
