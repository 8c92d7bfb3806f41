/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-admission.h"
#include "bitket-id.h"
#include "bitket-json-reader.h"
#include "bitket-key-hash.h"
#include "bitket-scan.h"

G_BEGIN_DECLS

/* What the door and the service tell each other: the feed of tickets, the entries, their results.
 * Both sides build and read them here, so there is one spelling of each. Plain values, freed whole.
 */

#define BITKET_ENTRIES_MAX 500  /* items in one batch */
#define BITKET_FORCED_MAX  1024 /* bytes of why somebody was let in against the verdict */

/* The event, as the feed's "event" member has it. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char *name; /* (owned) */
} BitketFeedTicketType;

typedef struct
{
  char id[BITKET_ID_SIZE];
  char *name;              /* (owned) */
  GPtrArray *verify_keys;  /* (owned) (element-type GBytes) Ed25519 public keys, 32 bytes each,
                              newest first */
  GPtrArray *ticket_types; /* (owned) (element-type BitketFeedTicketType) in the order people see */
  gint64 starts_us;        /* 0: not said; likewise below */
  gint64 ends_us;
  gint64 entry_opens_us;
  GPtrArray *other_events; /* (owned) (nullable) (element-type BitketFeedEvent) of the same
                            * organization, with their keys, so that a door can tell "wrong event"
                            * from "forged"; they have none themselves */
} BitketFeedEvent;

void bitket_feed_event_free (BitketFeedEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketFeedEvent, bitket_feed_event_free)
BitketFeedEvent *bitket_feed_event_new (void);
void bitket_feed_event_add_type (BitketFeedEvent *event, const char *id, const char *name);
JsonNode *bitket_feed_event_to_json (const BitketFeedEvent *event);
/** bitket_feed_event_from_reader: Returns: (transfer full): or %NULL with @error */
BitketFeedEvent *bitket_feed_event_from_reader (BitketJsonReader *reader, GError **error);

/* One ticket of the feed. When read, the strings are borrowed from the JSON document. */
typedef struct
{
  char ownership[BITKET_ID_SIZE];
  char ticket[BITKET_ID_SIZE];
  char ticket_type[BITKET_ID_SIZE];
  char code_hash[BITKET_KEY_HASH_SIZE];
  BitketTicketState state;
  gint64 utilized_us;           /* 0: not */
  const char *utilized_by_door; /* (nullable) the door's name */
  const char *name;             /* (nullable) */
  const char *email;            /* (nullable) */
  const char *liu_id;           /* (nullable) */
  const char *nin_hash;         /* (nullable) */
  JsonArray *card_hashes;       /* (nullable) of strings */
  JsonArray *choices;           /* (nullable) of strings: the names of the choices */
} BitketFeedTicket;

JsonNode *bitket_feed_ticket_to_json (const BitketFeedTicket *ticket);
gboolean
bitket_feed_ticket_from_reader (BitketJsonReader *reader, BitketFeedTicket *ticket, GError **error);

/* One item of POST …/entries/. An item without a verdict asks: "may this one enter?". One with a
 * verdict tells what the door showed when it could not ask; a denial is only logged, never turned
 * into an entry. One with "annuls" takes an earlier entry back. */
typedef struct
{
  char id[BITKET_ID_SIZE];        /* made at the door */
  char ownership[BITKET_ID_SIZE]; /* "" when the scan named none */
  char code[BITKET_CODE_SIZE];    /* "" when there was none: a card, or picked by hand */
  gboolean has_signature;
  guint8 signature[BITKET_SIGNATURE_LEN];
  gint64 at_us; /* true time: the door's clock with the offset it knows */
  BitketScanSource source;
  gboolean is_offline;
  BitketVerdict verdict; /* NONE: asks */
  BitketReason reason;
  char *forced;                /* (owned) (nullable) why it was let in anyway */
  char annuls[BITKET_ID_SIZE]; /* "" or the entry that is taken back */
} BitketEntry;

void bitket_entry_clear (BitketEntry *entry);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketEntry, bitket_entry_clear)
JsonNode *bitket_entry_to_json (const BitketEntry *entry);
gboolean bitket_entry_from_reader (BitketJsonReader *reader, BitketEntry *entry, GError **error);

/* What the service says to one item: {"id", "result", "utilized", "utilized_by_door", …}. "result"
 * is "admitted", "annulled", "logged", or a reason's name. "ticket" is the feed's row, where the
 * door may know it. */
typedef enum
{
  BITKET_ENTRY_RESULT_NONE,
  BITKET_ENTRY_RESULT_ADMITTED,
  BITKET_ENTRY_RESULT_ANNULLED,
  BITKET_ENTRY_RESULT_LOGGED,  /* a denial was noted */
  BITKET_ENTRY_RESULT_REFUSED, /* reason says why */
} BitketEntryResultKind;

typedef struct
{
  char id[BITKET_ID_SIZE];
  BitketEntryResultKind kind;
  BitketReason reason;    /* VALID when admitted */
  gint64 utilized_us;     /* 0: not */
  char *utilized_by_door; /* (owned) (nullable) */
  char *event_name;       /* (owned) (nullable) for WRONG_EVENT */
  gboolean is_conflict;   /* this door had let it in, and somebody else was first */
  JsonNode *ticket;       /* (owned) (nullable) the feed's row */
} BitketEntryResult;

void bitket_entry_result_clear (BitketEntryResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketEntryResult, bitket_entry_result_clear)
JsonNode *bitket_entry_result_to_json (const BitketEntryResult *result);
gboolean bitket_entry_result_from_reader (BitketJsonReader *reader,
                                          BitketEntryResult *result,
                                          GError **error);

G_END_DECLS
