/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a ticket costs: its type's price, plus the modifiers whose condition the buyer meets, plus
 * the differences of the choices. All add up, as in the original. Never below zero. All in öre. */
gint64 bitket_pricing_total (gint64 price_ore,
                             const gint64 *modifier_deltas_ore,
                             gsize n_modifiers,
                             const gint64 *choice_deltas_ore,
                             gsize n_choices);

/**
 * bitket_pricing_lowest:
 * @choice_minima_ore: of each variation, the smallest difference among its choices
 *
 * The least that somebody could come to pay if nothing stopped at zero: every discount met at once,
 * no surcharge met, the cheapest choice of each variation. Below zero, prices were written that
 * give away more than they ask.
 */
gint64 bitket_pricing_lowest (gint64 price_ore,
                              const gint64 *modifier_deltas_ore,
                              gsize n_modifiers,
                              const gint64 *choice_minima_ore,
                              gsize n_variations);

/* Whether one more ticket of a type can be had now. */
typedef enum
{
  BITKET_AVAILABILITY_NONE,
  BITKET_AVAILABILITY_AVAILABLE,
  BITKET_AVAILABILITY_UNPUBLISHED,
  BITKET_AVAILABILITY_NOT_OPEN,  /* sales have not begun */
  BITKET_AVAILABILITY_CLOSED,    /* sales are over */
  BITKET_AVAILABILITY_LINK_ONLY, /* not on sale to everyone */
  BITKET_AVAILABILITY_SOLD_OUT,
} BitketAvailability;

typedef struct
{
  gboolean is_event_published;
  gboolean is_published;
  gboolean is_generally_available;
  gboolean has_access_code; /* the buyer came with a link for this type */
  gint64 sales_open_us;     /* 0: no limit */
  gint64 sales_close_us;    /* 0: no limit */
  gint64 max_total;         /* -1: no limit */
  gint64 n_sold;            /* without pending ones, as the original counts for what it shows */
} BitketAvailabilityFacts;

BitketAvailability bitket_pricing_availability (const BitketAvailabilityFacts *facts,
                                                gint64 now_us);

G_END_DECLS
