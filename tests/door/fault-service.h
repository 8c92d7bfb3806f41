/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "door-fixture.h"

G_BEGIN_DECLS

/* A service in the test's own process that can be made to misbehave in all the ways that a real one
 * does too seldom to wait for. It knows the fixture's tickets and takes entries; what a service
 * really decides is tested against bitketd. */

typedef enum
{
  FAULT_NONE,
  FAULT_HANG,        /* takes the request, says nothing */
  FAULT_RESET,       /* closes the connection instead of answering */
  FAULT_HTML_502,    /* a proxy's page */
  FAULT_PORTAL,      /* a captive portal: 200, HTML */
  FAULT_NO_JSON,     /* 200, application/json, and garbage */
  FAULT_WRONG_SHAPE, /* 200 and JSON, but not what was asked for */
  FAULT_BUSY,        /* 429, Retry-After: 1 */
  FAULT_LOST_ANSWER, /* does what was asked, then closes the connection */
  FAULT_REVOKED,     /* 401, the door was revoked */
  FAULT_SERVER,      /* 500, JSON */
  FAULT_BAD_REQUEST, /* 400, JSON, without saying which row */
} Fault;

typedef struct
{
  Fixture *fixture; /* (unowned) */
  SoupServer *server;
  char *url;
  Fault entries, feed, health; /* what each kind of request meets */
  guint n_lost;                /* LOST_ANSWER: so many answers, then none */
  guint n_entry_requests, n_feed_requests;
  guint refused_row;    /* 1…: this item of every batch is refused as unknown */
  guint n_faulty;       /* the next so many items cannot be decided */
  char *conflicts;      /* (nullable) the list of conflicts */
  char *pairing;        /* (nullable) what a pairing code is answered with */
  char *poison;         /* (nullable) an id: a batch with it is answered 400 */
  gboolean duplicates;  /* every result stands twice in the answer */
  gboolean is_chaotic;  /* every request meets a fault of its own, more often than not none */
  gint64 date_shift_us; /* the Date header is so much later */
  GHashTable *results;  /* entry id → BitketEntryResult */
  GPtrArray *items;     /* (element-type BitketEntry) all that were ever taken, in order */
  GPtrArray *early;     /* (element-type BitketEntryResult) of what is not in results */
  GPtrArray *hanging;   /* messages that wait */
} FaultService;

FaultService *fault_service_new (Fixture *fixture);
void fault_service_free (FaultService *service);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FaultService, fault_service_free)
void fault_service_set_all (FaultService *service, Fault fault);
/** fault_service_get_admissions: entries of @ownership that stand */
guint fault_service_get_admissions (FaultService *service, const char *ownership);

G_END_DECLS
