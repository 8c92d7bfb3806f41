/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/* What can be bought, as one buyer sees it now: ticket types with their choices, conflicts and the
 * discounts the buyer gets. Loaded as asked for. */
typedef struct _BitketCatalogue BitketCatalogue;

typedef struct
{
  char id[BITKET_ID_SIZE];
  char organization[BITKET_ID_SIZE];
  char **modifiers;    /* (owned) ids */
  GArray *deltas_ore;  /* (owned) gint64: of the modifiers */
  gint64 price_ore;    /* without discounts and choices */
  GHashTable *choices; /* (owned) id → BitketOfferChoice */
  guint n_variations;
  char **conflicts; /* (owned) ids of types */
} BitketOffer;

typedef struct
{
  char variation[BITKET_ID_SIZE];
  gint64 delta_ore;
} BitketOfferChoice;

BitketCatalogue *bitket_catalogue_new (BitketRequest *request, BitketDb *db);
void bitket_catalogue_free (BitketCatalogue *self);
/** bitket_catalogue_find: @offer (out) (transfer none) (nullable): %NULL when there is no published
 * ticket type of that id */
gboolean bitket_catalogue_find (BitketCatalogue *self,
                                const char *ticket_type,
                                const BitketOffer **offer,
                                GError **error);
/** bitket_catalogue_has_choice: whether there is such a choice of any type at all */
gboolean bitket_catalogue_has_choice (BitketCatalogue *self,
                                      const char *choice,
                                      gboolean *is_there,
                                      GError **error);

/** bitket_offer_find_choice: (nullable) */
const BitketOfferChoice *bitket_offer_find_choice (const BitketOffer *offer, const char *choice);
/** bitket_offer_check_choices: whether @choices (element-type utf8) are exactly one of each
 * variation */
gboolean bitket_offer_check_choices (const BitketOffer *offer, GPtrArray *choices);
/** bitket_offer_get_price: @choices: (array zero-terminated=1). In öre. */
gint64 bitket_offer_get_price (const BitketOffer *offer, const char *const *choices);
gboolean bitket_offer_conflicts (const BitketOffer *offer, const BitketOffer *other);

G_END_DECLS
