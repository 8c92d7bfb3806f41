/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door.h"
#include "bitket-event-item.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* From "Open the door" to an open door: as it was paired before, and otherwise paired now with the
 * organizer's own account. */

/**
 * bitket_door_opener_open_async:
 * @session: of an account that may pair doors
 * @sample_directory: (nullable): where the sample event lies: its keys need no keyring
 */
void bitket_door_opener_open_async (BitketSession *session,
                                    BitketEventItem *item,
                                    const char *sample_directory,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);
/** bitket_door_opener_open_paired_async: the door that this computer was paired as, on its own.
 * @server: (nullable): as it was typed when it was paired */
void bitket_door_opener_open_paired_async (const char *server,
                                           GCancellable *cancellable,
                                           GAsyncReadyCallback callback,
                                           gpointer user_data);
/** bitket_door_opener_make_code_async: a code for another computer, named @door_name */
void bitket_door_opener_make_code_async (BitketSession *session,
                                         const char *event_id,
                                         const char *door_name,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
/** @code, @link: (out) (transfer full): to type, and the same with the server in it */
gboolean bitket_door_opener_make_code_finish (GAsyncResult *result,
                                              char **code,
                                              char **link,
                                              GError **error);

/** Returns: (transfer full): for both */
BitketDoor *bitket_door_opener_open_finish (GAsyncResult *result, GError **error);
/** bitket_door_opener_dup_paired_dir: Returns: (transfer full): where such a door's files lie */
char *bitket_door_opener_dup_paired_dir (void);

G_END_DECLS
