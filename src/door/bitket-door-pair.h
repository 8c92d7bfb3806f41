/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door-keys.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* Becoming a door of an event: what is asked of the service for it. Main context. */

/**
 * bitket_door_pair_code_parse:
 * @text: a pairing code as somebody typed it, or the link that the QR holds
 * @service: (out) (nullable): the server in it
 * @code: (out): the code alone
 */
gboolean
bitket_door_pair_code_parse (const char *text, char **service, char **code, GError **error);

/** bitket_door_redeem_async: takes the pairing @code.
 * finish: Returns: (transfer full): token, door key, event and name; no seal key */
void bitket_door_redeem_async (BitketSession *session,
                               const char *code,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data);
BitketDoorSecrets *
bitket_door_redeem_finish (BitketSession *session, GAsyncResult *result, GError **error);

/** bitket_door_enrol_async: makes a door of @event (slug or id) with the session's own rights, and
 * redeems its code. Finish with bitket_door_enrol_finish(). */
void bitket_door_enrol_async (BitketSession *session,
                              const char *event,
                              const char *door_name,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
BitketDoorSecrets *
bitket_door_enrol_finish (BitketSession *session, GAsyncResult *result, GError **error);

G_END_DECLS
