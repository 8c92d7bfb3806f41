/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-config.h"
#include "bitket-http.h"
#include "bitket-id.h"

G_BEGIN_DECLS

/* Stripe Connect: an organization lets the service charge on its own account. OAuth 2.0; see
 * https://docs.stripe.com/connect/oauth-reference. */

/* How long somebody has to agree at Stripe. */
#define BITKET_CONNECT_LIFE_US (30 * 60 * G_GINT64_CONSTANT (1000000))

#define BITKET_CONNECT_CALLBACK "/stripe/connect-callback/"

/* Who asked, for which organization: signed, as it comes back by way of a browser. */
typedef struct
{
  char organization[BITKET_ID_SIZE];
  char user[BITKET_ID_SIZE];
} BitketConnectState;

/** bitket_connect_state_dump: Returns: (transfer full) */
char *
bitket_connect_state_dump (const BitketConnectState *state, const char *secret_key, gint64 now_us);
/** bitket_connect_state_load: @state: (out). Returns: %FALSE when it is not ours or too old */
gboolean bitket_connect_state_load (const char *token,
                                    const char *secret_key,
                                    gint64 now_us,
                                    BitketConnectState *state);

/** bitket_connect_is_set_up: whether organizations can connect an account at all */
gboolean bitket_connect_is_set_up (const BitketConfig *config);
/** bitket_connect_make_url: Returns: (transfer full): where an organizer is sent to agree. @base:
 * where people reach the service */
char *bitket_connect_make_url (const BitketConfig *config, const char *base, const char *state);

/* The account that was connected. Its keys are not kept: the platform's own key acts for it. */
typedef struct
{
  char *id;         /* (owned) "acct_…" */
  char *public_key; /* (owned) "pk_…", "" without */
  gboolean is_live;
  gboolean is_read_only;
} BitketConnectAccount;
void bitket_connect_account_clear (BitketConnectAccount *account);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketConnectAccount, bitket_connect_account_clear)

/** bitket_connect_read_account: what the exchange of a code answers. @account: (out): set only on
 * success */
gboolean bitket_connect_read_account (guint status, GBytes *body, BitketConnectAccount *account);

/** bitket_connect_exchange: the account behind @code; waits. Errors: G_IO_ERROR, of which
 * INVALID_ARGUMENT says that Stripe does not take the code */
gboolean bitket_connect_exchange (const BitketConfig *config,
                                  BitketHttp *http,
                                  const char *code,
                                  BitketConnectAccount *account,
                                  GError **error);
/** bitket_connect_deauthorize: gives up @account; one that was given up already is no error; waits
 */
gboolean bitket_connect_deauthorize (const BitketConfig *config,
                                     BitketHttp *http,
                                     const char *account,
                                     GError **error);

G_END_DECLS
