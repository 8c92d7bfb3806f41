/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-session.h"

G_BEGIN_DECLS

/* Address, e-mail and password of a server's account.
 *
 * Properties (read-only): busy (boolean), error-sentence (string).
 * Action: page.sign-in. Signals: signed-in (BitketSession *session, const char *email). */
#define BITKET_TYPE_SIGN_IN_PAGE (bitket_sign_in_page_get_type ())
G_DECLARE_FINAL_TYPE (BitketSignInPage, bitket_sign_in_page, BITKET, SIGN_IN_PAGE, AdwBin)

/** bitket_sign_in_page_prefill: what was used the last time; both (nullable) */
void bitket_sign_in_page_prefill (BitketSignInPage *self, const char *server, const char *email);
/** bitket_sign_in_page_tell_signed_out: why it is shown again */
void bitket_sign_in_page_tell_signed_out (BitketSignInPage *self);
/** bitket_sign_in_page_cancel: ends a sign-in that is under way, and forgets the password */
void bitket_sign_in_page_cancel (BitketSignInPage *self);

G_END_DECLS
