/* SPDX-License-Identifier: MIT */
#include "bitket-ticket-code.h"
#include "fuzz.h"

#define EVENT "643ab7d6-1200-5ad3-8aa7-403fb35ead99"
#define TYPE  "04f6f349-8821-58a1-a44c-917fa1b7e1c1"

/* The key of test-ticket-code.c, whose signed code is in the corpus. */
#define VERIFY_KEY "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize len)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint8 verify_key[BITKET_VERIFY_KEY_LEN];
  BitketTicketCode code, again;

  if (!bitket_ticket_code_parse ((const char *) data, (gssize) len, &code, &error))
    {
      g_assert_nonnull (error);
      return 0;
    }
  g_assert_true (bitket_id_is_valid (code.ownership));
  g_assert_true (bitket_ticket_code_is_code (code.code));
  text = bitket_ticket_code_format (&code);
  bitket_ticket_code_parse (text, -1, &again, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (&again, sizeof again, &code, sizeof code);

  /* Nobody makes a signature by chance: only the one of the corpus verifies. */
  g_assert_true (bitket_verify_key_parse (VERIFY_KEY, verify_key, NULL));
  if (bitket_ticket_code_verify (&code, EVENT, TYPE, verify_key))
    {
      g_assert_cmpstr (code.ownership, ==, "88a87ad6-32b5-5458-a4a5-f8cd227b10de");
      g_assert_cmpstr (code.code, ==, "a1b2c3");
    }
  return 0;
}
