/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-id.h"
#include "bitket-key-hash.h"
#include "bitket-record.h"
#include "bitket-ticket-code.h"

G_BEGIN_DECLS

/* What the service keeps, as functions over one connection, called on the thread that owns it.
 * Those that write expect an open WRITE transaction unless they say otherwise. */

/** bitket_store_open: opens and migrates */
BitketDb *bitket_store_open (const char *uri, BitketDbOpenFlags flags, GError **error);

/* Records: SELECT, INSERT and UPDATE made from the schema, once a schema. */

/** bitket_store_get: Returns: (transfer full) (nullable): the record, %NULL without @error when
 * there is none */
BitketRecord *
bitket_store_get (BitketDb *db, const BitketSchema *schema, const char *id, GError **error);
/**
 * bitket_store_list:
 * @tail: (nullable): what follows the SELECT list and "FROM table t": joins, "WHERE t.event = $1
 * ORDER BY t.\"index\""; a constant of the program, never built from input
 * @parameters: (nullable) (array zero-terminated=1): texts for $1 …
 *
 * Link tables (REFERENCES) are read too, in as many statements as there are such fields.
 * Returns: (transfer full) (element-type BitketRecord)
 */
GPtrArray *bitket_store_list (BitketDb *db,
                              const BitketSchema *schema,
                              const char *tail,
                              const char *const *parameters,
                              GError **error);
gboolean bitket_store_insert (BitketDb *db, BitketRecord *record, GError **error);
/** bitket_store_update: writes the changed fields only */
gboolean bitket_store_update (BitketDb *db, BitketRecord *record, GError **error);

/* Settings: by name. */
char *bitket_store_dup_setting (BitketDb *db, const char *name, GError **error);
gboolean
bitket_store_set_setting (BitketDb *db, const char *name, const char *value, GError **error);

/* Keys of an event, made when first asked for (needs a WRITE transaction then). */
typedef struct
{
  guint8 sign_key[BITKET_SIGN_KEY_LEN];
  guint8 verify_key[BITKET_VERIFY_KEY_LEN];
} BitketEventKey;
/** bitket_store_event_keys: Returns: (transfer full) (element-type BitketEventKey): newest first,
 * at least one; wiped when freed */
GPtrArray *bitket_store_event_keys (BitketDb *db, const char *event, GError **error);
gboolean
bitket_store_door_key (BitketDb *db, const char *event, BitketDoorKey *key, GError **error);

/* The feed: every change of a ticket is told by touching its ownership (all of a ticket's
 * ownerships change together). Gives the change its number; holds the event's counter until the
 * transaction ends. */
gboolean bitket_store_touch_ownership (BitketDb *db, const char *ownership, GError **error);
gboolean bitket_store_touch_ticket (BitketDb *db, const char *ticket, GError **error);

/* People. */
/** bitket_password_hash: Returns: (transfer full): argon2id, libsodium's "$argon2id$…" */
char *bitket_password_hash (const char *password);
/** bitket_password_verify: argon2id and Django's "pbkdf2_sha256$iterations$salt$hash"; "!…" never
 * verifies. Slow by design: on a worker. */
gboolean bitket_password_verify (const char *hash, const char *password);
/** bitket_store_add_user: Returns: (transfer full): the id; UNIQUE when the address is taken */
char *bitket_store_add_user (BitketDb *db,
                             const char *email,
                             const char *name,
                             const char *password,
                             GError **error);
/** bitket_store_ensure_token: the user's service token, made when there is none. Returns: (transfer
 * full): 40 hex characters */
char *bitket_store_ensure_token (BitketDb *db, const char *user, GError **error);

/* Tickets made by hand: sample, prepaid visitors. Writes ticket, ownership, choices, feed. */
typedef struct
{
  const char *ticket_type;
  const char *user;
  const char *const *choices;   /* (nullable) ids */
  const char *const *modifiers; /* (nullable) ids */
  const char *access_code;      /* (nullable) */
  gboolean is_pending;
  gint64 created_us;
} BitketNewTicket;
/** bitket_store_add_ticket: @ownership (out): the id; @code (out): what its QR says, signed */
gboolean bitket_store_add_ticket (BitketDb *db,
                                  const BitketNewTicket *ticket,
                                  char ownership[BITKET_ID_SIZE],
                                  BitketTicketCode *code,
                                  GError **error);
/** bitket_store_ticket_code: the signed code of an ownership, as its QR has it now */
gboolean bitket_store_ticket_code (BitketDb *db,
                                   const char *ownership,
                                   BitketTicketCode *code,
                                   GError **error);
/** bitket_store_reissue: a new code: the old QR dies */
gboolean bitket_store_reissue (BitketDb *db, const char *ownership, GError **error);
/** bitket_store_transfer: the ticket gets a new ownership. @new_ownership (out) */
gboolean bitket_store_transfer (BitketDb *db,
                                const char *ownership,
                                const char *user,
                                gint64 now_us,
                                char new_ownership[BITKET_ID_SIZE],
                                GError **error);
gboolean bitket_store_refund (BitketDb *db, const char *ownership, gint64 now_us, GError **error);

/* QR pictures: libqrencode → PNG. */
typedef enum
{
  BITKET_QR_ORIGINAL, /* level H, six pixels a module, border four, 1 bit, as the original drew them
                       */
  BITKET_QR_SIGNED,   /* level M for the longer signed text: modules stay as large */
} BitketQrStyle;
/** bitket_qr_png: Returns: (transfer full): a PNG file's bytes */
GBytes *bitket_qr_png (const char *text, BitketQrStyle style, GError **error);
/** bitket_qr_data_uri: Returns: (transfer full): "data:image/png;base64,…" of a ticket code */
char *bitket_qr_data_uri (const BitketTicketCode *code, GError **error);

G_END_DECLS
