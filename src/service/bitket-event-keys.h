/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-request.h"

G_BEGIN_DECLS

/** bitket_event_keys_ensure: @event has its signing key and its door key: made when the request may
 * write, NEEDS_WRITE otherwise */
gboolean bitket_event_keys_ensure (const BitketRequest *request,
                                   BitketDb *db,
                                   const char *event,
                                   GError **error);

G_END_DECLS
