/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-test-stripe.h"
#include "bitketd-fixture.h"

G_BEGIN_DECLS

/* An event with few places, real buyers over HTTP who do not give up when the service goes away,
 * and the books at the end: what the provider took, what the service wrote down, what was sold. */

typedef enum
{
  SHOP_SEATS,  /* few; three a buyer at most */
  SHOP_MEALS,  /* few; and of one of its two choices even fewer */
  SHOP_GUESTS, /* with the link only */
  SHOP_MERCH,  /* as many as one likes */
} ShopType;
#define SHOP_N_TYPES      4
#define SHOP_MAX_PERSONAL 3
#define SHOP_N_USERS      200
#define SHOP_N_RANDOM     100 /* of these, who buy at random; the rest have bought nothing yet */
#define SHOP_N_DOORS      3

typedef struct
{
  Bitketd *doors[SHOP_N_DOORS]; /* (nullable) processes on the same database; the first is the
                                   fixture's */
  guint n_doors;
  BitketTestStripe *stripe;           /* (owned) */
  SoupSession *session;               /* (owned) of the buyers */
  char *log;                          /* (owned) the provider's ledger */
  char *authorizations[SHOP_N_USERS]; /* (owned) */
  GPtrArray *buyers;                  /* (owned) those who came last */
  GPtrArray *told;                    /* (owned) ids of tickets that buyers were told to have */
  guint n_buyers;                     /* who ever came */
  guint n_active;
} Shop;

/** shop_open: sets up the types, and the service with Stripe's stand-in. @settings: of [queue] */
void shop_open (Shop *shop, Bitketd *bitketd, const char *settings);
void shop_clear (Shop *shop);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Shop, shop_clear)
/** shop_add_door: one more process on the same database */
void shop_add_door (Shop *shop, Bitketd *door);
/** shop_kill: kill -9 */
void shop_kill (Shop *shop, guint door);

/** shop_raise: so many places more of the type (SHOP_MEALS: of its first choice, half as many) */
void shop_raise (Shop *shop, ShopType type, gint64 n);
/** shop_let_in: so many buyers, each of whom buys at random (g_test_rand) in a way of its own */
void shop_let_in (Shop *shop, guint n);
/** shop_buy: one who wants one ticket. @card: "tok_visa"; @user: whose limit it is */
void shop_buy (Shop *shop, ShopType type, guint user, guint door, const char *card);
/** shop_write_order: Returns: (transfer full): the body that shop_buy() sends */
char *shop_write_order (ShopType type, const char *card);
/** shop_wait: until all have been answered or gave up */
void shop_wait (Shop *shop);
/** shop_settle: shop_wait(), and nothing is open any more */
void shop_settle (Shop *shop);
/** shop_check: that money, tickets and places agree to the öre. Nothing may be open. */
void shop_check (Shop *shop);
/** shop_sell_out: buyers come until every limit is reached; fails when a place was lost */
void shop_sell_out (Shop *shop);
/** shop_query: Returns: the number that @sql selects */
gint64 shop_query (Shop *shop, const char *sql);

G_END_DECLS
