/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-db.h"
#include "bitket-id.h"
#include "bitket-key-hash.h"
#include "bitket-record.h"
#include "bitket-store-error.h"
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
/** bitket_store_insert: writes the row and its links; a record without id is given one */
gboolean bitket_store_insert (BitketDb *db, BitketRecord *record, GError **error);
/** bitket_store_update: writes the changed fields only; NOT_FOUND when the row has gone. The id
 * never changes. */
gboolean bitket_store_update (BitketDb *db, BitketRecord *record, GError **error);

/* Settings: by name. */
char *bitket_store_dup_setting (BitketDb *db, const char *name, GError **error);
gboolean
bitket_store_set_setting (BitketDb *db, const char *name, const char *value, GError **error);
/** bitket_store_ensure_secret_key: the service's secret key as it is kept with the data, made when
 * there is none. Whoever is given one in a file or in the environment uses that instead. Returns:
 * (transfer full): free with bitket_secret_free() */
char *bitket_store_ensure_secret_key (BitketDb *db, GError **error);
/** bitket_store_set_secret_key: keeps @key: that of an imported installation */
gboolean bitket_store_set_secret_key (BitketDb *db, const char *key, GError **error);

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
/** bitket_password_hash: Returns: (transfer full) (nullable): argon2id, libsodium's "$argon2id$…";
 * %NULL when there is no memory for it (64 MiB) */
char *bitket_password_hash (const char *password);
/** bitket_password_verify: argon2id and Django's "pbkdf2_sha256$iterations$salt$hash"; "!…" never
 * verifies. Slow by design: on a worker. */
gboolean bitket_password_verify (const char *hash, const char *password);
/**
 * bitket_store_add_user:
 * @email: kept in lower case; a LiU ID is read from it
 * @password: (nullable): without one nobody signs in with a password
 *
 * Returns: (transfer full): the id; %NULL with EXISTS when the address is taken, INPUT when it is
 * none or the name does not fit
 */
char *bitket_store_add_user (BitketDb *db,
                             const char *email,
                             const char *name,
                             const char *password,
                             GError **error);
/** bitket_store_find_user: Returns: (transfer full) (nullable): the id, %NULL without @error when
 * nobody has that address; upper and lower case are one */
char *bitket_store_find_user (BitketDb *db, const char *email, GError **error);
/** bitket_store_ensure_user: the user with that address, made when there is none, as
 * bitket_store_add_user() does; of one who is there nothing is changed. Returns: (transfer full):
 * the id */
char *bitket_store_ensure_user (BitketDb *db, const char *email, const char *name, GError **error);
/** bitket_store_ensure_token: the user's service token, made when there is none. Returns: (transfer
 * full): 40 hex characters */
char *bitket_store_ensure_token (BitketDb *db, const char *user, GError **error);

/* Tickets made by hand: sample, prepaid visitors. Writes ticket, ownership, choices, feed. */
typedef struct
{
  const char *ticket_type;
  const char *event; /* (nullable) the type's, from who knows it already */
  const char *user;
  const char *const *choices;   /* (nullable) ids */
  const char *const *modifiers; /* (nullable) ids */
  const char *access_code;      /* (nullable) */
  gboolean is_pending;
  gint64 created_us;
  const char *id;        /* (nullable) of the ticket; made when NULL; likewise the two below */
  const char *ownership; /* (nullable) */
  const char *code;      /* (nullable) */
} BitketNewTicket;
/** bitket_store_make_ticket: the same as the next without signing its code, which whoever draws it
 * does anyway. @ownership (out): the id */
gboolean bitket_store_make_ticket (BitketDb *db,
                                   const BitketNewTicket *ticket,
                                   char ownership[BITKET_ID_SIZE],
                                   GError **error);
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
/* These change an ownership that is current and paid back to nobody: NOT_FOUND, NOT_CURRENT and
 * REFUNDED otherwise. They tell the feed. */
/** bitket_store_reissue: a new code: the old QR dies */
gboolean bitket_store_reissue (BitketDb *db, const char *ownership, GError **error);
/** bitket_store_transfer: the ticket gets a new ownership, at the same price. @new_ownership (out)
 */
gboolean bitket_store_transfer (BitketDb *db,
                                const char *ownership,
                                const char *user,
                                gint64 now_us,
                                char new_ownership[BITKET_ID_SIZE],
                                GError **error);
/** bitket_store_refund: the ticket is void; the money's way back is written elsewhere */
gboolean bitket_store_refund (BitketDb *db, const char *ownership, gint64 now_us, GError **error);

/* QR pictures: libqrencode → PNG. */
typedef enum
{
  BITKET_QR_NONE,
  BITKET_QR_ORIGINAL, /* level H, six pixels a module, border four, 1 bit, as the original drew them
                       */
  BITKET_QR_SIGNED,   /* level M for the longer signed text: modules stay as large */
} BitketQrStyle;
/** bitket_qr_png: Returns: (transfer full): a PNG file's bytes; INPUT when @text is empty or too
 * long for any code */
GBytes *bitket_qr_png (const char *text, BitketQrStyle style, GError **error);
/** bitket_qr_data_uri: Returns: (transfer full): "data:image/png;base64,…" of a ticket code */
char *bitket_qr_data_uri (const BitketTicketCode *code, GError **error);

G_END_DECLS
