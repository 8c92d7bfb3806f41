/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-writable.h"

G_BEGIN_DECLS

/* The steps of a write. Each one returns %FALSE when the request is answered: with @reply set, or
 * with @error. */

/** bitket_writing_begin_new: who may, by the body's parent; the organization's writers take turns
 * from here on */
gboolean bitket_writing_begin_new (BitketWrite *write,
                                   BitketRequest *request,
                                   BitketDb *db,
                                   const BitketSchema *schema,
                                   JsonObject *body,
                                   BitketReply **reply,
                                   GError **error);
/** bitket_writing_begin: the same for what is there already: the request's resource; If-Match is
 * honoured; before is set */
gboolean bitket_writing_begin (BitketWrite *write,
                               BitketRequest *request,
                               BitketDb *db,
                               const BitketSchema *schema,
                               BitketReply **reply,
                               GError **error);
/** bitket_writing_store: checks @body, writes it, and the audit trail, and tells the streams */
gboolean
bitket_writing_store (BitketWrite *write, JsonObject *body, BitketReply **reply, GError **error);
/** bitket_writing_store_record: the same for a record that is made already */
gboolean bitket_writing_store_record (BitketWrite *write, BitketReply **reply, GError **error);
/** bitket_writing_delete: the resource with what hangs on it; CONFLICT when it may not be lost */
gboolean bitket_writing_delete (BitketWrite *write, GError **error);
/** bitket_writing_note: writes the audit trail and tells the streams of @action */
gboolean bitket_writing_note (BitketWrite *write, const char *action, GError **error);
/** bitket_writing_answer: the resource as its caller would read it. Returns: (transfer full) */
BitketReply *bitket_writing_answer (const BitketWrite *write, guint status, GError **error);

/** bitket_duplicate_event: the handler of "like last year": the event with its ticket types,
 * variations, choices, modifiers and conflicts, unpublished, nothing sold. Returns: (transfer full)
 */
BitketReply *bitket_duplicate_event (BitketRequest *request, BitketDb *db, GError **error);

/** bitket_writing_answer_stale: 412: somebody was faster; @current is what is there now */
BitketReply *bitket_writing_answer_stale (JsonNode *current, const char *state);

G_END_DECLS
