/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-records.h"
#include "bitket-store.h"
#include "bitket-test-support.h"

G_BEGIN_DECLS

/* Every test of the store runs against both databases, each time in an empty one. */
typedef struct
{
  BitketDb *db; /* (owned) open and migrated, no transaction */
  char *uri;    /* (owned) */
  char *dir;    /* (owned) a directory of the test's own */
} StoreFixture;

typedef void (*StoreTest) (StoreFixture *fixture);

/** store_test_add: registers "/sqlite/@path" and "/postgresql/@path" */
void store_test_add (const char *path, StoreTest test);

/** store_test_begin, store_test_commit: a WRITE transaction, or the test fails */
void store_test_begin (BitketDb *db);
void store_test_commit (BitketDb *db);
/** store_test_get_int: the first column of the first row of @sql */
gint64 store_test_get_int (BitketDb *db, const char *sql);
/** store_test_dup_text: the same as text; %NULL when there is no row or it is NULL */
char *store_test_dup_text (BitketDb *db, const char *sql);

/* A small event: an organization, an event, two ticket types, a variation with two choices, a
 * discount, a buyer. */
typedef struct
{
  char organization[BITKET_ID_SIZE];
  char event[BITKET_ID_SIZE];
  char party[BITKET_ID_SIZE];
  char dinner[BITKET_ID_SIZE];
  char choices[2][BITKET_ID_SIZE];
  char condition[BITKET_ID_SIZE];
  char modifier[BITKET_ID_SIZE];
  char *user; /* (owned) */
} SmallEvent;
/** small_event_make: in the open transaction */
void small_event_make (SmallEvent *self, BitketDb *db);
void small_event_clear (SmallEvent *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SmallEvent, small_event_clear)
/** small_event_add_ticket: a paid ticket of the dinner, both choices chosen. @ownership: (out) */
void small_event_add_ticket (const SmallEvent *self, BitketDb *db, char ownership[BITKET_ID_SIZE]);

G_END_DECLS
