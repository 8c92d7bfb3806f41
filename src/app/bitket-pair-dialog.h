/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-event-item.h"
#include "bitket-session.h"

G_BEGIN_DECLS

/* An organizer pairs another computer with an event: a name, then a code that works once.
 *
 * Properties (read-only): server, code, error-sentence (strings).
 * Actions: dialog.make-code, dialog.copy. */
#define BITKET_TYPE_PAIR_DIALOG (bitket_pair_dialog_get_type ())
G_DECLARE_FINAL_TYPE (BitketPairDialog, bitket_pair_dialog, BITKET, PAIR_DIALOG, AdwWindow)

BitketPairDialog *
bitket_pair_dialog_new (GtkWindow *parent, BitketSession *session, BitketEventItem *item);

G_END_DECLS
