/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-door-store.h"

G_BEGIN_DECLS

/* From what was read to a verdict, on the store's thread: looks the ticket up, verifies its
 * signature, asks the rule of the core, and writes the scan down. */

/* The same code read again within this time is the same scan. */
#define BITKET_DOOR_SAME_SCAN_US (5 * G_TIME_SPAN_SECOND)

/* One scan on its way to an outcome. */
typedef struct
{
  BitketVerdict verdict;
  BitketReason reason;
  BitketAuthority authority;
  BitketScanSource source;
  BitketScanKind kind;
  char ownership[BITKET_ID_SIZE];   /* "" when none is known */
  char ticket_type[BITKET_ID_SIZE]; /* "" when none is known */
  char *type_name, *name;           /* (owned) (nullable) */
  char **choices;                   /* (owned) (nullable) */
  char *door;                       /* (owned) (nullable) */
  gint64 utilized_us;
  char *event_name; /* (owned) (nullable) */
  gint64 entry_opens_us, ends_us;
  gint64 at_us;
  char *detail; /* (owned) (nullable) */

  char scan_id[BITKET_ID_SIZE];   /* "" until a row was written */
  BitketTicketCode code;          /* what was shown; "" members when nothing was */
  BitketTicketState state_before; /* the cached ticket's; NONE when there is none */
  gint64 utilized_before_us;
  char *utilized_before_by; /* (owned) (nullable) */
  char *forced;             /* (owned) (nullable) */
  char *recall_key;         /* (owned) (nullable): by what the same scan is known again */
  gint64 monotonic_us;
  gboolean is_clock_known;
  gboolean writes; /* a row is to be written */
  gboolean asks;   /* the service could know better */
} BitketDoorDecision;

void bitket_door_decision_free (BitketDoorDecision *decision);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorDecision, bitket_door_decision_free)
BitketOutcome *bitket_door_decision_to_outcome (const BitketDoorDecision *decision,
                                                double elapsed_ms);
/** bitket_door_decision_set_fault: turns it into one that lets nobody in; @error is copied */
void bitket_door_decision_set_fault (BitketDoorDecision *decision, const GError *error);

typedef struct _BitketDoorJudge BitketDoorJudge;

/** bitket_door_judge_new: @store (transfer none) must outlive it; @door_key: (nullable): copied */
BitketDoorJudge *bitket_door_judge_new (BitketDoorStore *store,
                                        const BitketDoorKey *door_key,
                                        const char *door_name);
void bitket_door_judge_free (BitketDoorJudge *judge);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorJudge, bitket_door_judge_free)
BitketDoorStore *bitket_door_judge_get_store (BitketDoorJudge *judge);
const BitketDoorKey *bitket_door_judge_get_key (BitketDoorJudge *judge); /* (nullable) */
const char *bitket_door_judge_get_door_name (BitketDoorJudge *judge);

/* When a scan was made. */
typedef struct
{
  gint64 at_us;            /* true time, as far as is known */
  gint64 monotonic_us;     /* of the door's clock */
  gboolean is_clock_known; /* the offset was checked against the service */
} BitketDoorMoment;

/** bitket_door_judge_scan: decides, writes nothing. Never fails: what goes wrong is a FAULT.
 * Returns: (transfer full) */
BitketDoorDecision *bitket_door_judge_scan (BitketDoorJudge *judge,
                                            GBytes *bytes,
                                            BitketScanSource source,
                                            const BitketDoorMoment *moment);
/** bitket_door_judge_pick: of a ticket that somebody picked; NOT_FOUND when there is none */
BitketDoorDecision *bitket_door_judge_pick (BitketDoorJudge *judge,
                                            const char *ownership,
                                            const char *forced,
                                            const BitketDoorMoment *moment,
                                            GError **error);
/** bitket_door_judge_record: writes the scan down, and the entry when there is one, durably. On an
 * error the decision has become a FAULT. */
void bitket_door_judge_record (BitketDoorJudge *judge, BitketDoorDecision *decision);
/** bitket_door_judge_settle: what the service answered, durably. On an error the decision has
 * become a FAULT. */
void bitket_door_judge_settle (BitketDoorJudge *judge,
                               BitketDoorDecision *decision,
                               const BitketEntryResult *result);
/** bitket_door_judge_stand: no answer came: what was decided here stands */
void bitket_door_judge_stand (BitketDoorJudge *judge, BitketDoorDecision *decision);
/** bitket_door_judge_is_asking: whether the scan @id is being asked about at this moment */
gboolean bitket_door_judge_is_asking (BitketDoorJudge *judge, const char *id);
/** bitket_door_judge_forget: the ticket changed: what was said of it last is no longer the same
 * scan. @kept: a verdict that is kept all the same, or NONE */
void bitket_door_judge_forget (BitketDoorJudge *judge, const char *ownership, BitketVerdict kept);
/** bitket_door_judge_undo: takes the entry @scan_id back, or the last one. Returns: (transfer
 * full): what was undone, or %NULL with NOTHING or another error */
BitketDoorDecision *bitket_door_judge_undo (BitketDoorJudge *judge,
                                            const char *scan_id,
                                            const BitketDoorMoment *moment,
                                            GError **error);

/* What comes from the service, bitket-door-news.c. */

/** bitket_door_put_news: @ticket, a row of the service's, into the cache; inside a transaction.
 * @asked_us: monotonic time when it was asked for: what the door did later is not undone by it */
gboolean bitket_door_put_news (BitketDoorJudge *judge,
                               const BitketFeedTicket *ticket,
                               gint64 asked_us,
                               GError **error);
/** bitket_door_put_page: a whole page of the feed, as it came, in one transaction.
 * @n_tickets, @has_more: (out): there is more also when the page has to be asked for again: then
 * the cursor stays */
gboolean bitket_door_put_page (BitketDoorJudge *judge,
                               GBytes *page,
                               gint64 asked_us,
                               guint *n_tickets,
                               gboolean *has_more,
                               GError **error);
/** bitket_door_read_conflict: Returns: (transfer full) (nullable): what a message of the stream
 * tells of a ticket that let two visitors in; %NULL when it is about something else */
BitketOutcome *bitket_door_read_conflict (BitketDoorJudge *judge, JsonNode *message);

/* What the service says of uploaded rows. */
typedef struct
{
  guint n_accepted, n_refused;
  guint n_left;         /* sent, but neither */
  GPtrArray *conflicts; /* (owned) (element-type BitketOutcome) */
} BitketDoorVerdicts;
void bitket_door_verdicts_free (BitketDoorVerdicts *verdicts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BitketDoorVerdicts, bitket_door_verdicts_free)
/** bitket_door_put_answers: @answer: the array of results; items that cannot be read, and names of
 * rows that nobody sent, are passed over. Returns: (transfer full) */
BitketDoorVerdicts *
bitket_door_put_answers (BitketDoorJudge *judge, JsonNode *answer, GError **error);

/** bitket_door_settle_ticket: puts @result's ticket and state into the cache; inside a transaction.
 * bitket-door-news.c */
gboolean bitket_door_settle_ticket (BitketDoorJudge *judge,
                                    const char *ownership,
                                    const BitketEntryResult *result,
                                    GError **error);

G_END_DECLS
