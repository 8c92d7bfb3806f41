/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-record.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* Ticket ownerships as the original answers them: with what is worked out from their tickets,
 * types, choices, modifiers and holders, in a constant number of statements. */

/* How the rows of an answer are found: the same choice for the ownerships themselves, their tickets
 * and their holders. Made by BITKET_OWNERSHIP_SELECT() from a "SELECT o.id …". */
typedef struct
{
  const char *ownerships;
  const char *tickets;
  const char *users;
} BitketOwnershipSelect;

#define BITKET_OWNERSHIP_SELECT(ids)                                                               \
  {                                                                                                \
    "WHERE t.id IN (" ids ") ORDER BY t.created, t.id",                                            \
        "WHERE t.id IN (SELECT x.ticket FROM ticket_ownerships x WHERE x.id IN (" ids "))",        \
        "WHERE t.id IN (SELECT x.\"user\" FROM ticket_ownerships x WHERE x.id IN (" ids "))"       \
  }

/* ?expand= and ?fields= */
typedef struct
{
  gboolean expands_ticket;
  gboolean expands_user;
  char **fields; /* (owned) (nullable): only these members */
} BitketOwnershipForm;

void bitket_ownership_form_clear (BitketOwnershipForm *form);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BitketOwnershipForm, bitket_ownership_form_clear)
/** bitket_ownership_form_read: INVALID with the original's texts */
gboolean bitket_ownership_form_read (const BitketRequest *request,
                                     BitketOwnershipForm *form,
                                     GError **error);

/** BitketOwnershipCut: (nullable): may take records off before they are worked on: a page's surplus
 */
typedef void (*BitketOwnershipCut) (GPtrArray *records, gpointer user_data);

/** bitket_ownerships_present: Returns: (transfer full): the array that is answered */
JsonArray *bitket_ownerships_present (BitketRequest *request,
                                      BitketDb *db,
                                      const BitketOwnershipSelect *select,
                                      const char *const *parameters,
                                      const BitketOwnershipForm *form,
                                      BitketOwnershipCut cut,
                                      gpointer user_data,
                                      GError **error);
/** bitket_ownerships_present_one: by id, without expansion; %NULL without @error when there is none
 */
JsonNode *bitket_ownerships_present_one (BitketRequest *request,
                                         BitketDb *db,
                                         const char *id,
                                         GError **error);

G_END_DECLS
