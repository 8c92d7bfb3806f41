/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-purchase.h"
#include "bitket-queue.h"

G_BEGIN_DECLS

/* A choice, as one turn sees and changes it. */
typedef struct
{
  gint64 max; /* -1: no limit */
  gint64 sold;
  gint64 reserved; /* with what this turn reserves and releases */
  gint64 delta;    /* of reserved: not written yet */
  gint64 claimed;  /* by those who wait and came before, while a pass goes on */
} ChoiceState;

/* A ticket type, likewise. Its row of stock is locked for the turn. */
typedef struct
{
  char id[BITKET_ID_SIZE];
  char event[BITKET_ID_SIZE];
  BitketAvailabilityFacts availability;
  gint64 max_personal; /* -1: no limit */
  gint64 max_total;    /* -1: no limit */
  gint64 sold;
  gint64 reserved;
  gint64 delta;
  gboolean is_dirty;   /* places came or went since the last pass, or somebody arrived */
  gboolean has_news;   /* a choice was sold out, or limits may have changed: all are looked at */
  GHashTable *choices; /* (owned) id → ChoiceState */
  char **conflicts;    /* (owned) ids */
} TypeState;

struct _BitketTurn
{
  BitketDb *db; /* (unowned) */
  char organization[BITKET_ID_SIZE];
  gint64 now_us;
  gint64 seq;            /* the last number of arrival that was given */
  gboolean has_arrivals; /* seq has to be written */
  GHashTable *types;     /* (owned) id → TypeState */
  GHashTable *touched;   /* (owned) set of purchases whose items changed: to be decided */
  GArray *changes;       /* (owned) BitketPurchaseChange */
};

/* Small statements: @types has a letter for each of the values that follow: 's' const char *
 * (nullable), 'i' gint64. */
BitketStatement *
bitket_queue_prepare (BitketDb *db, GError **error, const char *sql, const char *types, ...);
gboolean bitket_queue_run (BitketDb *db, GError **error, const char *sql, const char *types, ...);
/* Whether there is a (next) row. Returns: %FALSE with @error. */
gboolean bitket_queue_has_row (BitketStatement *statement, gboolean *has_row, GError **error);

/* In bitket-queue-stock.c. */
/* Returns: (transfer none): loads and locks it when it is new to the turn. */
TypeState *bitket_turn_get_type (BitketTurn *self, const char *id, GError **error);
/* Adds @delta to what is reserved of the type and of the choices, which are ids with blanks
 * between. */
void bitket_turn_reserve (TypeState *type, const char *choices, gint64 delta);
/* Tickets of the type were made: the triggers have counted them in the database. */
void bitket_turn_note_sold (TypeState *type, const char *choices);
gboolean bitket_turn_write_stock (BitketTurn *self, GError **error);

/* In bitket-queue-pass.c. */
/* Gives what is free of a type to those who wait for it, in order. */
gboolean bitket_turn_pass (BitketTurn *self, TypeState *type, GError **error);
/* One of @choices that is sold out for good. Returns: (nullable): one of their texts */
const char *bitket_turn_find_sold_choice (const TypeState *type, char **choices);

/* In bitket-queue-settle.c. */
/* Makes the tickets of what is reserved. */
gboolean bitket_turn_sell (BitketTurn *self, const char *purchase, GError **error);
/* Gives back what is reserved. */
gboolean bitket_turn_release (BitketTurn *self, const char *purchase, GError **error);
gboolean bitket_turn_end (BitketTurn *self,
                          const char *purchase,
                          BitketPurchaseState state,
                          gint64 status,
                          const char *stripe_id,
                          const char *detail,
                          GError **error);
gboolean bitket_turn_decide (BitketTurn *self, const char *purchase, GError **error);
void bitket_turn_touch (BitketTurn *self, const char *purchase);

G_END_DECLS
