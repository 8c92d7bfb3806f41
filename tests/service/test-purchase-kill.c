/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-test"

/* kill -9 at random moments while people buy: afterwards money, tickets and places agree to the
 * öre. A run is repeated, as far as processes can repeat anything, with --seed. */

#include "shop.h"

#define N_KILLS_SQLITE     170
#define N_KILLS_POSTGRESQL 30
#define N_KILLS_IN_ROUND   5
#define LIFE_MS            90

#define SETTINGS "max-wait = 10\ndead-after = 1\n"

static gboolean
is_time_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Lets the buyers go on for a moment. */
static void
live (void)
{
  gboolean is_time = FALSE;

  g_timeout_add ((guint) g_test_rand_int_range (0, LIFE_MS), is_time_cb, &is_time);
  bitket_test_wait_for_flag (&is_time);
}

/* A tenth of the cards is declined; some charges are made and never answered, some calls fail. */
static void
disturb (Shop *shop)
{
  g_autofree char *settings = g_strdup_printf (
      "{\"delay_ms\":%d,\"decline_rate\":10,\"fail_rate\":3,\"drop_after_charge\":%d,"
      "\"answer_500\":%d}",
      g_test_rand_int_range (0, 30), g_test_rand_int_range (0, 3),
      g_test_rand_int_range (0, 5) / 4);

  bitket_test_stripe_control (shop->stripe, settings);
}

/* Returns: how often a process was killed */
static guint
play_round (Shop *shop, guint n_kills)
{
  shop_raise (shop, SHOP_SEATS, g_test_rand_int_range (0, 7));
  shop_raise (shop, SHOP_MEALS, g_test_rand_int_range (0, 11));
  shop_raise (shop, SHOP_GUESTS, g_test_rand_int_range (0, 7));
  disturb (shop);
  for (guint i = 0; i < n_kills; i++)
    {
      guint door = (guint) g_test_rand_int_range (0, (gint32) shop->n_doors);

      shop_let_in (shop, (guint) g_test_rand_int_range (2, 9));
      live ();
      shop_kill (shop, door);
      bitketd_start (shop->doors[door]);
    }
  shop_settle (shop);
  shop_check (shop);
  return n_kills;
}

static void
play (Shop *shop, guint n_kills)
{
  for (guint n = 0; n < n_kills;)
    n += play_round (shop,
                     MIN (n_kills - n, (guint) g_test_rand_int_range (1, 2 * N_KILLS_IN_ROUND)));
  shop_sell_out (shop);
  shop_check (shop);
  g_test_message ("%u buyers, %" G_GINT64_FORMAT " purchases, %" G_GINT64_FORMAT " tickets",
                  shop->n_buyers, shop_query (shop, "SELECT COUNT (*) FROM purchases"),
                  shop_query (shop, "SELECT COUNT (*) FROM purchase_items WHERE state = 'sold'"));
}

static void
test_kill (Bitketd *bitketd)
{
  g_auto (Shop) shop = { 0 };
  Bitketd second = { 0 };

  shop_open (&shop, bitketd, SETTINGS);
  if (g_str_has_prefix (bitketd->uri, "sqlite:"))
    {
      play (&shop, N_KILLS_SQLITE);
      return;
    }
  /* The other process takes over meanwhile. */
  shop_add_door (&shop, &second);
  play (&shop, N_KILLS_POSTGRESQL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  bitketd_test_add ("service/purchase-kill", test_kill);
  return g_test_run ();
}
