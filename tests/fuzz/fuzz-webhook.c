/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "bitket-webhook.h"
#include "fuzz.h"

/* What Stripe sends by itself: "SIGNATURE HEADER\nBODY". The signatures of the corpus are of this
 * secret and time. */
#define SECRET "whsec_fuzz"
#define NOW_US (1700000000 * G_GINT64_CONSTANT (1000000))

static void
check_event (GBytes *body)
{
  g_autoptr (BitketWebhookEvent) event = bitket_webhook_event_parse (body);

  if (event == NULL)
    return;
  g_assert_true (g_str_has_prefix (event->id, "evt_"));
  g_assert_nonnull (event->type);
  g_assert_nonnull (event->account);
  g_assert_cmpint (event->refunded_ore, >=, 0);
  if (event->kind == BITKET_WEBHOOK_CHARGE_REFUNDED ||
      event->kind == BITKET_WEBHOOK_PAYMENT_SUCCEEDED)
    g_assert_nonnull (event->object);
}

/* A body that is taken is not taken when a byte of it changes. */
static void
check_signature (const char *header, GBytes *body)
{
  g_autofree char *changed = NULL;
  g_autoptr (GBytes) other = NULL;
  gsize len;
  const char *data = g_bytes_get_data (body, &len);

  if (!bitket_webhook_check_signature (header, body, SECRET, NOW_US))
    return;
  g_assert_false (bitket_webhook_check_signature (header, body, "whsec_other", NOW_US));
  changed = g_malloc (len + 1);
  memcpy (changed, data != NULL ? data : "", len);
  changed[len] = '!';
  other = g_bytes_new (changed, len + 1);
  g_assert_false (bitket_webhook_check_signature (header, other, SECRET, NOW_US));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  const guint8 *newline = len == 0 ? NULL : memchr (data, '\n', len);
  gsize header_len = newline == NULL ? 0 : (gsize) (newline - data);
  g_autofree char *header = g_strndup ((const char *) data, header_len);
  g_autoptr (GBytes) body = NULL;

  body =
      newline == NULL ? g_bytes_new (data, len) : g_bytes_new (newline + 1, len - header_len - 1);
  check_event (body);
  check_signature (header, body);
  return 0;
}
