/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-paging.h"
#include "bitket-record.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* Ticket ownerships as the original answers them: with what is worked out from their tickets,
 * types, choices, modifiers and holders: a handful of statements for every hundred rows, none a
 * row. */

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

/**
 * bitket_ownerships_present:
 * @ids_sql: a constant "SELECT o.id …", in the order of the answer
 * @parameters: its texts
 * @page: (nullable): when the list is paged: @ids_sql then gives one row more than a page
 * @next: (out) (transfer full) (nullable) (optional): the Link header when more follows
 *
 * Returns: (transfer full): the array that is answered
 */
JsonArray *bitket_ownerships_present (BitketRequest *request,
                                      BitketDb *db,
                                      const char *ids_sql,
                                      const char *const *parameters,
                                      const BitketOwnershipForm *form,
                                      const BitketPage *page,
                                      char **next,
                                      GError **error);
/** bitket_ownerships_present_one: by id, without expansion; %NULL without @error when there is none
 */
JsonNode *bitket_ownerships_present_one (BitketRequest *request,
                                         BitketDb *db,
                                         const char *id,
                                         GError **error);

G_END_DECLS
