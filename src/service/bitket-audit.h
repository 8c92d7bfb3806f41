/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/* Who changed what, when, from what to what. */
typedef struct
{
  const char *action;       /* "create", "change", "delete", "revoke", … */
  const char *resource;     /* "event", "ticket_type", "door", … */
  const char *resource_id;  /* */
  const char *organization; /* (nullable) "": none */
  const char *event;        /* (nullable) "": none */
  JsonNode *before;         /* (nullable) (unowned) the changed members as they were, no secrets */
  JsonNode *after;          /* (nullable) (unowned) and as they are now */
} BitketAuditEntry;

/**
 * bitket_audit_write:
 * Writes it down for the caller of @request, in the transaction of the change itself: neither is
 * there without the other.
 */
gboolean bitket_audit_write (const BitketRequest *request,
                             BitketDb *db,
                             const BitketAuditEntry *entry,
                             GError **error);
/** bitket_audit_write_event: the same where all that is known is the event */
gboolean bitket_audit_write_event (const BitketRequest *request,
                                   BitketDb *db,
                                   const char *event,
                                   const char *action,
                                   const char *resource,
                                   const char *resource_id,
                                   JsonNode *after,
                                   GError **error);

G_END_DECLS
