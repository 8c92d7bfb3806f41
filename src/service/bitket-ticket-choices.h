/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"

G_BEGIN_DECLS

/* The choices of tickets that are made or changed by hand. */

typedef enum
{
  BITKET_CHOICES_FAILED, /* with an error */
  BITKET_CHOICES_CHANGED,
  BITKET_CHOICES_SAME,  /* as they were: nothing was written */
  BITKET_CHOICES_WRONG, /* not one of each variation, or of another price */
  BITKET_CHOICES_TAKEN, /* one of them has reached its limit: roll back */
} BitketChoicesResult;

/**
 * bitket_ticket_choices_change:
 * @choices: ids, in any order
 * @text: (out) (transfer full) (nullable): why not, for WRONG and TAKEN
 *
 * Gives a ticket other choices, at the same price. WRITE transaction.
 */
BitketChoicesResult bitket_ticket_choices_change (BitketDb *db,
                                                  const char *ticket,
                                                  const char *ticket_type,
                                                  const char *const *choices,
                                                  char **text,
                                                  GError **error);

G_END_DECLS
