/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-store.h"

G_BEGIN_DECLS

/* Small things that the files of the store share. */

/** bitket_store_prepare_texts: prepares @sql and binds @parameters (nullable, %NULL-terminated) to
 * $1 … */
BitketStatement *bitket_store_prepare_texts (BitketDb *db,
                                             const char *sql,
                                             const char *const *parameters,
                                             GError **error);
/** bitket_store_step_one: a row is expected; its absence is NOT_FOUND: "there is no @what “@id”" */
gboolean bitket_store_step_one (BitketStatement *statement,
                                const char *what,
                                const char *id,
                                GError **error);

/** bitket_store_read_ids: adds the id of every record of @schema to @ids, a set that frees them */
gboolean
bitket_store_read_ids (BitketDb *db, const BitketSchema *schema, GHashTable *ids, GError **error);

/** bitket_store_put_change: tells the feed of @event of an ownership whose ticket has no other */
gboolean
bitket_store_put_change (BitketDb *db, const char *event, const char *ownership, GError **error);
/** bitket_store_touch_new: tells the feed of every ownership that it has never heard of, event by
 * event, oldest first: after an import */
gboolean bitket_store_touch_new (BitketDb *db, GError **error);

/** bitket_store_index_user: keeps what the user is searched by; after every write of one */
gboolean bitket_store_index_user (BitketDb *db, const char *user, GError **error);
/** bitket_store_ensure_search: folds everybody anew when that was done by older rules, or never.
 * Begins its own transaction */
gboolean bitket_store_ensure_search (BitketDb *db, GError **error);

G_END_DECLS
