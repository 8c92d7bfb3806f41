/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-pricing.h"

gint64
bitket_pricing_total (gint64 price_ore,
                      const gint64 *modifier_deltas_ore,
                      gsize n_modifiers,
                      const gint64 *choice_deltas_ore,
                      gsize n_choices)
{
  gint64 total_ore = price_ore;

  g_return_val_if_fail (modifier_deltas_ore != NULL || n_modifiers == 0, 0);
  g_return_val_if_fail (choice_deltas_ore != NULL || n_choices == 0, 0);

  for (gsize i = 0; i < n_modifiers; i++)
    total_ore += modifier_deltas_ore[i];
  for (gsize i = 0; i < n_choices; i++)
    total_ore += choice_deltas_ore[i];
  return MAX (total_ore, 0);
}

gint64
bitket_pricing_lowest (gint64 price_ore,
                       const gint64 *modifier_deltas_ore,
                       gsize n_modifiers,
                       const gint64 *choice_minima_ore,
                       gsize n_variations)
{
  gint64 lowest_ore = price_ore;

  g_return_val_if_fail (modifier_deltas_ore != NULL || n_modifiers == 0, 0);
  g_return_val_if_fail (choice_minima_ore != NULL || n_variations == 0, 0);

  for (gsize i = 0; i < n_modifiers; i++)
    lowest_ore += MIN (modifier_deltas_ore[i], 0);
  for (gsize i = 0; i < n_variations; i++)
    lowest_ore += choice_minima_ore[i];
  return lowest_ore;
}

BitketAvailability
bitket_pricing_availability (const BitketAvailabilityFacts *facts, gint64 now_us)
{
  g_return_val_if_fail (facts != NULL, BITKET_AVAILABILITY_NONE);

  if (!facts->is_event_published || !facts->is_published)
    return BITKET_AVAILABILITY_UNPUBLISHED;
  if (facts->sales_open_us != 0 && now_us < facts->sales_open_us)
    return BITKET_AVAILABILITY_NOT_OPEN;
  if (facts->sales_close_us != 0 && now_us >= facts->sales_close_us)
    return BITKET_AVAILABILITY_CLOSED;
  if (!facts->is_generally_available && !facts->has_access_code)
    return BITKET_AVAILABILITY_LINK_ONLY;
  if (facts->max_total >= 0 && facts->n_sold >= facts->max_total)
    return BITKET_AVAILABILITY_SOLD_OUT;
  return BITKET_AVAILABILITY_AVAILABLE;
}
