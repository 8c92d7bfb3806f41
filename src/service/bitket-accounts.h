/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-provider.h"

G_BEGIN_DECLS

/* Whose account it is that a provider vouches for. */

typedef enum
{
  BITKET_UNION_KEEP, /* nobody was asked */
  BITKET_UNION_SET,  /* to what the directory says; to none when it says none or failed */
} BitketUnionChange;

typedef struct
{
  BitketUnionChange change;
  const char *name; /* (nullable) of the union: none */
} BitketUnionNews;

/**
 * bitket_accounts_find:
 * @db: without a transaction; begins and ends its own, again when others were in the way
 *
 * The account that has the provider's id, else the one with the address (upper and lower case are
 * one), else a new one. What LiU says of name and LiU ID is taken over, and doors are told.
 * Errors: CREDENTIALS: there is no address to go by, or it belongs to somebody whom the provider
 * knows by another id; UNAVAILABLE: the database was busy too often. The texts are for the log.
 *
 * Returns: (transfer full): the account's address, by which tokens name it
 */
char *bitket_accounts_find (BitketDb *db,
                            const BitketProfile *profile,
                            const BitketUnionNews *news,
                            gint64 now_us,
                            GError **error);

G_END_DECLS
