/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-camera.h"

G_BEGIN_DECLS

/* A door's pairing: a code that is typed, or its QR code through the camera.
 *
 * Properties (read-only): busy, scanning (booleans), error-sentence (string).
 * Actions: page.pair, page.scan. Signals: paired (const char *server). */
#define BITKET_TYPE_PAIR_PAGE (bitket_pair_page_get_type ())
G_DECLARE_FINAL_TYPE (BitketPairPage, bitket_pair_page, BITKET, PAIR_PAGE, AdwBin)

/** bitket_pair_page_begin: @state_dir: where the door's files will lie; @server: (nullable) */
void bitket_pair_page_begin (BitketPairPage *self, const char *state_dir, const char *server);
/** bitket_pair_page_cancel: stops the camera and a pairing that is under way */
void bitket_pair_page_cancel (BitketPairPage *self);

G_END_DECLS
