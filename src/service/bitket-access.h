/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/**
 * bitket_access_check_event:
 * @roles: any of these is enough, for people
 * @organization: (out) (optional): the event's
 *
 * Whether the caller may deal with @event: a door with its own, people with those of their
 * organizations. Errors: NOT_FOUND, FORBIDDEN.
 */
gboolean bitket_access_check_event (const BitketRequest *request,
                                    BitketDb *db,
                                    const char *event,
                                    BitketRoles roles,
                                    char organization[BITKET_ID_SIZE],
                                    GError **error);

#define BITKET_ROLES_ANY_STAFF (BITKET_ROLE_CREW | BITKET_ROLE_TREASURER | BITKET_ROLE_ORGANIZER)

G_END_DECLS
