/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-ticket-code.h"

#include <sodium.h>
#include <string.h>

#include "bitket-core-error.h"
#include "bitket-json-reader.h"
#include "bitket-sodium-private.h"

G_STATIC_ASSERT (BITKET_SIGNATURE_LEN == crypto_sign_BYTES);
G_STATIC_ASSERT (BITKET_VERIFY_KEY_LEN == crypto_sign_PUBLICKEYBYTES);
G_STATIC_ASSERT (BITKET_SIGN_KEY_LEN == crypto_sign_SECRETKEYBYTES);

gboolean
bitket_ticket_code_is_code (const char *text)
{
  g_return_val_if_fail (text != NULL, FALSE);

  for (gsize i = 0; i < BITKET_CODE_LEN; i++)
    if (!g_ascii_isxdigit (text[i]))
      return FALSE;
  return text[BITKET_CODE_LEN] == '\0';
}

/* The code itself opens a door, so it does not stand in the error. */
static gboolean
read_code (BitketJsonReader *reader, char code[BITKET_CODE_SIZE], GError **error)
{
  const char *text;

  if (!bitket_json_read_string (reader, "code", &text, error))
    return FALSE;
  if (!bitket_ticket_code_is_code (text))
    {
      g_set_error_literal (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
                           "code: expected six hexadecimal digits");
      return FALSE;
    }
  for (gsize i = 0; i < BITKET_CODE_SIZE; i++)
    code[i] = g_ascii_tolower (text[i]);
  return TRUE;
}

/* Whatever stands there claims to be a signature: what is none stays zeros, which no key verifies.
 */
static void
read_signature (BitketJsonReader *reader, BitketTicketCode *code)
{
  JsonNode *node = json_object_get_member (reader->object, "sig");
  const char *text;

  memset (code->signature, 0, sizeof code->signature);
  code->has_signature = node != NULL;
  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return;
  text = json_node_get_string (node);
  bitket_base64url_decode (text, strlen (text), code->signature, sizeof code->signature);
}

gboolean
bitket_ticket_code_parse (const char *text, gssize len, BitketTicketCode *code, GError **error)
{
  g_autoptr (JsonNode) root = NULL;
  g_auto (BitketJsonReader) reader = { NULL, NULL };
  BitketTicketCode parsed = { .has_signature = FALSE };
  gsize text_len;

  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (code != NULL, FALSE);

  text_len = len < 0 ? strlen (text) : (gsize) len;
  if (text_len > BITKET_TICKET_CODE_MAX_LEN)
    {
      g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_LIMIT,
                   "a ticket code has at most %d bytes, not %" G_GSIZE_FORMAT,
                   BITKET_TICKET_CODE_MAX_LEN, text_len);
      return FALSE;
    }
  root = bitket_json_parse (text, (gssize) text_len, error);
  if (root == NULL || !bitket_json_reader_init (&reader, root, NULL, error) ||
      !bitket_json_read_id (&reader, "id", parsed.ownership, error) ||
      !read_code (&reader, parsed.code, error))
    return FALSE;
  read_signature (&reader, &parsed);
  *code = parsed;
  return TRUE;
}

char *
bitket_ticket_code_format (const BitketTicketCode *code)
{
  g_autofree char *signature = NULL;

  g_return_val_if_fail (code != NULL, NULL);

  if (!code->has_signature)
    return g_strdup_printf ("{\"id\": \"%s\", \"code\": \"%s\"}", code->ownership, code->code);
  signature = bitket_base64url_encode (code->signature, sizeof code->signature);
  return g_strdup_printf ("{\"id\": \"%s\", \"code\": \"%s\", \"sig\": \"%s\"}", code->ownership,
                          code->code, signature);
}

static char *
dup_signed_text (const BitketTicketCode *code, const char *event, const char *ticket_type)
{
  return g_strdup_printf ("bitket1:%s:%s:%s:%s", event, code->ownership, code->code, ticket_type);
}

void
bitket_ticket_code_sign (BitketTicketCode *code,
                         const char *event,
                         const char *ticket_type,
                         const guint8 sign_key[BITKET_SIGN_KEY_LEN])
{
  g_autofree char *text = NULL;

  g_return_if_fail (code != NULL);
  g_return_if_fail (event != NULL && bitket_id_is_valid (event));
  g_return_if_fail (ticket_type != NULL && bitket_id_is_valid (ticket_type));
  g_return_if_fail (sign_key != NULL);

  bitket_sodium_ensure ();
  text = dup_signed_text (code, event, ticket_type);
  crypto_sign_detached (code->signature, NULL, (const guint8 *) text, strlen (text), sign_key);
  code->has_signature = TRUE;
}

gboolean
bitket_ticket_code_verify (const BitketTicketCode *code,
                           const char *event,
                           const char *ticket_type,
                           const guint8 verify_key[BITKET_VERIFY_KEY_LEN])
{
  g_autofree char *text = NULL;

  g_return_val_if_fail (code != NULL, FALSE);
  g_return_val_if_fail (event != NULL && ticket_type != NULL, FALSE);
  g_return_val_if_fail (verify_key != NULL, FALSE);

  if (!code->has_signature)
    return FALSE;
  bitket_sodium_ensure ();
  text = dup_signed_text (code, event, ticket_type);
  return crypto_sign_verify_detached (code->signature, (const guint8 *) text, strlen (text),
                                      verify_key) == 0;
}

gboolean
bitket_verify_key_parse (const char *text, guint8 key[BITKET_VERIFY_KEY_LEN], GError **error)
{
  g_return_val_if_fail (text != NULL, FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  if (bitket_base64url_decode (text, strlen (text), key, BITKET_VERIFY_KEY_LEN))
    return TRUE;
  g_set_error (error, BITKET_CORE_ERROR, BITKET_CORE_ERROR_SYNTAX,
               "a verify key is base64url of %d bytes without padding", BITKET_VERIFY_KEY_LEN);
  return FALSE;
}

char *
bitket_verify_key_format (const guint8 key[BITKET_VERIFY_KEY_LEN])
{
  g_return_val_if_fail (key != NULL, NULL);

  return bitket_base64url_encode (key, BITKET_VERIFY_KEY_LEN);
}
