/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Lets a ticket in against the rule: asks why, since somebody will ask later. Signal: confirmed
 * (const char *ownership, const char *reason). */
#define BITKET_TYPE_FORCE_DIALOG (bitket_force_dialog_get_type ())
G_DECLARE_FINAL_TYPE (BitketForceDialog, bitket_force_dialog, BITKET, FORCE_DIALOG, AdwWindow)

/** bitket_force_dialog_new: @name: (nullable): the holder's; @why_not: (nullable): what speaks
 * against it */
BitketForceDialog *bitket_force_dialog_new (GtkWindow *parent,
                                            const char *ownership,
                                            const char *name,
                                            const char *why_not);

G_END_DECLS
