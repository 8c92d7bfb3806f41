/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-paging.h"
#include "bitket-record.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* The collections of the API as they are read: who sees which rows, in which order, and what is
 * worked out for them. Lists, single resources and the answers of writes come from here, so that a
 * write answers what its caller would read. */

/** bitket_collections_find: Returns: (transfer none): the schema of "/api/<collection>/…" */
const BitketSchema *bitket_collections_find (const char *path);
/** bitket_collections_get_keys: by what the lists of @schema are sorted */
const BitketPageKey *bitket_collections_get_keys (const BitketSchema *schema);

/* What a list may be narrowed to: ids, "" without. */
typedef struct
{
  char event[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  char ticket_type[BITKET_ID_SIZE];
} BitketFilter;

/**
 * bitket_collections_list:
 * @next: (out) (nullable): the Link header when more follows
 * Returns: (transfer full): what the caller sees of the collection, a page of it
 */
JsonArray *bitket_collections_list (BitketRequest *request,
                                    BitketDb *db,
                                    const BitketSchema *schema,
                                    const BitketPage *page,
                                    const BitketFilter *filter,
                                    char **next,
                                    GError **error);
/** bitket_collections_get: Returns: (transfer full) (nullable): one resource as the caller sees it;
 * %NULL without @error when there is none for him */
JsonNode *bitket_collections_get (BitketRequest *request,
                                  BitketDb *db,
                                  const BitketSchema *schema,
                                  const char *id,
                                  GError **error);
/**
 * bitket_collections_dup_state: what a resource's tag says of what is stored
 *
 * A digest over the members of @resource that are not worked out. Tickets that are sold meanwhile
 * change the figures of their type but not this, so that they are in nobody's way who edits it.
 * Returns: (transfer full): 16 hex digits
 */
char *bitket_collections_dup_state (const BitketSchema *schema, JsonNode *resource);

G_END_DECLS
