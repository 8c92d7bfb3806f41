/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-eligibility.h"
#include "bitket-record.h"
#include "bitket-request.h"

G_BEGIN_DECLS

/* Presenters fill in what is worked out and stands in no column, for a whole list at once in a
 * constant number of statements. */

/** bitket_present_ticket_types: modifiers, availability, and quantity for staff. @records:
 * (element-type BitketRecord) of ticket types */
gboolean bitket_present_ticket_types (BitketRequest *request,
                                      BitketDb *db,
                                      GPtrArray *records,
                                      GError **error);

/** bitket_present_organizations: stripe_connected */
gboolean bitket_present_organizations (BitketRequest *request,
                                       BitketDb *db,
                                       GPtrArray *records,
                                       GError **error);
/** bitket_present_access_codes: token, link, used. A code's token is the same each time it is
 * shown. */
gboolean bitket_present_access_codes (BitketRequest *request,
                                      BitketDb *db,
                                      GPtrArray *records,
                                      GError **error);

/** bitket_present_array: Returns: (transfer full): an array of the records as the caller may see
 * them; @organization_sql: (nullable): "SELECT id, organization …" of such records, for the roles
 * of people who are staff of some organization only */
JsonArray *bitket_present_array (BitketRequest *request,
                                 BitketDb *db,
                                 GPtrArray *records,
                                 const char *organization_sql,
                                 GError **error);

/** bitket_present_condition_facts: a condition as the rules want it; texts are borrowed from
 * @record */
BitketConditionFacts bitket_present_condition_facts (BitketRecord *record);

/** bitket_present_met_modifiers: Returns: (transfer full) (element-type BitketRecord): the
 * modifiers whose condition the caller meets now */
GPtrArray *bitket_present_met_modifiers (BitketRequest *request, BitketDb *db, GError **error);

G_END_DECLS
