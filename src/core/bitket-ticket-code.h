/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "bitket-id.h"

G_BEGIN_DECLS

/* What a ticket's QR code says.
 *
 * The original: {"id": "<uuid>", "code": "<6 hex>"}. Ours has one member more, "sig": base64url
 * without padding of Ed25519 over "bitket1:" || event || ":" || ownership || ":" || code || ":" ||
 * ticket type. */

#define BITKET_CODE_LEN       6
#define BITKET_CODE_SIZE      (BITKET_CODE_LEN + 1)
#define BITKET_SIGNATURE_LEN  64
#define BITKET_VERIFY_KEY_LEN 32
#define BITKET_SIGN_KEY_LEN   64 /* seed || public key, as libsodium has it */

/* No code of ours is longer than 256 bytes; whoever sends more sends something else. */
#define BITKET_TICKET_CODE_MAX_LEN 2048

typedef struct
{
  char ownership[BITKET_ID_SIZE];
  char code[BITKET_CODE_SIZE]; /* lower case */
  gboolean has_signature;
  guint8 signature[BITKET_SIGNATURE_LEN]; /* meaningful when has_signature */
} BitketTicketCode;

/**
 * bitket_ticket_code_parse:
 * @text: bytes as read; need not be UTF-8 nor end in NUL
 * @len: its length, or -1
 * @code: (out): the ticket code
 *
 * Members in any order, others ignored, blanks free, upper-case hex accepted. A "sig" that is not
 * 64 bytes of base64url counts as a signature that does not verify (zeros), so that it is refused
 * and not taken for an unsigned code. Nothing else may follow.
 */
gboolean
bitket_ticket_code_parse (const char *text, gssize len, BitketTicketCode *code, GError **error);

/** bitket_ticket_code_format: Returns: (transfer full): the text for the QR; without signature
 * exactly the original's 64 bytes */
char *bitket_ticket_code_format (const BitketTicketCode *code);

/** bitket_ticket_code_is_code: whether @text is 6 hex digits in either case */
gboolean bitket_ticket_code_is_code (const char *text);

void bitket_ticket_code_sign (BitketTicketCode *code,
                              const char *event,
                              const char *ticket_type,
                              const guint8 sign_key[BITKET_SIGN_KEY_LEN]);
gboolean bitket_ticket_code_verify (const BitketTicketCode *code,
                                    const char *event,
                                    const char *ticket_type,
                                    const guint8 verify_key[BITKET_VERIFY_KEY_LEN]);

/* Keys travel as base64url without padding. */
gboolean
bitket_verify_key_parse (const char *text, guint8 key[BITKET_VERIFY_KEY_LEN], GError **error);
char *bitket_verify_key_format (const guint8 key[BITKET_VERIFY_KEY_LEN]);

G_END_DECLS
